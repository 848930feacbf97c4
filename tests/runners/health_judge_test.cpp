#include <gtest/gtest.h>

#include <cmath>

#include "runners/health/judge.h"

/// What a series of looks is said to mean.
namespace agon {
namespace {

class Judge : public testing::Test {
 protected:
  Judge() {
    WatchedCritic critic;
    critic.network = "critic";
    critic.maker = "maker";
    critic.maker_turn = "g";
    critic.saturates = true;
    spec_.critics.push_back(critic);
    spec_.turns = {{.optimizer = "g", .networks = {"maker"}, .keep = {}}};
  }

  /// "step level signal subject" of all that went up when a number took these values, a look every
  /// 100 steps of 10,000 from `first` on.
  std::vector<std::string> said_of(const std::string& name, const std::vector<double>& values,
                                   std::int64_t first = 2000) {
    HealthJudge judge(spec_, 0, 10'000);
    std::vector<std::string> said;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::int64_t step = first + 100 * static_cast<std::int64_t>(i);
      for (const HealthFinding& f : judge.judge(step, {{"losses.d", 1}, {name, values[i]}})) {
        said.push_back(std::to_string(step) +
                       (f.level == HealthLevel::Alarm ? " alarm " : " warning ") + f.signal + " " +
                       f.subject);
      }
    }
    return said;
  }

  using Said = std::vector<std::string>;
  HealthGraph spec_;
};

TEST_F(Judge, WaitsForSeveralLooksInARow) {
  EXPECT_EQ(said_of("health.maker.diversity", {0.05, 0.9, 0.05, 0.05, 0.05, 0.3, 0.3, 0.9, 0.4}),
            (Said{"2300 alarm collapse maker"}));
  EXPECT_EQ(said_of("health.maker.diversity", {0.4, 0.3, 0.05, 0.05}),
            (Said{"2100 warning collapse maker", "2300 alarm collapse maker"}));
  EXPECT_EQ(said_of("health.maker.diversity", {0.6, 0.7}), Said{});
}

TEST_F(Judge, GivesTheBeginningTime) {
  EXPECT_EQ(said_of("health.maker.diversity", {0.01, 0.01, 0.01}, 700), Said{});
  EXPECT_EQ(said_of("health.maker.diversity", {0.01, 0.01, 0.01, 0.01, 0.01}, 700),
            (Said{"1100 alarm collapse maker"}));
}

TEST_F(Judge, ComparesAGradientWithItsUsualLength) {
  EXPECT_EQ(said_of("health.g.gradient", {1, 1, 1.2, 20, 20, 20, 1, 200, 200, 200}),
            (Said{"2500 warning gradient_explosion g", "2900 alarm gradient_explosion g"}));
  EXPECT_EQ(said_of("health.g.gradient", {1, NAN}), (Said{"2100 alarm not_finite g"}));
}

TEST_F(Judge, LooksAtChangesOfWeightsThatNothingHolds) {
  EXPECT_EQ(said_of("health.maker.update", {0.2, 0.3}), Said{"2100 alarm update_ratio maker"});
  spec_.turns[0].keep = {-0.01, 0.01};
  EXPECT_EQ(said_of("health.maker.update", {0.2, 0.3}), Said{});
}

TEST_F(Judge, SeesAGeneratorsGradientVanish) {
  std::vector<double> lengths(60, 1e-6);
  lengths[0] = lengths[1] = 1;
  const Said said = said_of("health.g.gradient", lengths, 0);
  // it halves every 500 steps: a hundredth after 3,300, a ten-thousandth after 6,600
  ASSERT_EQ(said.size(), 1u);
  EXPECT_TRUE(said[0].ends_with("warning vanishing_gradient g")) << said[0];
  // a loss that saturates has no slope where the critic is sure
  EXPECT_EQ(said_of("health.critic.vanished", {1, 1}), Said{"2100 alarm vanishing_gradient maker"});
}

TEST_F(Judge, TellsADeadCriticFromAGoodOne) {
  const auto said = [&](double real, double fake, double spread) {
    HealthJudge judge(spec_, 0, 10'000);
    Said all;
    for (std::int64_t step = 2000; step < 2600; step += 100) {
      for (const auto& f : judge.judge(step, {{"health.critic.right_real", real},
                                              {"health.critic.right_fake", fake},
                                              {"health.critic.spread", spread}}))
        all.push_back(f.signal);
    }
    return all;
  };
  EXPECT_EQ(said(1, 1, 3), Said{"critic_accuracy"});
  EXPECT_EQ(said(1, 0, 1e-5), Said{"dead_critic"});
  EXPECT_EQ(said(0.5, 0.5, 1e-5), Said{"dead_critic"});
  EXPECT_EQ(said(0.5, 0.5, 0.2), Said{});
}

TEST_F(Judge, SeesACriticLearnByHeart) {
  EXPECT_EQ(
      said_of("health.critic.overfit", {0.2, 0.6, 0.2, 0.4, 0.4, 0.4, 0.6, 0.6, 0.6}),
      (Said{"2500 warning critic_overfitting critic", "2800 alarm critic_overfitting critic"}));
  EXPECT_EQ(said_of("health.critic.overfit", {0.25, 0.25, 0.25, -0.9, -0.9, -0.9}), Said{});
  // looks that say nothing of it neither count nor begin the row again
  HealthJudge judge(spec_, 0, 10'000);
  Said said;
  const std::vector<double> values = {0.6, NAN, 0.6, NAN, 0.6};
  for (std::size_t i = 0; i < values.size(); ++i) {
    Measures look = {{"losses.d", 1}};
    if (!std::isnan(values[i]))
      look.emplace_back("health.critic.overfit", static_cast<float>(values[i]));
    for (const auto& f : judge.judge(2000 + 100 * static_cast<std::int64_t>(i), look))
      said.push_back(to_text(f));
  }
  ASSERT_EQ(said.size(), 1u);
  EXPECT_TRUE(said[0].starts_with("alarm: critic_overfitting of critic")) << said[0];
}

TEST_F(Judge, SaysTheSameOfRowsReadBack) {
  const std::vector<double> lengths = {1, 3, 0.5, 20, 30, 40, 2, 500, 600, 700};
  HealthJudge whole(spec_, 0, 10'000), cut(spec_, 0, 10'000);
  std::vector<std::string> a, b;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    const Measures look = {{"health.g.gradient", static_cast<float>(lengths[i])}};
    const auto step = static_cast<std::int64_t>(100 * i);
    for (const auto& f : whole.judge(step, look)) a.push_back(to_text(f));
    const Measures read = {{"losses.d", 1}, look[0], {"evaluate.fid", 3}};
    for (const auto& f : cut.judge(step, read)) b.push_back(to_text(f));
  }
  EXPECT_FALSE(a.empty());
  EXPECT_EQ(a, b);
}

}  // namespace
}  // namespace agon
