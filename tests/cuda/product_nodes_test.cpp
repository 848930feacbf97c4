// What products of experiments become on the emulated device: which may multiply TF32 with
// `precision: tf32`, and which are one node with their bias.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "engine/ir/op_def.h"
#include "engine/plan/tolerance.h"
#include "ops/tf32/tf32.h"
#include "runners/data/data_set.h"
#include "runners/training/backend.h"
#include "tests/cuda/emulated_choice.h"

namespace agon {
namespace {

/// Two networks of convolutions and products, each with gradients of both kinds.
const std::string kPictures = R"(agon: 1
name: pictures
precision: tf32
device: cuda
data: {source: digits, count: 64}
networks:
  g:
    input: {z: [8]}
    layers: [{dense: 196}, {reshape: [4, 7, 7]}, {conv_transpose: {filters: 4, kernel: 4, stride: 2, padding: 1}}, {upsample: 2}, {conv: {filters: 1, kernel: 3, padding: 1}}]
  d:
    input: {x: [1, 28, 28]}
    layers: [{conv: {filters: 4, kernel: 4, stride: 2, padding: 1}}, {leaky_relu: 0.2}, {conv: {filters: 8, kernel: 14}}, flatten, {dense: 1}]
step:
  fake: g(normal([batch, 8]))
losses:
  ld: bce_with_logits(d(data.image), 1) + bce_with_logits(d(fake), 0)
  lg: bce_with_logits(d(fake), 1)
optimizers:
  d: {minimize: ld, update: d, adam: 1e-3}
  g: {minimize: lg, update: g, adam: 1e-3}
train: {steps: 4, batch: 4}
sample:
  image: g(normal([batch, 8]))
  every: 4
  batch: 4
)";

struct Compiled {
  Experiment experiment;
  Plan plan;
  Backend backend;
  CompiledPlan programs;

  explicit Compiled(const std::vector<std::string>& set, Determinism determinism = Determinism::Run)
      : experiment(
            read_experiment_text(kPictures, "pictures.yaml", ".", {.set = set}, inspect_data)),
        plan(build_plan(experiment, every_op())),
        backend(2, determinism, emulated_choice(placement_of(experiment.sections, Device::Cpu))),
        programs(compile_plan(plan, backend)) {}

