#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace agon {

/// One PNG or JPEG of a folder.
struct FolderPicture {
  std::string path;    // as given to list_pictures, joined with `inside`
  std::string inside;  // relative to the folder
  std::int64_t bytes = 0;
  std::vector<std::int32_t> labels;  // of each list: the index of its class, or empty
};

/// All PNG and JPEG files under a folder, told by their first bytes, sorted by the raw bytes of
/// their relative paths, whatever order the file system lists them in.
struct FolderListing {
  std::vector<std::string> classes;  // first-level sub-folders that hold pictures, by raw bytes
  std::vector<FolderPicture> pictures;
  std::map<std::string, std::int64_t> skipped;  // kind ("FIFO", "hidden") to how many
  std::vector<std::string> twins;  // "'A.png' and 'a.png'": equal but for upper and lower case
};

/// Symbolic links are followed; hidden entries, FIFOs, sockets, devices, dangling links, links that
/// lead back to a folder above, and files of other kinds are skipped and counted. Throws Error:
/// NoInput if `folder` is missing, Permission for an entry that may not be read, Data where a file
/// called .png, .jpg or .jpeg is none, or there are none at all. With `classes` the first-level
/// sub-folders are classes, and pictures both beside and inside them an error.
FolderListing list_pictures(const std::string& folder, bool classes = true);

/// "skipped: 2 hidden, 1 FIFO", or "".
std::string skipped_text(const FolderListing& listing);

}  // namespace agon
