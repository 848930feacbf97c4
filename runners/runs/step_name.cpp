#include "runners/runs/step_name.h"

#include <charconv>
#include <string_view>

namespace agon {

std::optional<std::int64_t> step_in(const std::string& name) {
  constexpr std::string_view kPrefix = "step-";
  if (!name.starts_with(kPrefix)) return std::nullopt;
  std::int64_t step = 0;
  const auto [stop, failure] =
      std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), step);
  return failure == std::errc() ? std::optional(step) : std::nullopt;
}

}  // namespace agon