  /// By device, how often programs have the product or its variant of that ending.
  std::map<Device, int> count(const std::string& ending) const {
    std::map<Device, int> found;
    for (const char* op : {"matmul", "conv2d", "conv2d_input_grad", "conv2d_weight_grad"}) {
      for (const auto& [device, times] : count_of(programs, op + ending)) found[device] += times;
    }
    return found;
  }
  static std::map<Device, int> count_of(const CompiledPlan& programs, const std::string& op) {
    std::map<Device, int> found;
    for (const Program* program : programs.all()) {
      for (const Instruction& instruction : program->instructions) {
        if (instruction.node->is(op)) ++found[instruction.node->device()];
      }
    }
    return found;
  }
};
using Counts = std::map<Device, int>;

TEST(Tf32, IsAllowedInEveryProductOfTheGpu) {
  const Counts plain = Compiled({"precision=float32"}).count("");
  const Compiled compiled({});
  EXPECT_EQ(compiled.count(""), Counts());
  EXPECT_EQ(compiled.count("_tf32"), plain);  // the rules had their turn before
  EXPECT_EQ(Compiled({"precision=float32"}).count("_tf32"), Counts());
  EXPECT_EQ(Compiled({"precision=bf16"}).count("_tf32"), Counts());
  std::set<std::string> ops;
  for (const Instruction& instruction : compiled.programs.training[0]->instructions)
    ops.insert(instruction.node->op().name);
  for (const char* op :
       {"matmul_tf32", "conv2d_tf32", "conv2d_input_grad_tf32", "conv2d_weight_grad_tf32"})
    EXPECT_TRUE(ops.contains(op)) << op;
}

TEST(Tf32, IsNothingToTheProcessors) {
  const Compiled mixed({"networks.g.device=cpu"});
  const Counts plain = mixed.count(""), allowed = mixed.count("_tf32");
  EXPECT_GT(plain.at(Device::Cpu), 0);
  EXPECT_FALSE(plain.contains(Device::Gpu));
  EXPECT_GT(allowed.at(Device::Gpu), 0);
  EXPECT_FALSE(allowed.contains(Device::Cpu));

  const Compiled wished({"device=cpu"}), plainly({"device=cpu", "precision=float32"});
  const auto kernels = [](const Compiled& compiled) {
    std::vector<std::string> names;
    for (const Program* program : compiled.programs.all()) {
      for (const Instruction& instruction : program->instructions)
        names.push_back(instruction.kernel_name);
    }
    return names;
  };
  EXPECT_EQ(kernels(wished), kernels(plainly));
}

/// Nodes stand in the order of the graph in float32, so memory is planned alike.
TEST(Tf32, ChangesNoOrder) {
  const Compiled compiled({}), plain({"precision=float32"});
  const auto& with = compiled.programs.training[0]->instructions;
  const auto& without = plain.programs.training[0]->instructions;
  ASSERT_EQ(with.size(), without.size());
  for (std::size_t i = 0; i < with.size(); ++i) {
    const std::string& name = without[i].node->op().name;
    EXPECT_TRUE(with[i].node->is(name) || with[i].node->is(name + "_tf32")) << i << ' ' << name;
  }
  EXPECT_EQ(compiled.programs.gpu_arena_bytes(), plain.programs.gpu_arena_bytes());
}

/// Without libraries generated code computes float32, and is named so; with them the error is
/// known.
TEST(Tf32, KernelsSayWhatTheyMultiply) {
  Compiled compiled({});
  int products = 0;
  for (const Instruction& instruction : compiled.programs.training[0]->instructions) {
    const std::string& op = instruction.node->op().name;
    if (!op.ends_with("_tf32")) continue;
    ++products;
    EXPECT_EQ(instruction.kernel_name, "cuda:" + op.substr(0, op.size() - 5));
    EXPECT_EQ(error_factor(instruction, compiled.backend.kernels), 1);
    ASSERT_EQ(instruction.refusals.size(), 2U);
    const auto candidates = compiled.backend.kernels.candidates(op, Device::Gpu);
    EXPECT_TRUE(candidates[0].name.ends_with(":" + op)) << candidates[0].name;
    EXPECT_EQ(candidates[0].error_factor, kTf32Error);
  }
  EXPECT_GT(products, 0);
  EXPECT_GT(kTf32Error, kStrictError);  // determinism: strict stays with float32
}

/// The generator's last layer has a bias and nothing after it. No library is there: one is played
/// by another name of the generated kernel.
TEST(JoinedBias, IsOneNodeWithItsConvolutionWhereALibraryTakesIt) {
  for (const auto& [precision, op] : {std::pair<std::string, std::string>{"float32", "conv2d_bias"},
                                      {"tf32", "conv2d_tf32_bias"},
                                      {"bf16", "conv2d_bf16_bias"}}) {
    Compiled compiled({"precision=" + precision});
    EXPECT_EQ(Compiled::count_of(compiled.programs, op), Counts()) << op;
    KernelDef library = compiled.backend.kernels.candidates(op, Device::Gpu).back();
    library.name = "library:" + op;
    compiled.backend.kernels.add(library);
    const CompiledPlan joined = compile_plan(compiled.plan, compiled.backend);
    EXPECT_GE(Compiled::count_of(joined, op)[Device::Gpu], 2) << op;  // of training and sampling
  }
}

/// What multiplies TF32 is refused, and then there is no reason to join.
TEST(JoinedBias, StrictnessAsksForAKernelThatKeepsIt) {
  Compiled compiled({}, Determinism::Strict);
  const std::string op = "conv2d_tf32_bias";
  KernelDef library = compiled.backend.kernels.candidates(op, Device::Gpu).back();
  library.name = "library:" + op;
  library.error_factor = kTf32Error;
  compiled.backend.kernels.add(library);
  const CompiledPlan joined = compile_plan(compiled.plan, compiled.backend);
  EXPECT_EQ(Compiled::count_of(joined, op), Counts());
}

}  // namespace
}  // namespace agon
