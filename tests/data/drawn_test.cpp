#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "tests/data/drawn_examples.h"
#include "tests/data/failure_of.h"

namespace agon {
namespace {

TEST(Drawn, HasTheFactsOfItsSource) {
  const DataFacts digits = inspect_data(drawn("digits"));
  EXPECT_EQ(digits.height, 28);
  EXPECT_EQ(digits.width, 28);
  EXPECT_EQ(digits.channels, 1);
  EXPECT_EQ(digits.classes(), 10);
  EXPECT_EQ(digits.labels[0].class_names.size(), 10u);
  EXPECT_EQ(digits.count, 20000);
  EXPECT_EQ(digits.test_count, 4000);
  DataSpec faces = drawn("faces");
  faces.height = 48;
  faces.width = 32;
  faces.count = 50;
  const DataFacts facts = inspect_data(faces);
  EXPECT_EQ(facts.height, 48);
  EXPECT_EQ(facts.width, 32);
  EXPECT_EQ(facts.channels, 3);
  EXPECT_EQ(facts.labels[0].class_names.size(), 8u);
  EXPECT_EQ(facts.count, 50);
  EXPECT_TRUE(inspect_data(drawn("rings")).points);
}

TEST(Drawn, EveryClassIsEquallyFrequent) {
  for (const char* source : {"digits", "faces", "shapes", "moving_digits", "rings", "grid"}) {
    const auto set = open_data(drawn(source), Split::Train);
    const std::int64_t classes = set->facts().classes();
    ASSERT_GT(classes, 1) << source;
    std::vector<std::int64_t> times(static_cast<std::size_t>(classes));
    for (std::int64_t i = 0; i < 1000 * classes; ++i) {
      ++times[static_cast<std::size_t>(set->label(i % set->count()))];
    }
    for (const std::int64_t n : times) EXPECT_EQ(n, 1000) << source;
  }
}

struct Known {
  const char* source;
  const char* labels;  // of examples 0..9
  double mean;         // of the bytes of example 3
};

// Guards the sets against changing unnoticed: trained results depend on them.
TEST(Drawn, AreTheSameDataForEver) {
  for (const Known& known :
       {Known{"digits", "1827049365", 22.212}, Known{"faces", "0476152374", 133.763},
        Known{"sketch", "0476152374", 217.204}, Known{"shapes", "3145205432", 120.017},
        Known{"moving_digits", "1042985673", 11.763}}) {
    const auto set = open_data(drawn(known.source), Split::Train);
    std::string labels;
    for (int i = 0; i < 10; ++i) labels += std::to_string(set->label(i));
    EXPECT_EQ(labels, known.labels) << known.source;
    EXPECT_NEAR(mean(picture(*set, 3)), known.mean, 0.1) << known.source;
  }
}

TEST(Drawn, IsAPureFunctionOfTheIndex) {
  for (const char* source : {"digits", "faces", "shapes", "moving_digits", "sketch"}) {
    const auto a = open_data(drawn(source), Split::Train);
    const auto b = open_data(drawn(source), Split::Train);
    std::vector<std::vector<std::uint8_t>> backwards(50);
    for (std::int64_t i = 49; i >= 0; --i) {
      backwards[static_cast<std::size_t>(i)] = picture(*b, i);
    }
    for (std::int64_t i = 0; i < 50; ++i) {
      EXPECT_EQ(picture(*a, i), backwards[static_cast<std::size_t>(i)]);
      EXPECT_EQ(picture(*a, i), backwards[static_cast<std::size_t>(i)]) << "from the cache";
      EXPECT_EQ(labels(*a, i), labels(*b, i));
    }
  }
}

TEST(Drawn, IsTheSameFromSeveralThreads) {
  for (const char* source : {"digits", "shapes", "moving_digits", "sketch"}) {
    const auto set = open_data(drawn(source), Split::Test);
    const auto alone = open_data(drawn(source), Split::Test);
    constexpr std::int64_t kLooks = 80;
    std::vector<std::vector<std::uint8_t>> made[3];
    std::vector<std::thread> threads;
    for (auto& pictures : made) {
      threads.emplace_back([&] {
        for (std::int64_t i = 0; i < kLooks; ++i) pictures.push_back(picture(*set, i));
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (std::int64_t i = 0; i < kLooks; ++i) {
      for (const auto& pictures : made)
        ASSERT_EQ(pictures[static_cast<std::size_t>(i)], picture(*alone, i)) << source;
    }
  }
}

TEST(Drawn, TestExamplesAreOthers) {
  for (const char* source : {"digits", "faces", "shapes", "moving_digits"}) {
    const auto train = open_data(drawn(source), Split::Train);
    const auto test = open_data(drawn(source), Split::Test);
    EXPECT_EQ(test->count(), 4000);
    std::set<std::vector<std::uint8_t>> seen;
    for (std::int64_t i = 0; i < 200; ++i) {
      seen.insert(picture(*train, i));
      seen.insert(picture(*test, i));
    }
    EXPECT_EQ(seen.size(), 400u) << source;
  }
}

TEST(Drawn, RefusesWhatItCannotGive) {
  struct Case {
    const char* source;
    void (*change)(DataSpec&);
    const char* message;
  };
  const Case cases[] = {
      {"digitz", [](DataSpec&) {},
       "78 error[78] a.yaml:3:9: data.source: unknown source 'digitz'; did you mean 'digits'?"},
      {"digits", [](DataSpec& s) { s.path = "/x"; },
       "data.path: digits is drawn by the program and has no `path`"},
      {"faces", [](DataSpec& s) { s.height = s.width = 4; },
       "data.size: faces is drawn at 8 to 1024 pixels a side; `size` asks for 4"},
      {"faces", [](DataSpec& s) { s.channels = 2; }, "data.channels: `channels` is 2; want 1 or 3"},
      {"faces", [](DataSpec& s) { s.count = 0; }, "data.count: `count` is 0"},
      {"rings", [](DataSpec& s) { s.height = 4; },
       "data.size: rings gives points, which have no `size`"},
      {"digits", [](DataSpec& s) { s.frames = 4; },
       "78 error[78] a.yaml:3:1: data.frames: `frames` is for moving_digits, not digits"},
      {"shapes", [](DataSpec& s) { s.style = "sketch"; },
       "data.style: `style` is for faces, not shapes"},
      {"faces", [](DataSpec& s) { s.style = "oil"; },
       "data.style: `style` is 'oil'; faces are drawn as photo or sketch"},
      {"moving_digits", [](DataSpec& s) { s.channels = 3; }, "data.channels: moving_digits has"},
      {"rings", [](DataSpec& s) { s.hold_out = .1; },
       "data.hold_out: `hold_out` makes a test split, but rings already has 4,000 test examples"},
      {"rings", [](DataSpec& s) { s.validate = 1; },
       "data.validate: `hold_out` (0) and `validate` (20000) leave none of the 20000 training "
       "examples"},
  };
  for (const Case& c : cases) {
    DataSpec spec = drawn(c.source);
    c.change(spec);
    EXPECT_TRUE(has(failure_of([&] { inspect_data(spec); }), c.message));
  }
  EXPECT_TRUE(has(failure_of([] { open_data(drawn("digits"), Split::Validate); }),
                  "no validation examples"));
}

TEST(Shares, AreDisjointAndCoverAll) {
  DataSpec spec = drawn("rings");
  spec.count = 1000;
  spec.validate = .2;
  const auto whole = open_data(
      [&] {
        DataSpec s = spec;
        s.validate = 0;
        return s;
      }(),
      Split::Train);
  const auto train = open_data(spec, Split::Train);
  const auto validate = open_data(spec, Split::Validate);
  EXPECT_EQ(train->count(), 800);
  EXPECT_EQ(validate->count(), 200);
  EXPECT_EQ(train->facts().count, 800);
  std::set<std::pair<float, float>> all, parts;
  const auto gather = [](const DataSet& set, std::set<std::pair<float, float>>& into) {
    for (std::int64_t i = 0; i < set.count(); ++i) {
      float xy[2];
      set.point(i, xy);
      into.emplace(xy[0], xy[1]);
    }
  };
  gather(*whole, all);
  gather(*train, parts);
  gather(*validate, parts);
  EXPECT_EQ(parts, all);
}

}  // namespace
}  // namespace agon
