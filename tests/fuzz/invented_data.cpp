#include "tests/fuzz/invented_data.h"

#include <algorithm>

#include "runners/data/data_set.h"
#include "runners/data/failure.h"
#include "runners/data/stored_images.h"
#include "runners/data/subset.h"

namespace agon {

namespace {
constexpr std::string_view kOfFiles[] = {"mnist", "cifar10", "folder", "image"};
constexpr std::int64_t kLargestSide = 1024;  // of a picture that is made here

DataFacts one_picture(const DataSpec& spec) {
  DataFacts facts;
  facts.count = 1;
  set_shape(spec, 16, 16, 3, facts);
  if (std::max(facts.height, facts.width) > kLargestSide)
    fail_at_key(spec, "size", "larger than what is invented");
  const auto size = static_cast<std::size_t>(facts.height * facts.width * facts.channels);
  facts.picture = std::make_shared<const std::vector<std::uint8_t>>(size);
  return facts;
}

DataFacts set_of_files(const DataSpec& spec) {
  DataFacts facts;
  facts.count = 1000;
  facts.test_count = spec.hold_out == 0 ? 100 : 0;
  set_shape(spec, 32, 32, spec.source == "mnist" ? 1 : 3, facts);
  facts.labels = {{"label", 10, 0, {}}};
  if (spec.paired) {
    for (int i = 0; i < 1000; ++i) facts.names.push_back(std::to_string(i));
    facts.test_names.assign(facts.names.begin(), facts.names.begin() + facts.test_count);
  }
  return with_shares(spec, facts);
}
}  // namespace

DataFacts invented_facts(const DataSpec& spec) {
  if (std::ranges::find(kOfFiles, spec.source) == std::end(kOfFiles)) return inspect_data(spec);
  return spec.source == "image" ? one_picture(spec) : set_of_files(spec);
}

}  // namespace agon
