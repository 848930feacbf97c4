#include <fmt/format.h>

#include <algorithm>

#include "runners/data/data_set.h"

namespace agon {
namespace {

constexpr std::int64_t kLooks = 100;

bool is_flat(const std::vector<std::uint8_t>& hwc, std::int64_t channels) {
  const auto pixel = static_cast<std::size_t>(channels);
  for (std::size_t i = pixel; i < hwc.size(); ++i) {
    if (hwc[i] != hwc[i - pixel]) return false;
  }
  return true;
}

}  // namespace

std::vector<std::string> data_warnings(const DataSet& set) {
  if (set.facts().picture != nullptr) return {};
  if (set.count() == 1) return {"the set has a single example"};
  if (set.facts().points) return {};
  const DataFacts& facts = set.facts();
  const std::int64_t looks = std::min(kLooks, set.count());
  std::vector<std::uint8_t> first(
      static_cast<std::size_t>(facts.height * facts.width * facts.channels));
  std::vector<std::uint8_t> bytes(first.size());
  bool equal = true;
  bool flat = true;
  for (std::int64_t i = 0; i < looks; ++i) {
    set.image(i * (set.count() - 1) / (looks - 1), i == 0 ? first : bytes);
    if (i > 0) equal = equal && bytes == first;
    flat = flat && is_flat(i == 0 ? first : bytes, facts.channels);
  }
  std::vector<std::string> warnings;
  if (equal) warnings.push_back(fmt::format("all {} pictures looked at are equal", looks));
  if (flat) warnings.push_back(fmt::format("all {} pictures looked at are of one colour", looks));
  return warnings;
}

}  // namespace agon
