// The text of a sweep file: read, and asked for its first settings. line.yaml is the one experiment
// there is.
#include "runners/sweep/sweep_file.h"
#include "tests/fuzz/allowed.h"
#include "tests/fuzz/scratch.h"

namespace agon {
namespace {

constexpr std::size_t kSettings = 4;

const std::string& folder_with_experiment() {
  static const std::string folder = [] {
    scratch_file("line.yaml", {});
    return scratch_folder();
  }();
  return folder;
}

void expect_within(const Space& space, const Point& point) {
  require(point.size() == space.size(), "a setting has every dimension");
  for (std::size_t i = 0; i < space.size(); ++i) {
    const Dimension& dimension = space[i];
    require(point[i].has_value() == is_active(space, point, i), "what is active has a value");
    if (!point[i]) continue;
    const bool within = dimension.kind == Dimension::Kind::Choice
                            ? *point[i] >= 0 && *point[i] < static_cast<double>(dimension.choices)
                            : *point[i] >= dimension.low && *point[i] <= dimension.high;
    require(within, "a value lies within its dimension");
  }
}

void read_and_propose(const std::string& text) {
  const SweepFile sweep = read_sweep_text(text, folder_with_experiment() + "/fuzzed.yaml");
  const Space space = sweep.space();
  const auto search = make_search(sweep.search, space, sweep.best.size(), sweep.seed);
  std::vector<Tried> tried;
  while (tried.size() < kSettings) {
    const auto number = static_cast<double>(tried.size());
    const auto point = search->propose(std::ssize(tried), tried, {});
    if (!point) break;
    expect_within(space, *point);
    require(sweep.settings(*point).size() >= sweep.set.size(), "a setting keeps those of all");
    tried.push_back({*point, std::vector<double>(sweep.best.size(), number)});
  }
  require(!sweep_text(sweep).empty(), "a sweep can be told");
}

}  // namespace
}  // namespace agon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(agon::text_of({data, size}));
  agon::allow_refusal([&] { agon::read_and_propose(text); });
  return 0;
}
