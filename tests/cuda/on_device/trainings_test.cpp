// Every shipped config trained on the device, in its quick form, beside the same on the processors.
//
//   test_cuda_device --gtest_filter='*Training*/gan_*'     some of them
//   GTEST_TOTAL_SHARDS=8 GTEST_SHARD_INDEX=0 ...           one part of eight
//
// In the environment: AGON_DEVICE_STEPS, steps of each run (50); AGON_DEVICE_SECONDS, after which a
// run does no further step (30); AGON_DEVICE_WHOLE=1, the sizes of the files instead of quick ones.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>

#include "runners/reproduce/recorder.h"
#include "tests/cuda/judged_device.h"
#include "tests/cuda/on_device/device_training.h"
#include "tests/shipped_configs.h"

namespace agon {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

int number_in_environment(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::max(1, std::atoi(text));
}

int steps_wanted() {
  return number_in_environment("AGON_DEVICE_STEPS", 50);
}

ReadOptions options_for(std::vector<std::string> set) {
  return {.set = std::move(set), .quick = std::getenv("AGON_DEVICE_WHOLE") == nullptr};
}

/// One device for all trainings of the process; closed with the last test.
std::unique_ptr<Accelerator>& lent_device() {
  static std::unique_ptr<Accelerator> device;
  return device;
}

/// What a training came to.
struct Outcome {
  NamedFingerprints first, last;  // bits of the variables before and after its steps
  std::vector<Measures> losses;   // by step
  double first_seconds = 0, median_ms = 0;
};

/// `steps`: 0 for as many as are wanted and time allows.
Outcome trained(const PlannedExperiment& planned, std::size_t stage, std::size_t steps) {
  static const double kSeconds = number_in_environment("AGON_DEVICE_SECONDS", 30);
  const auto begin = Clock::now();
  DeviceTraining training(planned, stage, lent_device());
  Outcome outcome;
  outcome.first = training.bits();
  std::vector<double> times;
  const auto more = [&] {
    if (steps > 0) return times.size() < steps;
    return times.empty() || (times.size() < static_cast<std::size_t>(steps_wanted()) &&
                             seconds_since(begin) < kSeconds);
  };
  while (more()) {
    const auto step_begin = Clock::now();
    training.trainer().step();
    times.push_back(1e3 * seconds_since(step_begin));
    if (times.size() == 1) outcome.first_seconds = seconds_since(begin);
    outcome.losses.push_back(training.trainer().losses());
  }
  outcome.last = training.bits();
  std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
  outcome.median_ms = times[times.size() / 2];
  return outcome;
}

/// The first steps on the processors, with the spread that `agon reproduce` holds losses of another
/// machine to.
TrainingRecord on_processors(const PlannedExperiment& planned, std::int64_t steps) {
  RecordingPlan plan;
  plan.last = std::min(steps, kSpreadSteps);
  for (std::int64_t step = 1; step <= plan.last; ++step) plan.measured.insert(step);
  plan.spreads = true;
  return record(planned.experiment, planned.plans, Means(2), plan, nullptr, [] { return false; });
}

/// The largest difference of a loss, as a share of what compare() of verdict.h allows.
double worst_loss(const TrainingRecord& expected, const std::vector<Measures>& found) {
  double worst = 0;
  for (const auto& [step, recorded] : expected.steps) {
    if (step < 1 || step > static_cast<std::int64_t>(found.size())) continue;
    const Measures& losses = found[static_cast<std::size_t>(step - 1)];
    for (std::size_t i = 0; i < recorded.spread.size(); ++i) {
      const double want = recorded.measures[i].second, have = losses[i].second;
      if (want == have) continue;
      const double allowed =
          16 * recorded.spread[i].second + 0x1p-20 * std::max(std::abs(want), std::abs(have));
      const double share = std::abs(want - have) / allowed;
      worst = std::isfinite(share) ? std::max(worst, share) : share;
    }
  }
  return worst;
}

class DeviceTrainings : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (const std::string why = op_cases::no_judged_device(); !why.empty()) GTEST_SKIP() << why;
  }
  static void TearDownTestSuite() { lent_device().reset(); }
};

