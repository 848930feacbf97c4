#include "runners/data/augment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "runners/data/batches.h"
#include "runners/data/data_set.h"
#include "tests/data/failure_of.h"
#include "tests/data/temporary_folder.h"

namespace agon {
namespace {

using Kind = Augment::Kind;

DataSpec spec_of(const std::string& source, std::vector<Augment> augment) {
  DataSpec spec;
  spec.source = source;
  spec.augment = std::move(augment);
  spec.origin = {"a.yaml", 3, 1, "data"};
  return spec;
}

DataFacts facts_of(std::int64_t height, std::int64_t width, std::int64_t channels) {
  DataFacts facts;
  facts.height = height;
  facts.width = width;
  facts.channels = channels;
  return facts;
}

/// What becomes of a picture at many places of a run.
std::set<Bytes> outcomes(const Augment& item, const DataFacts& facts, const Bytes& bytes) {
  Augmenter augmenter(spec_of("faces", {item}), facts, 1);
  std::set<Bytes> all;
  for (std::int64_t position = 0; position < 200; ++position) {
    Bytes changed = bytes;
    augmenter.apply(position, changed);
    all.insert(changed);
  }
  return all;
}

TEST(Augment, ChangesPicturesAsItsWordsSay) {
  const Bytes wide = {1, 2, 3, 4, 5, 6};  // 2 rows of 3
  EXPECT_EQ(outcomes({Kind::Flip}, facts_of(2, 3, 1), wide),
            (std::set<Bytes>{wide, {3, 2, 1, 6, 5, 4}}));
  EXPECT_EQ(outcomes({Kind::FlipVertical}, facts_of(2, 3, 1), wide),
            (std::set<Bytes>{wide, {4, 5, 6, 1, 2, 3}}));
  const Bytes square = {1, 2, 3, 4};
  EXPECT_EQ(outcomes({Kind::Turn}, facts_of(2, 2, 1), square),
            (std::set<Bytes>{square, {3, 1, 4, 2}, {4, 3, 2, 1}, {2, 4, 1, 3}}));
  const Bytes row = {1, 2, 3};
  EXPECT_EQ(outcomes({Kind::Shift, 1}, facts_of(1, 3, 1), row),
            (std::set<Bytes>{row, {2, 3, 3}, {1, 1, 2}}));
  const Bytes dot = {0, 0, 0, 0, 1, 0, 0, 0, 0};
  const std::set<Bytes> dots = outcomes({Kind::Shift, 1}, facts_of(3, 3, 1), dot);
  EXPECT_EQ(dots.size(), 9u);
  EXPECT_TRUE(dots.contains({0, 0, 0, 0, 0, 0, 0, 1, 0})) << "down";
}

TEST(Augment, MovesAllChannelsOfAPixelTogether) {
  const Bytes rgb = {1, 2, 3, 11, 12, 13};  // two pixels
  EXPECT_EQ(outcomes({Kind::Flip}, facts_of(1, 2, 3), rgb),
            (std::set<Bytes>{rgb, {11, 12, 13, 1, 2, 3}}));
  EXPECT_EQ(outcomes({Kind::Shift, 1}, facts_of(1, 2, 3), rgb),
            (std::set<Bytes>{rgb, {1, 2, 3, 1, 2, 3}, {11, 12, 13, 11, 12, 13}}));
}

TEST(Augment, DrawsEvenly) {
  Augmenter flip(spec_of("faces", {{Kind::Flip}}), facts_of(1, 2, 1), 3);
  Augmenter shift(spec_of("faces", {{Kind::Shift, 2}}), facts_of(1, 11, 1), 3);
  int flipped = 0;
  std::vector<int> at(5);
  for (std::int64_t position = 0; position < 5000; ++position) {
    Bytes pair = {0, 1};
    flip.apply(position, pair);
    flipped += pair[0];
    Bytes row(11);
    row[5] = 1;
    shift.apply(position, row);
    ++at[static_cast<std::size_t>(std::ranges::find(row, 1) - row.begin() - 3)];
  }
  EXPECT_NEAR(flipped, 2500, 180);  // five standard deviations
  for (const int n : at) EXPECT_NEAR(n, 1000, 142);
}

TEST(Augment, DependsOnSeedStreamAndPositionAlone) {
  const DataFacts facts = facts_of(8, 8, 1);
  const auto changed = [&](const DataSpec& spec, std::int64_t seed, std::int64_t position) {
    Bytes bytes(64);
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
    Augmenter(spec, facts, seed).apply(position, bytes);
    return bytes;
  };
  const DataSpec spec = spec_of("faces", {{Kind::Turn}, {Kind::Shift, 3}});
  EXPECT_EQ(changed(spec, 1, 77), changed(spec, 1, 77));
  EXPECT_NE(changed(spec, 1, 77), changed(spec, 1, 78));
  EXPECT_NE(changed(spec, 1, 77), changed(spec, 2, 77));
  EXPECT_NE(changed(spec, 1, std::int64_t{1} << 40), changed(spec, 1, 0));
  DataSpec a = spec, b = spec;
  a.name = "a";
  b.name = "b";
  EXPECT_NE(changed(a, 1, 77), changed(b, 1, 77));
  a.paired = b.paired = true;
  EXPECT_EQ(changed(a, 1, 77), changed(b, 1, 77));
}

TEST(Augment, IsForTrainingBatchesAndEqualAfterAResume) {
  DataSpec spec = spec_of("digits", {{Kind::Shift, 2}, {Kind::Flip}});
  spec.count = 40;
  const auto set = open_data(spec, Split::Train);
  DataSpec plain = spec;
  plain.augment.clear();
  BatchLoader unchanged(*set, plain, 16, 5, 4);
  BatchLoader resumed(*set, spec, 16, 5, 4);
  const Batch& again = resumed.next();
  const std::vector<float> values(again.values.begin(), again.values.end());
  const Batch& bare = unchanged.next();
  EXPECT_NE(values, std::vector<float>(bare.values.begin(), bare.values.end()));
  BatchLoader whole(*set, spec, 16, 5);
  for (int n = 0; n < 4; ++n) whole.next();
  const Batch& fifth = whole.next();
  EXPECT_EQ(values, std::vector<float>(fifth.values.begin(), fifth.values.end()));
  BatchBuffers looked(set->facts(), 1), looked_plain(set->facts(), 1);
  read_examples(*set, spec, 0, 1, looked);
  read_examples(*set, plain, 0, 1, looked_plain);
  EXPECT_EQ(looked.values, looked_plain.values);
}

TEST(Augment, RefusesWhatCannotBeChanged) {
  struct Case {
    DataSpec spec;
    const char* message;
  };
  DataSpec narrow = spec_of("faces", {{Kind::Turn}});
  narrow.height = 16;
  narrow.width = 24;
  const Case cases[] = {
      {spec_of("rings", {{Kind::Flip}}),
       "data.augment: `augment` changes pictures of a set; rings gives points"},
      {narrow, "data.augment: `augment: turn` needs square pictures, these are 16 x 24"},
      {spec_of("digits", {{Kind::Shift, 28}}),
       "data.augment: `augment` shifts by 28 pixels, the pictures are"}};
  for (const Case& c : cases)
    EXPECT_TRUE(has(failure_of([&] { inspect_data(c.spec); }), c.message));
}

}  // namespace
}  // namespace agon
