#pragma once
#include <string>

#include "engine/base/error.h"
#include "runners/training/backend.h"

namespace agon {

/// An accelerator has not the memory that a plan needs.
class DeviceTooSmall : public Error {
 public:
  explicit DeviceTooSmall(const std::string& message) : Error(ExitCode::Config, message) {}
};

/// Throws Error(Config), of the accelerator DeviceTooSmall, when what a plan needs (variables, the
/// largest arena, constants) is more than the memory there is, naming the largest tensors; nothing
/// has been allocated then.
void check_memory(const Plan& plan, const CompiledPlan& compiled, const Backend& backend);

}  // namespace agon
