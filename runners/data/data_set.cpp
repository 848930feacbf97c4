#include "runners/data/data_set.h"

#include <fmt/format.h>

#include "engine/base/text.h"
#include "runners/data/failure.h"
#include "runners/data/source.h"
#include "runners/data/subset.h"

namespace agon {
namespace {

const Source* const kSources[] = {&kDigits, &kFaces, &kRings, &kMnist, &kCifar10, &kFolder};

const Source& source_of(const DataSpec& spec) {
  for (const Source* source : kSources) {
    if (source->name == spec.source) return *source;
  }
  const std::vector<std::string> names = data_source_names();
  fail_at(spec.source_origin, fmt::format("unknown source '{}'{}; sources are {}", spec.source,
                                          suggestion(spec.source, names), joined(names)));
}

}  // namespace

void DataSet::image(std::int64_t, std::span<std::uint8_t>) const {
  throw InternalError("this source has no images");
}

void DataSet::point(std::int64_t, std::span<float>) const {
  throw InternalError("this source has no points");
}

std::vector<std::string> data_source_names() {
  std::vector<std::string> names;
  for (const Source* source : kSources) names.emplace_back(source->name);
  return names;
}

DataFacts inspect_data(const DataSpec& spec) {
  return with_shares(spec, source_of(spec).inspect(spec));
}

std::unique_ptr<DataSet> open_data(const DataSpec& spec, Split split) {
  const Source& source = source_of(spec);
  const DataFacts facts = source.inspect(spec);
  const DataFacts shared = with_shares(spec, facts);
  if (split == Split::Test && shared.test_count == 0) {
    fail_at(spec.origin, fmt::format("{} has no test examples here; `hold_out` takes some from the "
                                     "training examples",
                                     spec.source));
  }
  if (split == Split::Validate && spec.validate == 0) {
    fail_at(spec.origin,
            "no validation examples; `validate` takes some from the training examples");
  }
  const bool own_test = split == Split::Test && facts.test_count > 0;
  std::unique_ptr<DataSet> all = source.open(spec, facts, own_test);
  if (own_test || (spec.hold_out == 0 && spec.validate == 0)) {
    return std::make_unique<Subset>(std::move(all), shared);
  }
  return std::make_unique<Subset>(std::move(all), shared, share_of(spec, facts.count, split));
}

}  // namespace agon
