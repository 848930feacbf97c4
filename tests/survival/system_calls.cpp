#include "tests/survival/system_calls.h"

#if defined(__x86_64__)

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <filesystem>
#include <fstream>

namespace agon {

namespace {
namespace fs = std::filesystem;

/// Which arguments say where the file is.
struct Where {
  int folder = -1;  // a descriptor that the path is relative to
  int path = -1;
  int file = -1;  // or a descriptor of the file itself
  int other_folder = -1;
  int other = -1;
};
constexpr Where kPath{.path = 0};
constexpr Where kPathAt{.folder = 0, .path = 1};
constexpr Where kFile{.file = 0};

struct Row {
  unsigned number;
  const char* name;
  CallKind kind;
  Where where;
};

// what changes files and is not modelled is here too, so that it does not pass unseen
constexpr std::array kRows = {
    Row{SYS_open, "open", CallKind::Open, kPath},
    Row{SYS_openat, "openat", CallKind::Open, kPathAt},
    Row{SYS_creat, "creat", CallKind::Open, kPath},
    Row{SYS_read, "read", CallKind::Read, kFile},
    Row{SYS_pread64, "pread64", CallKind::Read, kFile},
    Row{SYS_write, "write", CallKind::Write, kFile},
    Row{SYS_pwrite64, "pwrite64", CallKind::Write, kFile},
    Row{SYS_writev, "writev", CallKind::Write, kFile},
    Row{SYS_truncate, "truncate", CallKind::Truncate, kPath},
    Row{SYS_ftruncate, "ftruncate", CallKind::Truncate, kFile},
    Row{SYS_fsync, "fsync", CallKind::Flush, kFile},
    Row{SYS_fdatasync, "fdatasync", CallKind::Flush, kFile},
    Row{SYS_rename, "rename", CallKind::Rename, {.path = 0, .other = 1}},
    Row{SYS_renameat,
        "renameat",
        CallKind::Rename,
        {.folder = 0, .path = 1, .other_folder = 2, .other = 3}},
    Row{SYS_renameat2,
        "renameat2",
        CallKind::Rename,
        {.folder = 0, .path = 1, .other_folder = 2, .other = 3}},
    Row{SYS_unlink, "unlink", CallKind::Unlink, kPath},
    Row{SYS_unlinkat, "unlinkat", CallKind::Unlink, kPathAt},
    Row{SYS_rmdir, "rmdir", CallKind::RemoveFolder, kPath},
    Row{SYS_mkdir, "mkdir", CallKind::MakeFolder, kPath},
    Row{SYS_mkdirat, "mkdirat", CallKind::MakeFolder, kPathAt},
    Row{SYS_openat2, "openat2", CallKind::Foreign, kPathAt},
    Row{SYS_link, "link", CallKind::Foreign, {.path = 1}},
    Row{SYS_linkat, "linkat", CallKind::Foreign, {.folder = 2, .path = 3}},
    Row{SYS_symlink, "symlink", CallKind::Foreign, {.path = 1}},
    Row{SYS_symlinkat, "symlinkat", CallKind::Foreign, {.folder = 1, .path = 2}},
    Row{SYS_mknod, "mknod", CallKind::Foreign, kPath},
    Row{SYS_mknodat, "mknodat", CallKind::Foreign, kPathAt},
    Row{SYS_pwritev, "pwritev", CallKind::Foreign, kFile},
    Row{SYS_pwritev2, "pwritev2", CallKind::Foreign, kFile},
    Row{SYS_fallocate, "fallocate", CallKind::Foreign, kFile},
    Row{SYS_copy_file_range, "copy_file_range", CallKind::Foreign, {.file = 2}},
    Row{SYS_sendfile, "sendfile", CallKind::Foreign, kFile},
    Row{SYS_splice, "splice", CallKind::Foreign, {.file = 2}},
    Row{SYS_mmap, "mmap", CallKind::Foreign, {.file = 4}},
};

class Arguments {
 public:
  Arguments(pid_t thread, const user_regs_struct& r)
      : process_("/proc/" + std::to_string(thread)), values_{r.rdi, r.rsi, r.rdx,
                                                             r.r10, r.r8,  r.r9} {}