TEST_P(DeviceTrainings, HaveLossesOfTheProcessorsAndTheSameBitsTwice) {
  const auto begin = Clock::now();
  const PlannedExperiment device(GetParam(), options_for({"device=cuda"}));
  const PlannedExperiment processors(GetParam(), options_for({"device=cpu"}));
  for (std::size_t stage = 0; stage < device.plans.size(); ++stage) {
    const Outcome one = trained(device, stage, 0);
    const Outcome again = trained(device, stage, one.losses.size());
    EXPECT_EQ(one.last, again.last) << "two runs, variables";
    EXPECT_EQ(one.losses, again.losses) << "two runs, losses";
    EXPECT_EQ(one.first, DeviceTraining(processors, stage, lent_device()).bits()) << "first values";
    double worst = 0;
    if (stage == 0) {  // a record begins with the first stage
      const Experiment& first = *stages_of(processors.experiment)[0];
      const auto steps = std::min<std::int64_t>(one.losses.size(), first.stage_steps);
      worst = worst_loss(on_processors(processors, steps), one.losses);
      EXPECT_LE(worst, 1) << "losses beside those of the processors";
    }
    fmt::print(
        "training {}{} steps {} worst_loss {:.3g} bits {} first_step_s {:.2f} again_s {:.2f} "
        "median_ms {:.3f} all_s {:.1f}\n",
        test_name(GetParam()), device.plans.size() > 1 ? fmt::format(".{}", stage + 1) : "",
        one.losses.size(), worst, fingerprint_text(combined(one.last)), one.first_seconds,
        again.first_seconds, again.median_ms, seconds_since(begin));
    std::fflush(stdout);
  }
}

INSTANTIATE_TEST_SUITE_P(Shipped, DeviceTrainings, testing::ValuesIn(shipped_configs()),
                         [](const auto& config) { return test_name(config.param); });

/// Milliseconds of a step in which either device, or both, had an instruction under way.
struct Busy {
  double processors = 0, device = 0, both = 0;
};

Busy busy_times(const std::vector<DrawTimes>& draws, const CompiledPlan& compiled) {
  Busy busy;
  for (const DrawTimes& draw : draws) {
    struct Change {
      std::int64_t at;
      int by;
      bool of_device;
    };
    std::vector<Change> changes;
    for (std::size_t i = 0; i < draw.instructions.size(); ++i) {
      const bool gpu =
          compiled.training[draw.program]->instructions[i].node->device() == Device::Gpu;
      changes.push_back({draw.instructions[i].begin, 1, gpu});
      changes.push_back({draw.instructions[i].end, -1, gpu});
    }
    std::ranges::sort(changes, {}, &Change::at);
    int host = 0, device = 0;
    std::int64_t last = 0;
    for (const Change& change : changes) {
      const double time = 1e-6 * static_cast<double>(change.at - last);
      busy.processors += host > 0 ? time : 0;
      busy.device += device > 0 ? time : 0;
      busy.both += host > 0 && device > 0 ? time : 0;
      (change.of_device ? device : host) += change.by;
      last = change.at;
    }
  }
  return busy;
}

/// How far the devices work side by side is for people to read.
TEST(MixedTraining, TrainsOnBothDevices) {
  if (const std::string why = op_cases::no_judged_device(); !why.empty()) GTEST_SKIP() << why;
  const std::string config = AGON_SOURCE_DIR "/configs/gan/conv.yaml";
  const PlannedExperiment planned(config,
                                  options_for({"device=cpu", "networks.generator.device=cuda"}));
  {
    DeviceTraining training(planned, 0, lent_device());
    std::vector<DrawTimes> draws;
    training.trainer().step();
    training.trainer().step_timed(draws);
    const Busy busy = busy_times(draws, training.compiled());
    EXPECT_GT(busy.processors, 0);
    EXPECT_GT(busy.device, 0);
    std::vector<double> times;
    for (int step = 0; step < steps_wanted(); ++step) {
      const auto begin = Clock::now();
      training.trainer().step();
      times.push_back(1e3 * seconds_since(begin));
    }
    std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
    fmt::print(
        "mixed gan_conv processors_ms {:.3f} device_ms {:.3f} both_ms {:.3f} step_ms {:.3f}\n",
        busy.processors, busy.device, busy.both, times[times.size() / 2]);
  }
  const Outcome one = trained(planned, 0, 0);
  EXPECT_EQ(one.last, trained(planned, 0, one.losses.size()).last) << "two runs";
  const PlannedExperiment processors(config, options_for({"device=cpu"}));
  EXPECT_EQ(one.first, DeviceTraining(processors, 0, lent_device()).bits()) << "first values";
  EXPECT_LE(worst_loss(on_processors(processors, one.losses.size()), one.losses), 1);
  lent_device().reset();
}

}  // namespace
}  // namespace agon
