#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "runners/sweep/stop_rules.h"
#include "tests/runners/scratch_folder.h"

/// What a sweep keeps, and the rules that read it.
namespace agon {
namespace {

Trial trial_of(std::int64_t setting, std::int64_t repeat) {
  Trial trial;
  trial.key = {setting, repeat};
  trial.id = "id" + std::to_string(setting);
  trial.set = {"lr=1", "betas=[0, 0.9]"};
  return trial;
}

TEST(SweepStore, ReadsBackWhatWasWritten) {
  const ScratchFolder folder;
  {
    const auto store = open_sqlite_store(folder / "s.sqlite");
    store->add_setting({0.1, std::nullopt, 3.0}, {trial_of(0, 0), trial_of(0, 1)});
    Trial done = trial_of(0, 1);
    done.state = Trial::State::Done;
    done.run = "runs/t/0001";
    done.measures = {{"losses.d", 0.1}, {"evaluate.fid", NAN}};
    done.steps = 7;
    store->update(done);
    store->set_fact("jobs", "3");
    store->set_fact("jobs", "4");
  }
  const auto store = open_sqlite_store(folder / "s.sqlite");
  EXPECT_EQ(store->settings(), (std::vector<Point>{{0.1, std::nullopt, 3.0}}));
  const auto trials = store->trials();
  ASSERT_EQ(trials.size(), 2u);
  EXPECT_EQ(trials[0].state, Trial::State::Waiting);
  EXPECT_EQ(trials[0].set, trial_of(0, 0).set);
  EXPECT_EQ(trials[1].state, Trial::State::Done);
  EXPECT_EQ(trials[1].measures[0], (std::pair<std::string, double>("losses.d", 0.1)));
  EXPECT_TRUE(std::isnan(trials[1].measures[1].second));
  EXPECT_EQ(trials[1].steps, 7);
  EXPECT_EQ(store->fact("jobs"), "4");
  EXPECT_EQ(store->fact("none"), std::nullopt);
  EXPECT_THROW(store->trial({1, 0}), Error);
}

TEST(SweepStore, RefusesWhatIsNoDatabase) {
  const ScratchFolder folder;
  write_text(folder / "s.sqlite", std::string(4096, 'x'));
  EXPECT_THROW(open_sqlite_store(folder / "s.sqlite"), Error);
}

TEST(SweepStore, KeepsEveryJudgementOfManyAtOnce) {
  const ScratchFolder folder;
  open_sqlite_store(folder / "s.sqlite");
  constexpr std::int64_t kWorkers = 16;
  std::vector<std::thread> workers;
  for (std::int64_t i = 0; i < kWorkers; ++i) {
    workers.emplace_back([&, i] {
      const auto store = open_sqlite_store(folder / "s.sqlite");
      for (std::int64_t step = 1; step <= 5; ++step) {
        store->judge({i, 0}, step, static_cast<double>(i),
                     [](const auto& others) { return others.size() % 2 == 0; });
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  const auto store = open_sqlite_store(folder / "s.sqlite");
  for (std::int64_t step = 1; step <= 5; ++step) {
    const auto judged = store->judgements(step);
    ASSERT_EQ(judged.size(), static_cast<std::size_t>(kWorkers));
    for (std::size_t i = 0; i < judged.size(); ++i) EXPECT_EQ(judged[i].goes_on, i % 2 == 0);
    // asked again, whatever would be decided now
    const Judgement& first = judged.front();
    EXPECT_TRUE(store->judge(first.key, step, 99, [](const auto&) { return false; }).goes_on);
  }
}

std::vector<Judgement> others_with(const std::vector<double>& values) {
  std::vector<Judgement> others;
  for (const double value : values) others.push_back({.key = {}, .step = 1, .value = value});
  return others;
}

TEST(StopRules, PromoteTheBestOfThree) {
  EXPECT_TRUE(is_promoted(5, {}, 3));
  EXPECT_TRUE(is_promoted(1, others_with({2}), 3));
  EXPECT_FALSE(is_promoted(3, others_with({2}), 3));
  EXPECT_FALSE(is_promoted(3, others_with({2, 1, 4, 5}), 3));
  EXPECT_TRUE(is_promoted(3, others_with({2, 4, 4, 5, 6}), 3));
  EXPECT_FALSE(is_promoted(INFINITY, others_with({1, INFINITY}), 3));
}

TEST(StopRules, StopWhatIsWorseThanTheMedian) {
  EXPECT_TRUE(is_no_worse_than_median(9, others_with({1, 2, 3}), 4));
  EXPECT_FALSE(is_no_worse_than_median(9, others_with({1, 2, 3}), 3));
  EXPECT_TRUE(is_no_worse_than_median(2, others_with({1, 2, 3}), 3));
  EXPECT_FALSE(is_no_worse_than_median(2.6, others_with({1, 2, 3, 4}), 3));
  EXPECT_TRUE(is_no_worse_than_median(2.5, others_with({1, 2, 3, 4}), 3));
}

TEST(StopRules, JudgeAtRungsThatRowsNeedNotMeet) {
  const ScratchFolder folder;
  const auto store = open_sqlite_store(folder / "s.sqlite");
  StopEarly asha;
  asha.rule = StopEarly::Rule::Asha;
  asha.watch = "losses.d";
  asha.from = 10;
  asha.factor = 2;
  const auto row = [](double value) { return Measures{{"losses.d", value}}; };
  StopRules good(asha, {0, 0}, *store), bad(asha, {1, 0}, *store);
  for (const std::int64_t step : {4, 8, 12, 16, 20, 44}) EXPECT_FALSE(good.verdict(step, row(1)));
  EXPECT_EQ(store->judgements(10).size(), 1u);
  EXPECT_EQ(store->judgements(20).size(), 1u);
  EXPECT_EQ(store->judgements(40).size(), 1u);
  EXPECT_FALSE(bad.verdict(8, row(2)));
  const auto why = bad.verdict(12, row(2));
  ASSERT_TRUE(why);
  EXPECT_EQ(*why, "asha at step 12: losses.d 2 is not good enough");
  // after a kill the same is said, though the number would be good enough now
  StopRules again(asha, {1, 0}, *store);
  EXPECT_TRUE(again.verdict(12, row(0.5)));
}

}  // namespace
}  // namespace agon
