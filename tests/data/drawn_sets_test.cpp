#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <set>

#include "runners/data/drawn/face.h"
#include "runners/data/drawn/gaussians.h"
#include "tests/data/drawn_examples.h"
#include "tests/data/failure_of.h"

/// What each drawn set promises about its examples.
namespace agon {
namespace {

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

TEST(Faces, HaveTheTraitsOfTheirLabels) {
  const auto set = open_data(drawn("faces"), Split::Train);
  const auto sketches = open_data(drawn("sketch"), Split::Train);
  const DataFacts& facts = set->facts();
  std::vector<std::vector<int>> times;
  for (const LabelFacts& list : facts.labels)
    times.emplace_back(static_cast<std::size_t>(list.classes));
  for (std::int64_t i = 0; i < 2000; ++i) {
    const std::vector<std::int32_t> all = labels(*set, i);
    EXPECT_EQ(all[0], 2 * all[1] + all[2]);  // hair colour and glasses are the class
    EXPECT_EQ(all, labels(*sketches, i)) << "a face has one label in every style";
    for (std::size_t k = 0; k < all.size(); ++k) ++times[k][static_cast<std::size_t>(all[k])];
  }
  for (std::size_t k = 0; k < times.size(); ++k) {
    for (const int n : times[k]) EXPECT_GT(n, 100) << facts.labels[k].name;
  }
}

TEST(Faces, AreTheSameFaceInBothStyles) {
  // The outline of the head is where it was: a sketch has ink where the photo's tones change.
  const auto photos = open_data(drawn("faces"), Split::Train);
  const auto sketches = open_data(drawn("sketch"), Split::Train);
  double own = 0, other = 0;
  const auto contrast = [](const std::vector<std::uint8_t>& photo, std::size_t i) {
    return std::abs(photo[3 * i] - photo[3 * i + 3]);
  };
  for (std::int64_t k = 0; k < 50; ++k) {
    const auto sketch = picture(*sketches, k);
    const auto photo = picture(*photos, k);
    const auto another = picture(*photos, k + 50);
    for (std::size_t i = 0; i + 1 < sketch.size() / 3; ++i) {
      if (sketch[3 * i] > 110) continue;
      own += contrast(photo, i);
      other += contrast(another, i);
    }
  }
  EXPECT_GT(own, 1.4 * other);
}

TEST(Shapes, SayWhatTheyShow) {
  const auto set = open_data(drawn("shapes"), Split::Train);
  const DataFacts& facts = set->facts();
  const LabelFacts& caption = *facts.list("caption");
  ASSERT_EQ(caption.length, 6);
  ASSERT_EQ(caption.classes, std::ssize(caption.class_names));
  EXPECT_EQ(std::set<std::string>(caption.class_names.begin(), caption.class_names.end()).size(),
            caption.class_names.size());
  std::set<std::string> captions;
  for (std::int64_t i = 0; i < 3000; ++i) {
    const std::vector<std::int32_t> all = labels(*set, i);
    const auto word = [&](std::size_t list) { return class_name(facts.labels[list], all[list]); };
    const std::string plural = all[2] == 0 ? "" : all[0] == 4 ? "es" : "s";
    const std::string text = words_text(caption, std::span(all).subspan(5));
    EXPECT_EQ(text,
              word(2) + " " + word(3) + " " + word(1) + " " + word(0) + plural + " on " + word(4));
    captions.insert(text);
  }
  EXPECT_GT(captions.size(), 900u);  // of 6 * 8 * 4 * 2 * 3 = 1152
}

TEST(Shapes, ShowTheColourAndSizeTheySay) {
  const auto set = open_data(drawn("shapes"), Split::Train);
  double coverage[4][2] = {};
  int times[4][2] = {};
  for (std::int64_t i = 0; i < 3000; ++i) {
    const std::vector<std::int32_t> all = labels(*set, i);
    const std::vector<std::uint8_t> bytes = picture(*set, i);
    int saturated = 0;
    for (std::size_t p = 0; p < bytes.size(); p += 3) {
      const auto [low, high] = std::minmax({bytes[p], bytes[p + 1], bytes[p + 2]});
      saturated += high - low > 60;
    }
    coverage[all[2]][all[3]] += saturated / 1024.0;
    ++times[all[2]][all[3]];
  }
  for (int number = 0; number < 4; ++number) {
    const double small = coverage[number][0] / times[number][0];
    const double large = coverage[number][1] / times[number][1];
    const double one = coverage[0][1] / times[0][1];
    EXPECT_GT(large, 2.5 * small) << number;
    EXPECT_NEAR(large, (number + 1) * one, 0.25 * (number + 1) * one) << "they do not overlap";
  }
}

TEST(MovingDigits, MoveAndStayWhole) {
  DataSpec spec = drawn("moving_digits");
  spec.frames = 6;
  spec.height = spec.width = 28;
  const auto set = open_data(spec, Split::Train);
  EXPECT_EQ(set->facts().channels, 6);
  EXPECT_EQ(set->facts().frames, 6);
  double moved[2] = {};
  for (std::int64_t i = 0; i < 200; ++i) {
    const std::vector<std::uint8_t> bytes = picture(*set, i);
    std::vector<double> mass(6), x(6), y(6);
    for (std::size_t at = 0; at < 784; ++at) {
      for (std::size_t frame = 0; frame < 6; ++frame) {
        const double ink = bytes[at * 6 + frame];
        mass[frame] += ink;
        const std::size_t row = at / 28, column = at % 28;
        x[frame] += ink * static_cast<double>(column);
        y[frame] += ink * static_cast<double>(row);
      }
    }
    for (std::size_t frame = 1; frame < 6; ++frame) {
      EXPECT_NEAR(mass[frame] / mass[0], 1, 0.12) << "something is cut off";
      moved[labels(*set, i)[2]] +=
          std::hypot(x[frame] / mass[frame] - x[frame - 1] / mass[frame - 1],
                     y[frame] / mass[frame] - y[frame - 1] / mass[frame - 1]);
    }
  }
  EXPECT_GT(moved[1], 2 * moved[0]);
  EXPECT_GT(moved[0] / 500, 0.5);
}

TEST(Points, AreOfTheModesOfTheFacts) {
  for (const auto& [source, modes] : {std::pair{"rings", 8}, {"grid", 25}}) {
    const auto set = open_data(drawn(source), Split::Train);
    const PointModes& facts = set->facts().modes;
    ASSERT_EQ(std::ssize(facts.centres), modes);
    double square = 0;
    for (std::int64_t i = 0; i < 4000; ++i) {
      float xy[2];
      set->point(i, xy);
      const auto& centre = facts.centres[static_cast<std::size_t>(set->label(i))];
      EXPECT_LT(std::hypot(xy[0] - centre[0], xy[1] - centre[1]), 6 * facts.deviation);
      square += std::pow(xy[0] - centre[0], 2) + std::pow(xy[1] - centre[1], 2);
    }
    EXPECT_NEAR(std::sqrt(square / 8000), facts.deviation, 0.05 * facts.deviation);
    std::uint8_t pixel[1];
    EXPECT_EQ(failure_of([&] { set->image(0, pixel); }), "70 this source has no images");
  }
  EXPECT_EQ(ring_modes().centres[2],
            (std::array{kRingRadius * std::cos(std::numbers::pi / 2), 2.0}));
  EXPECT_EQ(grid_modes().centres[5 + 3], (std::array{2.0, -2.0}));
  EXPECT_EQ(plot_reach(ring_modes()), 3);
  EXPECT_EQ(plot_reach(grid_modes()), 6);
}

}  // namespace
}  // namespace agon