  std::uint64_t number(int i) const { return values_[static_cast<std::size_t>(i)]; }
  /// The path of a descriptor; empty where it has none.
  std::string file(int i) const {
    return link("/fd/" + std::to_string(static_cast<int>(number(i))));
  }
  std::string path(int folder, int i) const {
    const std::string text = string(number(i));
    if (text.empty() || text.front() == '/') return fs::path(text).lexically_normal().string();
    const bool here = folder < 0 || static_cast<int>(number(folder)) == AT_FDCWD;
    return (fs::path(here ? link("/cwd") : file(folder)) / text).lexically_normal().string();
  }
  /// Where a plain write begins: the descriptor's place, or the end of the file.
  std::uint64_t place(int i) const {
    std::ifstream facts(process_ + "/fdinfo/" + std::to_string(static_cast<int>(number(i))));
    std::string word;
    std::uint64_t place = 0;
    unsigned flags = 0;
    facts >> word >> place >> word >> std::oct >> flags;
    struct stat status {};
    if ((flags & O_APPEND) != 0 && stat(file(i).c_str(), &status) == 0)
      return static_cast<std::uint64_t>(status.st_size);
    return place;
  }
  /// Bytes of all pieces of a writev.
  std::uint64_t pieces(int first, int count) const {
    std::uint64_t bytes = 0;
    for (std::uint64_t i = 0; i < number(count); ++i) {
      std::array<std::uint64_t, 2> piece{};
      read(number(first) + i * sizeof piece, piece.data(), sizeof piece);
      bytes += piece[1];
    }
    return bytes;
  }

 private:
  std::string link(const std::string& name) const {
    std::error_code failure;
    const std::string target = fs::read_symlink(process_ + name, failure).string();
    return target.starts_with('/') ? target : "";
  }
  std::size_t read(std::uint64_t address, void* to, std::size_t bytes) const {
    const int memory = ::open((process_ + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
    const ssize_t done = pread(memory, to, bytes, static_cast<off_t>(address));
    close(memory);
    return done < 0 ? 0 : static_cast<std::size_t>(done);
  }
  std::string string(std::uint64_t address) const {
    std::string text(PATH_MAX, '\0');
    text.resize(read(address, text.data(), text.size()));
    return text.substr(0, text.find('\0'));
  }

  std::string process_;
  std::array<std::uint64_t, 6> values_;
};

void add_details(TracedCall& call, unsigned number, const Arguments& arguments) {
  switch (number) {
    case SYS_open:
      call.flags = static_cast<int>(arguments.number(1));
      break;
    case SYS_openat:
      call.flags = static_cast<int>(arguments.number(2));
      break;
    case SYS_creat:
      call.flags = O_CREAT | O_WRONLY | O_TRUNC;
      break;
    case SYS_read:
      call.size = arguments.number(2);
      break;
    case SYS_write:
      call.offset = arguments.place(0);
      call.size = arguments.number(2);
      break;
    case SYS_pread64:
    case SYS_pwrite64:
      call.size = arguments.number(2);
      call.offset = arguments.number(3);
      break;
    case SYS_writev:
      call.offset = arguments.place(0);
      call.size = arguments.pieces(1, 2);
      break;
    case SYS_truncate:
    case SYS_ftruncate:
      call.offset = arguments.number(1);
      break;
    case SYS_renameat2:
      call.flags = static_cast<int>(arguments.number(4));
      break;
    case SYS_unlinkat:
      if ((arguments.number(2) & AT_REMOVEDIR) != 0) call.kind = CallKind::RemoveFolder;
      break;
    default:
      break;
  }
}

bool is_private_mapping(unsigned number, const Arguments& arguments) {
  return number == SYS_mmap &&
         ((arguments.number(2) & PROT_WRITE) == 0 || (arguments.number(3) & MAP_SHARED) == 0);
}
}  // namespace

std::vector<unsigned> file_calls() {
  std::vector<unsigned> numbers;
  for (const Row& row : kRows) numbers.push_back(row.number);
  return numbers;
}

std::optional<TracedCall> decoded(pid_t thread, const user_regs_struct& registers) {
  const auto* row = std::ranges::find(kRows, registers.orig_rax, &Row::number);
  if (row == kRows.end()) return std::nullopt;
  const Arguments arguments(thread, registers);
  if (is_private_mapping(row->number, arguments)) return std::nullopt;
  TracedCall call;
  call.kind = row->kind;
  call.name = row->name;
  call.thread = thread;
  const Where& where = row->where;
  call.path =
      where.file >= 0 ? arguments.file(where.file) : arguments.path(where.folder, where.path);
  if (call.path.empty()) return std::nullopt;
  if (where.other >= 0) call.other = arguments.path(where.other_folder, where.other);
  add_details(call, row->number, arguments);
  return call;
}

}  // namespace agon

#endif
