#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "runners/data/data_set.h"
#include "runners/runs/series.h"
#include "runners/training/training_run.h"
#include "tests/cuda/accelerator_tests.h"
#include "tests/cuda/emulated_choice.h"
#include "tests/runners/scratch_folder.h"

/// Runs with everything that stands in their directory, trained on the emulated device.
namespace agon {
namespace {

constexpr const char* kFile = R"yaml(agon: 1
name: pair
device: cuda
lanes: 2
params: {lr: 1e-3, growth: 0}
data: {source: rings, count: 64}
networks:
  g: {input: {z: [4]}, average: 0.9, layers: [{dense: 16}, relu, {dense: 2}]}
  d: {input: {x: [2]}, layers: [{dense: 16}, {leaky_relu: 0.2}, {dense: 1}]}
variables:
  done: {init: 0, next: done + 1}
step:
  fake: g(normal([batch, 4]))
losses:
  ld: bce_with_logits(d(data.point), 1) + bce_with_logits(d(fake), 0)
  lg: bce_with_logits(d(fake), 1) + growth * exp(growth * done)
optimizers:
  d: {minimize: ld, update: d, adam: {lr: lr}}
  g: {minimize: lg, update: g, adam: {lr: lr}}
train: {steps: 12, batch: 8, log: {every: 5}}
sample: {every: 6, image: fake, grid: 2x4}
evaluate: {every: 6, on: train, count: 16, batch: 8, metrics: [losses]}
checkpoint: {every: 4, keep: 9}
health: {every: 7}
)yaml";

/// The emulated driver, whose device is lost at a graph launch of this number, from 1; 0: never.
std::int64_t lost_at = 0;
std::int64_t launches = 0;

const CudaDriver& counting_driver() {
  static const CudaDriver driver = [] {
    CudaDriver made = emulation::driver();
    made.graph_launch = [](CUgraphExec graph, CUstream stream) {
      ++launches;
      if (lost_at > 0 && launches >= lost_at) return CUDA_ERROR_ECC_UNCORRECTABLE;
      return emulation::driver().graph_launch(graph, stream);
    };
    return made;
  }();
  return driver;
}

std::unique_ptr<Accelerator> open_emulated(int) {
  return emulated(counting_driver());
}

/// The same device with 4 KiB of memory.
std::unique_ptr<Accelerator> open_small(int) {
  static const CudaDriver driver = [] {
    CudaDriver made = emulation::driver();
    made.device_memory = [](std::size_t* bytes, CUdevice) {
      *bytes = 4096;
      return CUDA_SUCCESS;
    };
    return made;
  }();
  return emulated(driver);
}

class WholeRuns : public EmulatedDevice {
 protected:
  ~WholeRuns() override { lost_at = 0; }

  Experiment experiment(const std::vector<std::string>& set = {}) const {
    return read_experiment_text(kFile, "pair.yaml", ".", {.set = set}, inspect_data);
  }

  RunDirectory train(const std::vector<std::string>& set = {},
                     OpenAccelerator open = open_emulated) {
    const Experiment read = experiment(set);
    const std::vector<Plan> plans = build_plans(read, every_op());
    TrainingOptions options;
    options.open = std::move(open);
    TrainingRun run(read, plans, folder_ / "runs", console_, options);
    directory_ = run.directory();
    launches = 0;
    EXPECT_EQ(run.run(), ExitCode::Ok);
    return run.directory();
  }
  RunDirectory resume(const RunDirectory& directory, const std::vector<std::string>& set = {}) {
    ResumedRun resumed = resumed_run(directory, set, console_);
    resumed.opened.means.open = open_emulated;
    const std::vector<Plan> plans = build_plans(resumed.opened.experiment, every_op());
    TrainingRun run(resumed, plans, console_);
    EXPECT_EQ(run.run(), ExitCode::Ok);
    return directory;
  }

  static std::vector<SeriesRow> rows(const RunDirectory& run) {
    return series_rows(run.metrics(), 1000);
  }
  /// What must be equal where the bits are: metrics with fingerprints, and pictures.
  static std::string traces(const RunDirectory& run) {
    std::string all = file_text(run.metrics());
    for (const std::int64_t step : {0, 6, 12}) all += file_text(run.sample(step, ""));
    return all;
  }
  /// Hashes of all tensors after the last step.
  static nlohmann::json last_state(const RunDirectory& run) {
    const std::string manifest = run.checkpoints() + "/step-12/manifest.json";
    return nlohmann::json::parse(file_text(manifest))["tensors"];
  }
  static std::string said(const std::function<void()>& act, ExitCode code) {
    try {
      act();
    } catch (const Error& failure) {
      EXPECT_EQ(failure.code(), code);
      return failure.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return "";
  }

  ScratchFolder folder_;
  std::FILE* quiet_ = std::fopen("/dev/null", "w");
  Console console_{quiet_, quiet_};
  RunDirectory directory_;
};

TEST_F(WholeRuns, WriteWhatTheProcessorsDo) {
  const RunDirectory here = train({"device=cpu"});
  emulation::take_counts();
  const RunDirectory there = train();
  EXPECT_GE(emulation::take_counts().graphs, 12);
  const auto lock = nlohmann::json::parse(file_text(there.lock()));
  EXPECT_EQ(lock["device"], "cuda:0");
  const auto found = rows(there), expected = rows(here);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].step, expected[i].step);
    ASSERT_EQ(found[i].measures.size(), expected[i].measures.size());
    for (std::size_t k = 0; k < found[i].measures.size(); ++k) {
      const auto& [name, value] = expected[i].measures[k];
      EXPECT_EQ(found[i].measures[k].first, name);
      if (name.starts_with("losses.") || name.starts_with("evaluate.")) {
        EXPECT_NEAR(found[i].measures[k].second, value, 1e-4 * std::abs(value)) << name;
      }
    }
  }
}

