// `agon bench` of experiments on the emulated device: what it says, not how long anything takes.
#include <gtest/gtest.h>

#include "runners/bench/bench_report.h"
#include "runners/data/data_set.h"
#include "tests/cuda/emulated_choice.h"

namespace agon {
namespace {

const std::string kFile = R"(agon: 1
name: small
data: {source: rings, count: 64}
networks:
  g: {input: {z: [4]}, layers: [{dense: 16}, relu, {dense: 2}]}
  d: {input: {x: [2]}, layers: [{dense: 16}, {leaky_relu: 0.2}, {dense: 1}]}
step:
  fake: g(normal([batch, 4]))
losses:
  ld: bce_with_logits(d(data.point), 1) + bce_with_logits(d(fake), 0)
  lg: bce_with_logits(d(fake), 1)
optimizers:
  d: {minimize: ld, update: d, adam: 1e-2}
  g: {minimize: lg, update: g, adam: 1e-2}
train: {steps: 6, batch: 8}
)";

BenchReport bench(const std::vector<std::string>& set) {
  const Experiment experiment =
      read_experiment_text(kFile, "small.yaml", ".", {.set = set}, inspect_data);
  const Plan plan = build_plan(experiment, every_op());
  TrainingBench bench(experiment, plan,
                      emulated_choice(placement_of(experiment.sections, Device::Cpu)));
  bench.trainer().step();
  return measured_report(
      bench, experiment, plan, 0.5,
      {.steps = 1, .timed_seconds = 0, .accelerator = {.side = 16, .numbers = 1 << 10}});
}

TEST(BenchOnDevice, HoldsAStepAgainstTheAccelerator) {
  const BenchReport report = bench({"device=cuda"});
  const auto found = report.json();
  EXPECT_EQ(found["accelerator"]["cublaslt"], "none");
  EXPECT_EQ(found["placement"], "all on cuda:0");
  EXPECT_GT(found["ms_per_step"]["median"], 0);
  EXPECT_GT(found["images_per_second"], 0);
  EXPECT_GT(found["flops_per_step"]["direct"], 0);
  EXPECT_GT(found["gemm_peak_gflops"], 0);
  EXPECT_LT(found["gemm_peak_gflops"], 1) << "of the emulated device, not of the processors";
  EXPECT_GT(found["share_of_peak"]["direct"], 0);
  EXPECT_GT(found["memory_bytes"]["accelerator"], 0);
  EXPECT_GT(found["products"]["milliseconds"], 0);
  EXPECT_EQ(found["first_step_seconds"], 0.5);
  const std::string text = report.text();
  EXPECT_NE(text.find(" and cuda:0 ("), text.npos) << text;
  EXPECT_NE(text.find("GFLOP/s of cuda:0 ("), text.npos) << text;
  EXPECT_NE(text.find("GPU memory"), text.npos) << text;
}

TEST(BenchOnDevice, MeasuresTheAcceleratorOfAMixedExperiment) {
  const auto found = bench({"device=cpu", "networks.g.device=cuda"}).json();
  EXPECT_EQ(found["placement"], "g on cuda:0; the rest on cpu");
  EXPECT_LT(found["gemm_peak_gflops"], 1);
  EXPECT_EQ(found["transfer_bytes"]["downloads"], 8 * 2 * sizeof(float)) << "the generated points";
}

TEST(BenchOnDevice, SaysNothingOfAnAcceleratorOnTheProcessors) {
  const BenchReport report = bench({"device=cpu"});
  EXPECT_FALSE(report.json().contains("accelerator"));
  EXPECT_EQ(report.text().find("GPU"), std::string::npos);
}

}  // namespace
}  // namespace agon
