#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace agon {

/// The 12 of "step-12", "step-000012.png" and "step-000012-fixed.png": names of checkpoints and
/// sample grids. Nothing for a name that begins otherwise.
std::optional<std::int64_t> step_in(const std::string& name);

}  // namespace agon
