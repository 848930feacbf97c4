#include "runners/data/batches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "engine/base/error.h"
#include "tests/data/failure_of.h"

namespace agon {
namespace {

/// Pictures of one pixel whose value is the index, labelled by it too; a second list has the row
/// (index, index + 1).
class Numbers : public DataSet {
 public:
  explicit Numbers(std::int64_t count, std::int64_t bad = -1) : bad_(bad) {
    count_ = count;
    facts_.count = count;
    facts_.height = facts_.width = facts_.channels = 1;
    facts_.labels = {{"label", count, 0, {}}, {"row", count + 1, 2, {}}};
  }
  void image(std::int64_t index, std::span<std::uint8_t> hwc) const override {
    if (index == bad_) throw Error(ExitCode::Data, "'x.png': bad");
    hwc[0] = static_cast<std::uint8_t>(index);
  }
  void labels(std::int64_t index, std::span<std::int32_t> into) const override {
    into[0] = into[1] = static_cast<std::int32_t>(index);
    into[2] = into[1] + 1;
  }

 private:
  std::int64_t bad_;
};

DataSpec spec_with(Pick pick, const std::string& name = "") {
  DataSpec spec;
  spec.name = name;
  spec.pick = pick;
  spec.origin = {"a.yaml", 3, 1, "data"};
  return spec;
}

TEST(ExampleOrder, HasOneStreamToEachSource) {
  EXPECT_EQ(order_stream(spec_with(Pick::Shuffle)), "data/order");
  DataSpec paired = spec_with(Pick::Shuffle, "a");
  paired.paired = true;
  EXPECT_EQ(order_stream(paired), "data/order");
  const ExampleOrder a(Pick::Shuffle, 100, 1, order_stream(spec_with(Pick::Shuffle, "a")));
  const ExampleOrder b(Pick::Shuffle, 100, 1, order_stream(spec_with(Pick::Shuffle, "b")));
  const ExampleOrder seed(Pick::Shuffle, 100, 2, order_stream(spec_with(Pick::Shuffle, "a")));
  int same_name = 0;
  int same_seed = 0;
  for (int i = 0; i < 100; ++i) {
    same_name += a.at(i) == b.at(i);
    same_seed += a.at(i) == seed.at(i);
  }
  EXPECT_LT(same_name, 10);
  EXPECT_LT(same_seed, 10);
}

TEST(ExampleOrder, PicksAsTold) {
  const ExampleOrder order(Pick::Order, 5, 1, "s");
  EXPECT_EQ(order.at(0, 3), 3);
  EXPECT_EQ(order.at(7), 2);
  const ExampleOrder replaced(Pick::Replacement, 10, 1, "s");
  std::vector<int> times(10);
  for (std::int64_t i = 0; i < 10000; ++i) ++times[static_cast<std::size_t>(replaced.at(i))];
  for (const int n : times) EXPECT_NEAR(n, 1000, 150);
  std::set<std::int64_t> first;
  for (std::int64_t i = 0; i < 10; ++i) first.insert(replaced.at(i));
  EXPECT_LT(first.size(), 10u);  // a permutation would have all
}

TEST(RangeTable, HitsBothEndsExactly) {
  for (const auto& [low, high] : {std::pair{-1.0, 1.0}, {0.0, 1.0}, {-0.3, 0.7}, {0.1, 0.2}}) {
    const std::vector<float> table = range_table(low, high);
    EXPECT_EQ(table[0], static_cast<float>(low));
    EXPECT_EQ(table[255], static_cast<float>(high));
    EXPECT_TRUE(std::ranges::is_sorted(table));
    EXPECT_FLOAT_EQ(table[51], static_cast<float>(low + (high - low) / 5));
  }
}

TEST(BatchLoader, GivesWhatTheOrderSaysOverEpochBorders) {
  const Numbers set(37);
  for (const Pick pick : {Pick::Shuffle, Pick::Replacement, Pick::Order}) {
    for (const std::int64_t first : {0, 4}) {
      const DataSpec spec = spec_with(pick);
      const ExampleOrder order(pick, 37, 5, order_stream(spec));
      BatchLoader loader(set, spec, 8, 5, first);
      for (std::int64_t n = first; n < first + 3 * 37 / 8; ++n) {
        const Batch& batch = loader.next();
        ASSERT_EQ(batch.labels.size(), 2u);
        ASSERT_EQ(batch.labels[0].size(), 8u);
        ASSERT_EQ(batch.labels[1].size(), 16u);
        for (std::int64_t i = 0; i < 8; ++i) {
          const std::int64_t index = order.at(n * 8 + i);
          const auto at = static_cast<std::size_t>(i);
          ASSERT_EQ(batch.labels[0][at], index);
          ASSERT_EQ(batch.labels[1][2 * at], index);
          ASSERT_EQ(batch.labels[1][2 * at + 1], index + 1);
          ASSERT_EQ(batch.values[at], range_table(-1, 1)[static_cast<std::size_t>(index)]);
        }
      }
    }
  }
}

TEST(BatchLoader, EveryEpochHasEachExampleOnce) {
  const Numbers set(24);
  const DataSpec spec = spec_with(Pick::Shuffle);
  BatchLoader loader(set, spec, 8, 5);
  for (int epoch = 0; epoch < 3; ++epoch) {
    std::set<std::int32_t> seen;
    for (int n = 0; n < 3; ++n) {
      for (const std::int32_t label : loader.next().labels[0]) seen.insert(label);
    }
    EXPECT_EQ(seen.size(), 24u);
  }
}

TEST(BatchLoader, ReusesItsBuffers) {
  const Numbers set(64);
  const DataSpec spec = spec_with(Pick::Shuffle);
  BatchLoader loader(set, spec, 4, 5);
  std::set<const float*> buffers;
  for (int n = 0; n < 50; ++n) buffers.insert(loader.next().values.data());
  EXPECT_LE(buffers.size(), 4u);
}

TEST(BatchLoader, HandsOverErrorsAtTheirBatch) {
  const Numbers set(64, 21);
  const DataSpec spec = spec_with(Pick::Order);
  BatchLoader loader(set, spec, 8, 5);
  loader.next();
  loader.next();
  EXPECT_EQ(failure_of([&] { loader.next(); }), "65 'x.png': bad");
  EXPECT_EQ(failure_of([&] { loader.next(); }), "65 'x.png': bad");
}

TEST(BatchLoader, RefusesABatchLargerThanTheSet) {
  const Numbers set(7);
  const DataSpec spec = spec_with(Pick::Order);
  EXPECT_EQ(failure_of([&] { BatchLoader(set, spec, 8, 5); }),
            "78 error[78] a.yaml:3:1: data: a batch of 8 is larger than the set, which has 7 "
            "examples");
}

TEST(BatchLoader, EndsWhileItReadsAhead) {
  const Numbers set(64);
  const DataSpec spec = spec_with(Pick::Shuffle);
  for (int i = 0; i < 200; ++i) BatchLoader loader(set, spec, 4, 5);
}

TEST(ReadExamples, ReadsInPlainOrderAndStartsAgain) {
  const Numbers set(10);
  DataSpec spec = spec_with(Pick::Shuffle);
  spec.low = 0;
  spec.high = 255;
  BatchBuffers buffers(set.facts(), 4);
  read_examples(set, spec, 8, 4, buffers);
  EXPECT_EQ(buffers.values, (std::vector<float>{8, 9, 0, 1}));
  EXPECT_EQ(buffers.labels[0], (std::vector<std::int32_t>{8, 9, 0, 1}));
  EXPECT_EQ(buffers.labels[1], (std::vector<std::int32_t>{8, 9, 9, 10, 0, 1, 1, 2}));
}

}  // namespace
}  // namespace agon
