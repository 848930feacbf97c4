#pragma once
#include <sys/types.h>

#include <cstdint>
#include <string>

namespace agon {

/// What a system call does to a file.
enum class CallKind {
  Open,
  Read,
  Write,
  Truncate,
  Flush,
  Rename,
  Unlink,
  MakeFolder,
  RemoveFolder,
  Foreign,  // changes files in a way that Unsynced has no model of
};

/// A system call of a traced program on a file below the watched folder.
struct TracedCall {
  CallKind kind = CallKind::Read;
  std::string name;          // "pwrite64"
  std::string path;          // absolute; of a rename the old one
  std::string other;         // of a rename, the new one
  int flags = 0;             // of an open or a rename
  std::uint64_t offset = 0;  // where a write begins; the new size of a truncate
  std::uint64_t size = 0;    // bytes asked for
  pid_t thread = 0;
};

/// Whether files or what is known to be on the disk are others after the call. All calls but reads
/// and opens for reading.
bool changes_files(const TracedCall& call);

/// "rename <folder>/a <folder>/b", for messages.
std::string to_text(const TracedCall& call);

}  // namespace agon
