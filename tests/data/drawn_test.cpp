#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <thread>

#include "runners/data/data_set.h"
#include "runners/data/drawn/face.h"
#include "runners/data/drawn/rings.h"
#include "tests/data/failure_of.h"

namespace agon {
namespace {

DataSpec drawn(const std::string& source) {
  DataSpec spec;
  spec.source = source;
  spec.origin = {"a.yaml", 3, 1, "data"};
  spec.source_origin = {"a.yaml", 3, 9, "data.source"};
  return spec;
}

std::vector<std::uint8_t> picture(const DataSet& set, std::int64_t index) {
  const DataFacts& facts = set.facts();
  std::vector<std::uint8_t> bytes(
      static_cast<std::size_t>(facts.height * facts.width * facts.channels));
  set.image(index, bytes);
  return bytes;
}

double mean(const std::vector<std::uint8_t>& bytes) {
  return std::accumulate(bytes.begin(), bytes.end(), 0.0) / static_cast<double>(bytes.size());
}

TEST(Drawn, HasTheFactsOfItsSource) {
  const DataFacts digits = inspect_data(drawn("digits"));
  EXPECT_EQ(digits.height, 28);
  EXPECT_EQ(digits.width, 28);
  EXPECT_EQ(digits.channels, 1);
  EXPECT_EQ(digits.classes, 10);
  EXPECT_EQ(digits.class_names.size(), 10u);
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
  EXPECT_EQ(facts.class_names.size(), 8u);
  EXPECT_EQ(facts.count, 50);
  EXPECT_TRUE(inspect_data(drawn("rings")).points);
}

TEST(Drawn, EveryClassIsEquallyFrequent) {
  for (const char* source : {"digits", "faces", "rings"}) {
    const auto set = open_data(drawn(source), Split::Train);
    const std::int64_t classes = set->facts().classes;
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
       {Known{"digits", "1827049365", 22.212}, Known{"faces", "0476152374", 133.763}}) {
    const auto set = open_data(drawn(known.source), Split::Train);
    std::string labels;
    for (int i = 0; i < 10; ++i) labels += std::to_string(set->label(i));
    EXPECT_EQ(labels, known.labels) << known.source;
    EXPECT_NEAR(mean(picture(*set, 3)), known.mean, 0.1) << known.source;
  }
}

TEST(Drawn, IsAPureFunctionOfTheIndex) {
  for (const char* source : {"digits", "faces"}) {
    const auto a = open_data(drawn(source), Split::Train);
    const auto b = open_data(drawn(source), Split::Train);
    std::vector<std::vector<std::uint8_t>> backwards(50);
    for (std::int64_t i = 49; i >= 0; --i) {
      backwards[static_cast<std::size_t>(i)] = picture(*b, i);
    }
    for (std::int64_t i = 0; i < 50; ++i) {
      EXPECT_EQ(picture(*a, i), backwards[static_cast<std::size_t>(i)]);
      EXPECT_EQ(picture(*a, i), backwards[static_cast<std::size_t>(i)]) << "from the cache";
    }
  }
}

TEST(Drawn, IsTheSameFromSeveralThreads) {
  const auto set = open_data(drawn("digits"), Split::Test);
  const auto alone = open_data(drawn("digits"), Split::Test);
  std::vector<std::vector<std::uint8_t>> made[4];
  std::vector<std::thread> threads;
  for (auto& pictures : made) {
    threads.emplace_back([&] {
      for (std::int64_t i = 0; i < 300; ++i) pictures.push_back(picture(*set, i));
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::int64_t i = 0; i < 300; ++i) {
    for (const auto& pictures : made) {
      ASSERT_EQ(pictures[static_cast<std::size_t>(i)], picture(*alone, i));
    }
  }
}

TEST(Drawn, TestExamplesAreOthers) {
  for (const char* source : {"digits", "faces"}) {
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

TEST(Digits, AreInkOnBlackCentredByMass) {
  const auto set = open_data(drawn("digits"), Split::Train);
  double total = 0;
  int at_the_rim = 0;
  for (std::int64_t i = 0; i < 300; ++i) {
    const std::vector<std::uint8_t> bytes = picture(*set, i);
    double mass = 0, x_mass = 0, y_mass = 0, rim = 0;
    for (int y = 0; y < 28; ++y) {
      for (int x = 0; x < 28; ++x) {
        const double ink = bytes[static_cast<std::size_t>(28) * static_cast<std::size_t>(y) +
                                 static_cast<std::size_t>(x)];
        mass += ink;
        x_mass += ink * (x + .5);
        y_mass += ink * (y + .5);
        if (x < 2 || x > 25) rim = std::max(rim, ink);
      }
    }
    at_the_rim += rim > 60;
    EXPECT_NEAR(x_mass / mass, 14, 1.6);
    EXPECT_NEAR(y_mass / mass, 14, 1.6);
    EXPECT_GE(*std::ranges::max_element(bytes), 200);
    total += mass;
  }
  EXPECT_LT(at_the_rim, 10);
  EXPECT_NEAR(total / 300 / 784 / 255, 0.13, 0.02);  // MNIST: 0.1307
}

TEST(Digits, KeepTheirLooksAtOtherSizes) {
  const auto small = open_data(drawn("digits"), Split::Train);
  DataSpec spec = drawn("digits");
  spec.height = spec.width = 56;
  spec.channels = 3;
  const auto large = open_data(spec, Split::Train);
  for (std::int64_t i = 0; i < 20; ++i) {
    const std::vector<std::uint8_t> bytes = picture(*large, i);
    EXPECT_NEAR(mean(bytes), mean(picture(*small, i)), 4);
    EXPECT_EQ(bytes[2100], bytes[2102]);
  }
}

TEST(Faces, VaryInManyWays) {
  // Correlation of traits over many faces: each varies, and none follows another.
  std::vector<std::vector<double>> traits;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    RandomStream random(kRandomVersion, "faces test", i);
    const Face f = draw_face(random, static_cast<std::int32_t>(i % kFaceClasses));
    traits.push_back({f.background_turn,
                      f.pose.turn,
                      f.pose.scale,
                      f.yaw,
                      f.light,
                      f.skin.r,
                      f.head_width,
                      f.head_height,
                      f.jaw,
                      f.hair.g,
                      static_cast<double>(f.hair_style),
                      f.hair_line,
                      static_cast<double>(f.head_wear),
                      static_cast<double>(f.facial_hair),
                      f.eye_size,
                      f.eye_spacing,
                      f.lid,
                      f.gaze,
                      f.brow_tilt,
                      f.nose_length,
                      f.nose_width,
                      f.mouth_width,
                      f.smile,
                      f.mouth_open,
                      static_cast<double>(f.glasses),
                      static_cast<double>(f.collar)});
  }
  const std::size_t n = traits[0].size();
  std::vector<double> middle(n), deviation(n);
  for (const auto& row : traits) {
    for (std::size_t k = 0; k < n; ++k) middle[k] += row[k] / 2000;
  }
  for (const auto& row : traits) {
    for (std::size_t k = 0; k < n; ++k) deviation[k] += std::pow(row[k] - middle[k], 2) / 2000;
  }
  for (std::size_t a = 0; a < n; ++a) {
    EXPECT_GT(deviation[a], 0) << a;
    for (std::size_t b = 0; b < a; ++b) {
      double shared = 0;
      for (const auto& row : traits) shared += (row[a] - middle[a]) * (row[b] - middle[b]) / 2000;
      EXPECT_LT(std::abs(shared) / std::sqrt(deviation[a] * deviation[b]), 0.12) << a << " " << b;
    }
  }
}

TEST(Rings, ArePointsOfEightModes) {
  const auto set = open_data(drawn("rings"), Split::Train);
  double square = 0;
  for (std::int64_t i = 0; i < 4000; ++i) {
    float xy[2];
    set->point(i, xy);
    const auto centre = ring_centre(set->label(i));
    EXPECT_LT(std::hypot(xy[0] - centre[0], xy[1] - centre[1]), 6 * kRingDeviation);
    square += std::pow(xy[0] - centre[0], 2) + std::pow(xy[1] - centre[1], 2);
  }
  EXPECT_NEAR(std::sqrt(square / 8000), kRingDeviation, 0.001);
  std::uint8_t pixel[1];
  EXPECT_EQ(failure_of([&] { set->image(0, pixel); }), "70 this source has no images");
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
       "digits is drawn by the program and has no `path`"},
      {"faces", [](DataSpec& s) { s.height = s.width = 4; }, "`size` asks for 4"},
      {"faces", [](DataSpec& s) { s.channels = 2; }, "`channels` is 2; want 1 or 3"},
      {"faces", [](DataSpec& s) { s.count = 0; }, "`count` is 0"},
      {"rings", [](DataSpec& s) { s.height = 4; }, "which have no `size`"},
      {"rings", [](DataSpec& s) { s.hold_out = .1; }, "already has 4,000 test examples"},
      {"rings", [](DataSpec& s) { s.validate = 1; }, "leave none of the 20000 training examples"},
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
