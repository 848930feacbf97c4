#include "runners/data/data_set.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "graphs/document/suggestion.h"
#include "runners/data/failure.h"
#include "runners/data/source.h"
#include "runners/data/subset.h"

namespace agon {
namespace {

const Source* const kSources[] = {&kDigits, &kFaces, &kShapes,  &kMovingDigits, &kRings,
                                  &kGrid,   &kMnist, &kCifar10, &kFolder,       &kImage};

const Source& source_of(const DataSpec& spec) {
  for (const Source* source : kSources) {
    if (source->name == spec.source) return *source;
  }
  const std::vector<std::string> names = data_source_names();
  fail_at(spec.source_origin, fmt::format("unknown source '{}'{} (sources are {})", spec.source,
                                          suggestion(spec.source, names), joined(names)));
}

/// Keys that only some sources have.
void check_keys(const DataSpec& spec, const Source& source) {
  struct Special {
    std::string_view key;
    bool given;
    std::string_view source;
  };
  for (const Special& special : {Special{"frames", spec.frames.has_value(), "moving_digits"},
                                 Special{"style", !spec.style.empty(), "faces"},
                                 Special{"labels", !spec.labels.empty(), "folder"}}) {
    if (special.given && special.source != source.name) {
      fail_at_key(spec, special.key,
                  fmt::format("`{}` is for {}, not {}", special.key, special.source, source.name));
    }
  }
}

void check_augment(const DataSpec& spec, const DataFacts& facts) {
  if (spec.augment.empty()) return;
  if (facts.points || facts.picture != nullptr) {
    fail_at_key(spec, "augment",
                fmt::format("`augment` changes pictures of a set; {} gives {}", spec.source,
                            facts.points ? "points" : "a single picture"));
  }
  for (const Augment& item : spec.augment) {
    if (item.kind == Augment::Kind::Turn && facts.height != facts.width) {
      fail_at_key(spec, "augment",
                  fmt::format("`augment: turn` needs square pictures, these are {} x {}",
                              facts.height, facts.width));
    }
    if (item.kind == Augment::Kind::Shift && item.by >= std::min(facts.height, facts.width)) {
      fail_at_key(spec, "augment",
                  fmt::format("`augment` shifts by {} pixels, the pictures are {} x {}", item.by,
                              facts.height, facts.width));
    }
  }
}

}  // namespace

void DataSet::image(std::int64_t, std::span<std::uint8_t>) const {
  throw InternalError("this source has no images");
}

void DataSet::point(std::int64_t, std::span<float>) const {
  throw InternalError("this source has no points");
}

void DataSet::labels(std::int64_t, std::span<std::int32_t> into) const {
  if (!into.empty()) throw InternalError("this source has no labels");
}

std::int32_t DataSet::label(std::int64_t index) const {
  if (facts_.labels.empty()) return 0;
  std::vector<std::int32_t> all(static_cast<std::size_t>(facts_.label_numbers()));
  labels(index, all);
  std::size_t at = 0;
  for (const LabelFacts* list = facts_.labels.data(); list != facts_.list("label"); ++list)
    at += static_cast<std::size_t>(list->numbers());
  return all[at];
}

std::string class_name(const LabelFacts& list, std::int64_t label) {
  return label < std::ssize(list.class_names) ? list.class_names[static_cast<std::size_t>(label)]
                                              : std::to_string(label);
}

std::string words_text(const LabelFacts& list, std::span<const std::int32_t> row) {
  std::vector<std::string> words;
  for (const std::int32_t word : row) words.push_back(class_name(list, word));
  return joined(words, " ");
}

std::vector<std::string> data_source_names() {
  std::vector<std::string> names;
  for (const Source* source : kSources) names.emplace_back(source->name);
  return names;
}

DataFacts inspect_data(const DataSpec& spec) {
  const Source& source = source_of(spec);
  check_keys(spec, source);
  DataFacts facts =
      with_shares(spec, read_named_by(spec, "path", [&] { return source.inspect(spec); }));
  check_augment(spec, facts);
  return facts;
}

std::unique_ptr<DataSet> open_data(const DataSpec& spec, Split split) {
  const Source& source = source_of(spec);
  const DataFacts facts = read_named_by(spec, "path", [&] { return source.inspect(spec); });
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
  std::unique_ptr<DataSet> all =
      read_named_by(spec, own_test && !spec.test.empty() ? "test" : "path",
                    [&] { return source.open(spec, facts, own_test); });
  if (own_test || (spec.hold_out == 0 && spec.validate == 0)) {
    return std::make_unique<Subset>(std::move(all), shared);
  }
  return std::make_unique<Subset>(std::move(all), shared, share_of(spec, facts.count, split));
}

}  // namespace agon
