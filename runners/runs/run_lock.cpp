#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "runners/runs/run_directory.h"

namespace agon {

namespace {
constexpr std::chrono::seconds kPatience(1);

std::string lock_path(const RunDirectory& run) {
  return run.path + "/.held";
}

std::string holder(int descriptor) {
  std::array<char, 256> text{};
  const ssize_t size = pread(descriptor, text.data(), text.size(), 0);
  return size <= 0 ? "another process" : std::string(text.data(), static_cast<std::size_t>(size));
}

/// Who asks is_held() holds the lock for a moment, and so does the child of a process that was
/// killed while it started one, until that begins its own program.
bool lock_within(int descriptor, std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}
}  // namespace

RunLock::RunLock(const RunDirectory& run)
    : descriptor_(open(lock_path(run).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666)) {
  const std::string where = "'" + printable(run.path) + "': ";
  if (descriptor_ < 0)
    throw Error(ExitCode::CantCreate, where + "cannot lock: " + std::strerror(errno));
  if (!lock_within(descriptor_, kPatience)) {
    const std::string by = printable(holder(descriptor_));
    close(descriptor_);
    throw Error(ExitCode::CantCreate, where + "held by " + by);
  }
  std::array<char, 128> host{};
  gethostname(host.data(), host.size() - 1);
  const std::string who = fmt::format("pid {} on host {}", getpid(), host.data());
  if (ftruncate(descriptor_, 0) != 0 || pwrite(descriptor_, who.data(), who.size(), 0) < 0) {
    close(descriptor_);
    throw Error(ExitCode::Io, where + "cannot write: " + std::strerror(errno));
  }
}

RunLock::~RunLock() {
  close(descriptor_);
}

bool RunLock::is_held(const RunDirectory& run) {
  const int descriptor = open(lock_path(run).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return false;
  const bool held = flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  close(descriptor);
  return held;
}

}  // namespace agon
