#include "tests/engine/checked_memory.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/error.h"

namespace agon {

namespace {
constexpr const char* kNames[] = {"own", "staged", "shared"};

[[noreturn]] void refuse(const char* who, const char* what) {
  throw InternalError(fmt::format("{}: {}", who, what));
}
}  // namespace

CheckedMemory::CheckedMemory() : sources_(3) {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    sources_[i].memory = this;
    sources_[i].kind = static_cast<MemoryKind>(i);
  }
}

CheckedMemory::~CheckedMemory() = default;

void* CheckedMemory::Source::allocate(std::size_t bytes) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t rounded = (bytes + page - 1) / page * page;
  const int access = kind == MemoryKind::Own ? PROT_NONE : PROT_READ | PROT_WRITE;
  void* at = mmap(nullptr, rounded, access, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) throw Error(ExitCode::Unavailable, "no memory for the fake accelerator");
  memory->ranges_[static_cast<const char*>(at)] = {rounded, bytes, kind, 0};
  ++memory->allocations_;
  return at;
}

void CheckedMemory::Source::release(void* at) noexcept {
  const auto it = memory->ranges_.find(static_cast<const char*>(at));
  munmap(at, it->second.bytes);
  memory->ranges_.erase(it);
}

const CheckedMemory::Range* CheckedMemory::find(const void* at, std::size_t bytes) const {
  const char* begin = static_cast<const char*>(at);
  auto it = ranges_.upper_bound(begin);
  if (it == ranges_.begin()) return nullptr;
  --it;
  return begin + bytes <= it->first + it->second.asked ? &it->second : nullptr;
}

void CheckedMemory::expect(MemoryKind kind, const void* at, std::size_t bytes,
                           const char* who) const {
  if (bytes == 0) return;
  const Range* range = find(at, bytes);
  if (range == nullptr || range->kind != kind) refuse(who, kNames[static_cast<int>(kind)]);
}

void CheckedMemory::expect_of_device(const void* at, std::size_t bytes, const char* who) const {
  if (bytes == 0) return;
  const Range* range = find(at, bytes);
  if (range == nullptr || range->kind == MemoryKind::Staged)
    refuse(who, "uses the host's memory on the device");
}

void CheckedMemory::expect_of_host(const void* at, std::size_t bytes, const char* who) const {
  if (bytes == 0) return;
  const Range* range = find(at, bytes);
  if (range == nullptr) return;
  if (range->kind == MemoryKind::Own) refuse(who, "uses the device's memory on the host");
  if (range->uses > 0) refuse(who, "uses what launched work uses");
}

void CheckedMemory::use(const std::vector<const void*>& addresses, int change) {
  for (const void* at : addresses) {
    auto it = ranges_.upper_bound(static_cast<const char*>(at));
    (--it)->second.uses += change;
  }
}

bool CheckedMemory::is_shared(const void* at) const {
  const Range* range = find(at, 1);
  return range != nullptr && range->kind == MemoryKind::Shared;
}

void CheckedMemory::open(bool opened) {
  for (const auto& [at, range] : ranges_) {
    if (range.kind != MemoryKind::Own) continue;
    mprotect(const_cast<char*>(at), range.bytes, opened ? PROT_READ | PROT_WRITE : PROT_NONE);
  }
}

}  // namespace agon
