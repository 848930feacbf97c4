#include <fmt/format.h>

#include "engine/base/error.h"
#include "runners/sweep/search/methods.h"
#include "runners/sweep/search/settings.h"

namespace agon {

namespace {

constexpr std::int64_t kMostSettings = 1'000'000;

class Grid final : public Search {
 public:
  explicit Grid(const Space& space) : space_(space) {
    for (const Dimension& dimension : space_) {
      if (!value_count(dimension)) {
        throw Error(ExitCode::Config,
                    fmt::format("a grid needs a step or a list of values for {}", dimension.name));
      }
    }
    size_ = count_settings(space_).value();
    if (size_ > kMostSettings) {
      throw Error(ExitCode::Config,
                  fmt::format("a grid has at most {} settings, got {}{}", kMostSettings,
                              size_ == kCountless ? "over " : "", size_));
    }
  }

  std::optional<Point> propose(std::int64_t number, std::span<const Tried>,
                               std::span<const Point>) const override {
    return number < size_ ? std::optional(setting_at(space_, number)) : std::nullopt;
  }

  std::optional<std::int64_t> size() const override { return size_; }

 private:
  Space space_;
  std::int64_t size_ = 0;
};

}  // namespace

std::unique_ptr<Search> make_grid(const SearchTask& task) {
  return std::make_unique<Grid>(task.space);
}

}  // namespace agon
