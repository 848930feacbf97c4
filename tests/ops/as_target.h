#pragma once
#include <hwy/targets.h>

#include <cstdint>

namespace agon::op_cases {

/// The processor counts as one of this target (and what is below) while it lives.
class As {
 public:
  explicit As(std::int64_t targets) {
    hwy::SetSupportedTargetsForTest(targets);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
  ~As() {
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
  As(const As&) = delete;
  As& operator=(const As&) = delete;
};

}  // namespace agon::op_cases
