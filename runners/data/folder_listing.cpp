#include "runners/data/folder_listing.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "runners/data/decode.h"
#include "runners/data/failure.h"
#include "runners/data/file_bytes.h"
#include "runners/data/refused_files.h"

namespace agon {
namespace {

constexpr std::size_t kDeepest = 64;

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 'a' - 'A');
  }
  return text;
}

bool named_as_picture(const std::string& name) {
  const std::string folded = lower(name);
  return folded.ends_with(".png") || folded.ends_with(".jpg") || folded.ends_with(".jpeg");
}

std::vector<std::string> names_in(const std::string& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(folder.c_str()), ::closedir);
  if (!directory) fail_to_read(folder, errno);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  if (errno != 0) fail_to_read(folder, errno);
  return names;
}

class Walk {
 public:
  explicit Walk(FolderListing& listing) : listing_(listing) {}

  void folder(const std::string& path, const std::string& inside, const struct stat& status) {
    const std::pair identity{status.st_dev, status.st_ino};
    if (std::ranges::find(above_, identity) != above_.end()) {
      skip("link to a folder above");
      return;
    }
    if (above_.size() == kDeepest) fail_in_file(path, "folders more than 64 deep");
    above_.push_back(identity);
    for (const std::string& name : names_in(path)) {
      if (name.starts_with('.')) {
        skip("hidden");
      } else {
        entry(fmt::format("{}/{}", path, name),
              inside.empty() ? name : fmt::format("{}/{}", inside, name));
      }
    }
    above_.pop_back();
  }

  const RefusedFiles& refused() const { return refused_; }

 private:
  void skip(const std::string& kind) { ++listing_.skipped[kind]; }

  void entry(const std::string& path, const std::string& inside) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
      if (errno == ELOOP) return skip("link in a circle");
      if (errno == ENOENT) return skip("dangling link");
      fail_to_read(path, errno);
    }
    switch (status.st_mode & S_IFMT) {
      case S_IFDIR:
        return folder(path, inside, status);
      case S_IFREG:
        return file(path, inside, status.st_size);
      case S_IFIFO:
        return skip("FIFO");
      case S_IFSOCK:
        return skip("socket");
      default:
        return skip("device");
    }
  }

  void file(const std::string& path, const std::string& inside, std::int64_t bytes) {
    if (picture_kind(read_prefix(path, 8)) != PictureKind::Other) {
      listing_.pictures.push_back({path, inside, bytes, {}});
    } else if (named_as_picture(path)) {
      refused_.add(path, bytes == 0 ? "empty file" : "neither PNG nor JPEG");
    } else {
      skip("file of another kind");
    }
  }

  FolderListing& listing_;
  RefusedFiles refused_;
  std::vector<std::pair<dev_t, ino_t>> above_;
};

void set_classes(const std::string& folder, FolderListing& listing) {
  const FolderPicture* beside = nullptr;
  for (FolderPicture& picture : listing.pictures) {
    const std::size_t slash = picture.inside.find('/');
    if (slash == std::string::npos) {
      beside = &picture;
      continue;
    }
    listing.classes.push_back(picture.inside.substr(0, slash));
  }
  std::ranges::sort(listing.classes);
  listing.classes.erase(std::unique(listing.classes.begin(), listing.classes.end()),
                        listing.classes.end());
  if (listing.classes.empty()) return;
  if (beside) {
    fail_in_file(folder, fmt::format("pictures lie both beside sub-folders ('{}') and in them "
                                     "('{}'), so classes are unclear",
                                     printable(beside->inside), printable(listing.classes[0])));
  }
  for (FolderPicture& picture : listing.pictures) {
    const std::string name = picture.inside.substr(0, picture.inside.find('/'));
    picture.labels = {static_cast<std::int32_t>(std::ranges::lower_bound(listing.classes, name) -
                                                listing.classes.begin())};
  }
}

void find_twins(FolderListing& listing) {
  std::map<std::string, const FolderPicture*> seen;
  for (const FolderPicture& picture : listing.pictures) {
    const auto [at, is_new] = seen.emplace(lower(picture.inside), &picture);
    if (is_new) continue;
    listing.twins.push_back(
        fmt::format("'{}' and '{}'", printable(at->second->inside), printable(picture.inside)));
  }
}

}  // namespace

FolderListing list_pictures(const std::string& folder, bool classes) {
  FolderListing listing;
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) fail_to_read(folder, errno);
  Walk walk(listing);
  walk.folder(folder, "", status);
  walk.refused().throw_if_any();
  if (listing.pictures.empty()) {
    const std::string skipped = skipped_text(listing);
    fail_in_file(folder, fmt::format("no PNG or JPEG in this folder or below{}{}",
                                     skipped.empty() ? "" : "; ", skipped));
  }
  std::ranges::sort(listing.pictures, {}, &FolderPicture::inside);
  if (classes) set_classes(folder, listing);
  find_twins(listing);
  return listing;
}

std::string skipped_text(const FolderListing& listing) {
  std::vector<std::string> parts;
  for (const auto& [kind, count] : listing.skipped)
    parts.push_back(fmt::format("{} {}", count, kind));
  return parts.empty() ? "" : "skipped: " + joined(parts);
}

}  // namespace agon
