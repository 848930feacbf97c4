#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "engine/plan/compile.h"
#include "engine/plan/tolerance.h"
#include "engine/runtime/executor.h"
#include "engine/runtime/safetensors.h"
#include "graphs/experiment/training.h"
#include "ops/ops.h"
#include "runners/data/data_set.h"

/// Whole training steps against PyTorch's (tests/peer/step_vectors.py, which made the files).
namespace agon {
namespace {

struct StepCase {
  std::string name;    // of the file under tests/peer
  std::string config;  // from configs/
  std::vector<std::string> set;
};

class StepVectors : public testing::TestWithParam<StepCase> {};

NdArray in_engine_order(const NdArray& pictures) {  // [n, c, h, w] -> [n, h, w, c]
  const Shape& s = pictures.type.shape;
  NdArray result(Type{DType::F32, Shape{s[0], s[2], s[3], s[1]}});
  for_each_index(result.type.shape, [&](const auto& i) {
    result[offset_of(result.type.shape, i)] = pictures[offset_of(s, {i[0], i[3], i[1], i[2]})];
  });
  return result;
}

double largest_difference(const NdArray& a, const NdArray& b) {
  double most = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

TEST_P(StepVectors, AgreeWithPyTorch) {
  const StepCase& c = GetParam();
  const std::string root = AGON_SOURCE_DIR;
  const SafetensorsFile file(root + "/tests/peer/" + c.name + ".safetensors");
  const auto stored = [&](const std::string& name) { return file.array(*file.find(name)); };

  OpRegistry ops;
  register_all_ops(ops);
  KernelRegistry kernels;
  register_all_kernels(kernels);
  Lanes lanes(2);
  const Experiment experiment =
      read_experiment(root + "/configs/" + c.config, {.set = c.set, .quick = false}, inspect_data);
  Plan plan = build_plan(experiment, ops);

  Variables variables;
  for (const VariableDecl& decl : plan.training.variables) {
    Variables::Variable& v = variables.add(decl.name, decl.type, decl.file);
    const std::string source = decl.role == VariableDecl::Role::Average
                                   ? decl.name.substr(std::string("average/").size())
                                   : decl.name;
    if (decl.role == VariableDecl::Role::OptimizerState) continue;  // zero
    ASSERT_NE(file.find("before." + source), nullptr) << source;
    variables.set_file_array(v, stored("before." + source));
  }
  ASSERT_EQ(plan.training.programs.size(), 1u);
  std::unique_ptr<const Program> program;
  lanes.run([&] { program = compile(std::move(plan.training.programs[0].graph), kernels); });
  Executor executor(*program, variables, lanes);
  const double relative = relative_tolerance(*program, kernels);

  const Shape& batch_shape = stored("batch.0").type.shape;
  Buffer pictures(static_cast<std::size_t>(batch_shape.elements()) * sizeof(float));
  double step = 0, draw = 0;
  executor.bind_input("data.image", pictures.data());
  executor.bind_input("step", &step);
  executor.bind_input("draw", &draw);
  for (int i = 0; i < 2; ++i) {
    step = i;
    in_engine_order(stored("batch." + std::to_string(i))).store(pictures.data());
    executor.run();
    for (const std::string& loss : plan.training.losses) {
      const double expected = stored("loss." + std::to_string(i) + "." + loss)[0];
      EXPECT_NEAR(executor.scalar("losses." + loss), expected, relative * std::abs(expected))
          << loss << " of step " << i;
    }
  }

  int compared = 0;
  for (const SafetensorsEntry& entry : file.entries()) {
    if (!entry.name.starts_with("after.")) continue;
    const Variables::Variable* v = variables.find(entry.name.substr(6));
    ASSERT_NE(v, nullptr) << entry.name;
    const NdArray expected = stored(entry.name);
    const NdArray got = variables.file_array(*v);
    ASSERT_EQ(got.type.shape, expected.type.shape) << entry.name;
    // what was learnt must agree, not only what was there before
    std::string source = entry.name.substr(6);
    if (source.starts_with("average/")) source = source.substr(8);
    const NdArray before = stored("before." + source);
    const double moved = largest_difference(expected, before);
    for (std::int64_t k = 0; k < expected.size(); ++k) {
      ASSERT_NEAR(got[k], expected[k], tolerance(DType::F32, 0, 1, expected[k]) + relative * moved)
          << entry.name << "[" << k << "]";
    }
    ++compared;
  }
  EXPECT_GE(compared, 18);
}

INSTANTIATE_TEST_SUITE_P(
    Configs, StepVectors,
    testing::Values(
        StepCase{"gan_conv", "gan/conv.yaml", {"width=4", "latent=6", "train.batch=5"}},
        StepCase{"dcgan_faces64", "dcgan/faces64.yaml", {"width=2", "latent=5", "train.batch=4"}},
        StepCase{"vae_conv", "vae/conv.yaml", {"width=2", "latent=3", "train.batch=5"}},
        StepCase{"words", "../tests/peer/words.yaml", {}}),
    [](const auto& c) { return c.param.name; });

}  // namespace
}  // namespace agon
