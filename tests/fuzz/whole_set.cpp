#include "tests/fuzz/whole_set.h"

#include "runners/data/data_set.h"
#include "tests/fuzz/allowed.h"

namespace agon {

namespace {
constexpr std::int64_t kMostPixels = 1 << 22;  // of the examples made, so that an input stays quick

void make_example(const DataSet& set, std::int64_t index) {
  const DataFacts& facts = set.facts();
  std::vector<std::uint8_t> pixels(
      static_cast<std::size_t>(facts.height * facts.width * facts.channels));
  set.image(index, pixels);
  std::vector<std::int32_t> labels(static_cast<std::size_t>(facts.label_numbers()));
  set.labels(index, labels);
  for (std::size_t i = 0; i < labels.size(); ++i)
    require(labels[i] >= 0 && labels[i] < facts.labels[i].classes, "a label is a class");
}

void read_split(const DataSpec& spec, Split split) {
  const auto set = open_data(spec, split);
  require(set->count() >= 1, "a split has an example");
  set->notes();
  set->files();
  const DataFacts& facts = set->facts();
  if (facts.height * facts.width * facts.channels > kMostPixels) return;
  make_example(*set, 0);
  make_example(*set, set->count() - 1);
}
}  // namespace

void read_whole_set(const DataSpec& spec) {
  const DataFacts facts = inspect_data(spec);
  read_split(spec, Split::Train);
  if (facts.test_count > 0) read_split(spec, Split::Test);
  if (facts.validate_count > 0) read_split(spec, Split::Validate);
}

}  // namespace agon
