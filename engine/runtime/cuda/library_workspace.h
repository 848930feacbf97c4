#pragma once
#include <cstddef>
#include <cstdint>

namespace agon {

/// Libraries ask for workspaces at multiples of up to 256 bytes; scratch memory lies at multiples
/// of 64. So much of it has room for a workspace, which begins at workspace_in(scratch).
constexpr std::size_t kWorkspaceAlignment = 256;
constexpr std::size_t scratch_for_workspace(std::size_t bytes) {
  return bytes == 0 ? 0 : bytes + kWorkspaceAlignment - 64;
}
inline void* workspace_in(void* scratch) {
  const auto address = reinterpret_cast<std::uintptr_t>(scratch);
  return reinterpret_cast<void*>((address + kWorkspaceAlignment - 1) / kWorkspaceAlignment *
                                 kWorkspaceAlignment);
}

}  // namespace agon
