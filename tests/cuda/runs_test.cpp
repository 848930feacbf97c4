#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "engine/runtime/fingerprint.h"
#include "runners/bench/trace.h"
#include "runners/data/data_set.h"
#include "runners/training/device_rates.h"
#include "runners/training/device_use.h"
#include "runners/training/state.h"
#include "tests/cuda/emulated_choice.h"
#include "tests/cuda/emulation.h"
#include "tests/sound_experiment.h"

/// Trainings on the emulated device, through the backend, accelerator and kernels that a real one
/// is used by, beside the same on the processors.
namespace agon {
namespace {

constexpr int kSteps = 6;

const std::string kPair = R"(agon: 1
name: pair
device: cuda
data: {source: rings, count: 64}
networks:
  g: {input: {z: [4]}, device: auto, average: 0.9, layers: [{dense: 16}, batch_norm, relu, {dense: 2}]}
  d: {input: {x: [2]}, device: auto, layers: [{dense: 16}, {leaky_relu: 0.2}, {dense: 1}]}
)" + point_gan_turns() + R"(train: {steps: 6, batch: 8}
)";

/// A training in memory, as TrainingBench has it.
class Training {
 public:
  explicit Training(const std::vector<std::string>& set)
      : experiment_(read_experiment_text(kPair, "pair.yaml", ".", {.set = set}, inspect_data)),
        plan_(build_plan(experiment_, every_op())),
        backend_(2, Determinism::Run,
                 emulated_choice(placement_of(experiment_.sections, Device::Cpu))),
        compiled_(compile_training(plan_, backend_)),
        arena_(compiled_.arena(backend_)),
        variables_(backend_.variable_memory()),
        sources_(experiment_) {
    add_variables(plan_.training, variables_);
    trainer_ = std::make_unique<Trainer>(plan_.training, compiled_.training, backend_, variables_,
                                         sources_, arena_);
    initialise(plan_.training, backend_, variables_, sources_);
  }

  /// The losses of `kSteps` steps.
  std::vector<double> losses() {
    std::vector<double> all;
    for (int step = 0; step < kSteps; ++step) {
      trainer_->step();
      for (const auto& [name, value] : trainer_->losses()) all.push_back(value);
    }
    return all;
  }
  NamedFingerprints bits() const { return fingerprints(variables_); }
  DeviceUse use() const { return device_use(plan_, compiled_); }
  const CompiledPlan& compiled() const { return compiled_; }
  Trainer& trainer() { return *trainer_; }
  const Variables& variables() const { return variables_; }

 private:
  Experiment experiment_;
  Plan plan_;
  Backend backend_;
  CompiledPlan compiled_;
  Arena arena_;
  Variables variables_;
  Sources sources_;
  std::unique_ptr<Trainer> trainer_;
};

const std::vector<std::string> kOnProcessors = {"device=cpu"};
const std::vector<std::string> kGeneratorOnGpu = {"device=cpu", "networks.g.device=cuda"};
const std::vector<std::string> kDiscriminatorOnProcessors = {"networks.d.device=cpu"};

class EmulatedTraining : public testing::TestWithParam<std::vector<std::string>> {};

TEST_P(EmulatedTraining, HasTheLossesOfTheProcessors) {
  const std::vector<double> expected = Training(kOnProcessors).losses();
  Training training(GetParam());
  emulation::take_counts();
  const std::vector<double> found = training.losses();
  EXPECT_GT(emulation::take_counts().graphs, 0);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_NEAR(found[i], expected[i], 1e-4 * std::abs(expected[i])) << i;
}

TEST_P(EmulatedTraining, HasTheSameBitsInEveryOrder) {
  NamedFingerprints first;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    emulation::set_order(seed);
    Training training(GetParam());
    training.losses();
    const NamedFingerprints bits = training.bits();
    if (seed == 0) first = bits;
    EXPECT_EQ(bits, first) << "order " << seed;
  }
  emulation::set_order(0);
}

TEST_P(EmulatedTraining, BeginsWithTheBitsOfTheProcessors) {
  EXPECT_EQ(Training(GetParam()).bits(), Training(kOnProcessors).bits());
}

INSTANTIATE_TEST_SUITE_P(Placed, EmulatedTraining,
                         testing::Values(std::vector<std::string>{}, kGeneratorOnGpu,
                                         kDiscriminatorOnProcessors));

TEST(EmulatedTraining, TakesUpWhatItNeeds) {
  const Training whole({}), mixed(kGeneratorOnGpu), none(kOnProcessors);
  EXPECT_EQ(none.use().memory(), 0u);
  EXPECT_EQ(whole.use().downloads.bytes, 2 * sizeof(float)) << "the two losses";
  EXPECT_EQ(mixed.use().downloads.bytes, 8 * 2 * sizeof(float)) << "the generated points";
  EXPECT_GT(whole.use().variables, mixed.use().variables);
  EXPECT_GT(mixed.compiled().gpu_arena_bytes(), 0u);
}

TEST(EmulatedTraining, LeavesATrackOfTheDeviceInAProfile) {
  Training training(kGeneratorOnGpu);
  Trace trace(training.compiled().training, "cuda:0");
  std::vector<DrawTimes> times;
  training.trainer().step_timed(times);
  trace.add_step(1, times);
  const auto json = trace.json();
  int track = -1;
  std::set<int> tracks;
  for (const auto& event : json["traceEvents"]) {
    if (event["name"] == "thread_name" && event["args"]["name"] == "cuda:0") track = event["tid"];
    if (event["ph"] == "X") tracks.insert(event["tid"].get<int>());
  }
  EXPECT_TRUE(tracks.contains(track)) << track;
}

TEST(EmulatedTraining, IsMeasured) {
  Placement everything;
  everything.rest = Device::Gpu;
  Backend backend(2, Determinism::Run, emulated_choice(everything));
  // on the emulation only that it can be done
  const DeviceRates rates = measured_rates(backend, {.side = 16, .numbers = 1 << 12});
  EXPECT_GT(rates.flops, 0);
  EXPECT_GT(rates.bytes, 0);
  EXPECT_GT(rates.instruction, 0);
}

}  // namespace
}  // namespace agon
