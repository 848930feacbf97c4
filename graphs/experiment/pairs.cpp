#include "graphs/experiment/pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "engine/base/text.h"

namespace agon {

namespace {

constexpr std::size_t kMostShown = 5;

/// Names of `a` that `b` has not, "" where there are none.
std::string missing(std::vector<std::string> a, std::vector<std::string> b) {
  std::ranges::sort(a);
  std::ranges::sort(b);
  std::vector<std::string> alone;
  std::ranges::set_difference(a, b, std::back_inserter(alone));
  if (alone.empty()) return "";
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < std::min(kMostShown, alone.size()); ++i)
    shown.push_back(fmt::format("'{}'", printable(alone[i])));
  if (alone.size() > kMostShown) shown.push_back(fmt::format("{} more", alone.size() - kMostShown));
  return joined(shown);
}

/// What keeps the second source from being paired with the first, or "".
std::string mismatch(const DataSpec& a, const DataFacts& fa, const DataSpec& b,
                     const DataFacts& fb) {
  for (const auto names : {&DataFacts::names, &DataFacts::test_names}) {
    if ((fa.*names).empty() || (fb.*names).empty()) continue;
    const std::string only_a = missing(fa.*names, fb.*names);
    const std::string only_b = missing(fb.*names, fa.*names);
    std::vector<std::string> parts;
    if (!only_a.empty()) parts.push_back(fmt::format("only in {}: {}", a.name, only_a));
    if (!only_b.empty()) parts.push_back(fmt::format("only in {}: {}", b.name, only_b));
    if (!parts.empty()) return "its names differ; " + joined(parts, "; ");
  }
  if (fa.count != fb.count || fa.test_count != fb.test_count) {
    return fmt::format("it has {} training and {} test examples, {} has {} and {}", fb.count,
                       fb.test_count, a.name, fa.count, fa.test_count);
  }
  if (a.pick != b.pick) return "its `pick` is another";
  if (a.hold_out != b.hold_out || a.validate != b.validate)
    return "its `hold_out` or `validate` is another";
  if (a.augment != b.augment) return "its `augment` is another";
  const auto moved = [](const Augment& item) { return item.kind == Augment::Kind::Shift; };
  if (std::ranges::any_of(a.augment, moved) && (fa.height != fb.height || fa.width != fb.width))
    return "its size is another, so the same `shift` would not move both alike";
  return "";
}

}  // namespace

void check_pairs(const std::vector<DataSpec>& specs, const std::vector<DataFacts>& facts,
                 Diagnostics& diagnostics) {
  const auto first = std::ranges::find(facts, nullptr, &DataFacts::picture);
  const auto at = static_cast<std::size_t>(first - facts.begin());
  for (std::size_t i = at + 1; i < specs.size(); ++i) {
    if (!specs[i].paired || facts[i].picture != nullptr) continue;
    const std::string why = mismatch(specs[at], *first, specs[i], facts[i]);
    if (why.empty()) continue;
    diagnostics.error(specs[i].origin,
                      fmt::format("cannot be paired with {}: {}", specs[at].name, why));
  }
}

}  // namespace agon