TEST_F(WholeRuns, HaveTheSameBitsInEveryOrderAndForEveryObserver) {
  std::string first;
  for (const std::uint64_t seed : {0, 1, 2, 3}) {
    emulation::set_order(seed);
    const std::string found = traces(train());
    if (seed == 0) first = found;
    EXPECT_EQ(found, first) << "order " << seed;
  }
  const auto expected = last_state(directory_);
  for (const char* set : {"train.log.every=1", "train.log.every=12", "checkpoint.every=1",
                          "sample.every=1", "health.every=12"}) {
    emulation::set_order(2);
    EXPECT_EQ(last_state(train({set})), expected) << set;
  }
}

TEST_F(WholeRuns, WorkAhead) {
  emulation::set_order(2);
  const Experiment read = experiment();
  const std::vector<Plan> plans = build_plans(read, every_op());
  Course course(read, plans, Means(2, "", open_emulated));
  course.begin(nullptr);
  emulation::take_counts();
  course.stage().trainer().step();
  EXPECT_EQ(emulation::take_counts().graphs, 0) << "launched, and nobody has waited";
  course.stage().trainer().step();
  EXPECT_EQ(emulation::take_counts().graphs, 1);
  course.stage().variables();
  EXPECT_EQ(emulation::take_counts().graphs, 1);
}

TEST_F(WholeRuns, GoOnWithTheBitsOfOneThatNeverStopped) {
  emulation::set_order(2);
  const auto expected = last_state(train());
  const RunDirectory part = train({"train.steps=8"});
  resume(part, {"train.steps=12"});
  EXPECT_EQ(last_state(part), expected);
}

TEST_F(WholeRuns, NameTheStepAtWhichALossIsNotFinite) {
  // 30 e^90 is beyond float32; nothing looks at the fourth step, so a device is at the fifth when
  // it is found
  for (const char* device : {"device=cpu", "device=cuda"}) {
    const std::string text = said(
        [&] {
          train({device, "growth=30", "train.log.every=12", "checkpoint.every=12"});
        },
        ExitCode::Data);
    EXPECT_NE(text.find("losses.lg: inf at step 4; got here"), std::string::npos)
        << device << ": " << text;
    EXPECT_NE(text.find("it began at step 4, draw 1"), std::string::npos) << device << ": " << text;
  }
}

/// Rates as if measured, of a device that is a thousand times as fast, so that `auto` takes it.
class ChosenDevices : public WholeRuns {
 protected:
  ChosenDevices() {
    std::filesystem::create_directories(folder_ / "agon");
    const nlohmann::json rates = {
        {cpu_model() + ", 2 lanes", {{"flops", 1e9}, {"bytes", 1e9}, {"instruction", 1e-6}}},
        {"cuda:0 (emulation)", {{"flops", 1e12}, {"bytes", 1e12}, {"instruction", 1e-9}}}};
    write_text(folder_ / "agon/rates.json", rates.dump());
    setenv("XDG_CACHE_HOME", folder_.path().c_str(), 1);
  }
  ~ChosenDevices() override { unsetenv("XDG_CACHE_HOME"); }

  static nlohmann::json lock(const RunDirectory& run) {
    return nlohmann::json::parse(file_text(run.lock()));
  }
};

TEST_F(ChosenDevices, AreTheFasterOnes) {
  EXPECT_EQ(lock(train({"device=auto"}))["device"], "cuda:0");
}

TEST_F(ChosenDevices, AreTheProcessorsWhereTheOtherIsTooSmall) {
  const auto chosen = lock(train({"device=auto"}, open_small));
  EXPECT_EQ(chosen["device"], "cpu");
  EXPECT_NE(chosen["device_chosen"].get<std::string>().find("of cuda:0 (emulation), which has 4.0"),
            std::string::npos)
      << chosen["device_chosen"];
  const std::string text = said([&] { train({"device=cuda"}, open_small); }, ExitCode::Config);
  EXPECT_TRUE(text.starts_with("the plan needs ")) << text;
}

TEST_F(WholeRuns, KeepWhatWasSavedWhenTheDeviceIsLost) {
  const std::string expected = traces(train());
  lost_at = launches - 3;
  const std::string text = said([&] { train(); }, ExitCode::Stopped);
  EXPECT_NE(text.find("device cuda:0: "), std::string::npos) << text;
  EXPECT_NE(text.find("agon resume "), std::string::npos) << text;
  lost_at = 0;
  EXPECT_EQ(traces(resume(directory_)), expected);
}

}  // namespace
}  // namespace agon
