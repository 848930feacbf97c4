#include "runners/data/subset.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/text.h"
#include "runners/data/failure.h"
#include "runners/data/permutation.h"

namespace agon {
namespace {

struct Shares {
  std::int64_t held_out;
  std::int64_t validate;
};

Shares shares_of(const DataSpec& spec, std::int64_t count) {
  const auto part = [&](double share) {
    if (share == 0) return std::int64_t{0};
    return std::max<std::int64_t>(1, std::llround(share * static_cast<double>(count)));
  };
  return {part(spec.hold_out), part(spec.validate)};
}

}  // namespace

DataFacts with_shares(const DataSpec& spec, DataFacts facts) {
  if (spec.hold_out != 0 && facts.test_count > 0) {
    fail_at_key(spec, "hold_out",
                fmt::format("`hold_out` makes a test split, but {} already has {} test examples",
                            spec.source, thousands_text(facts.test_count)));
  }
  const Shares shares = shares_of(spec, facts.count);
  const std::int64_t left = facts.count - shares.held_out - shares.validate;
  if (left < 1) {
    fail_at_key(spec, spec.hold_out != 0 ? "hold_out" : "validate",
                fmt::format("`hold_out` ({}) and `validate` ({}) leave none of the {} "
                            "training examples",
                            shares.held_out, shares.validate, facts.count));
  }
  facts.count = left;
  facts.validate_count = shares.validate;
  facts.test_count += shares.held_out;
  return facts;
}

std::vector<std::int64_t> share_of(const DataSpec& spec, std::int64_t count, Split split) {
  const Shares shares = shares_of(spec, count);
  const std::int64_t ends[] = {shares.held_out, shares.held_out + shares.validate, count};
  const int part = split == Split::Test ? 0 : split == Split::Validate ? 1 : 2;
  const PhiloxKey key = stream_key(0, "data/shares");
  std::vector<std::int64_t> chosen;
  for (std::int64_t i = part == 0 ? 0 : ends[part - 1]; i < ends[part]; ++i) {
    chosen.push_back(permuted(key, 0, count, i));
  }
  std::ranges::sort(chosen);
  return chosen;
}

Subset::Subset(std::unique_ptr<DataSet> all, const DataFacts& facts,
               std::optional<std::vector<std::int64_t>> chosen)
    : all_(std::move(all)), chosen_(std::move(chosen)) {
  facts_ = facts;
  count_ = chosen_ ? static_cast<std::int64_t>(chosen_->size()) : all_->count();
}

std::int64_t Subset::at(std::int64_t index) const {
  if (index < 0 || index >= count_) {
    throw InternalError(fmt::format("example {} of a set of {}", index, count_));
  }
  return chosen_ ? (*chosen_)[static_cast<std::size_t>(index)] : index;
}

void Subset::image(std::int64_t index, std::span<std::uint8_t> hwc) const {
  all_->image(at(index), hwc);
}

void Subset::point(std::int64_t index, std::span<float> xy) const {
  all_->point(at(index), xy);
}

void Subset::labels(std::int64_t index, std::span<std::int32_t> into) const {
  all_->labels(at(index), into);
}

}  // namespace agon
