#include <gtest/gtest.h>

#include <filesystem>

#include "engine/runtime/safetensors.h"
#include "graphs/experiment/training.h"
#include "ops/ops.h"
#include "runners/data/data_set.h"
#include "runners/sampling/evaluation.h"
#include "runners/training/backend.h"
#include "runners/training/restored.h"
#include "runners/training/sources.h"
#include "runners/training/state.h"
#include "tests/runners/scratch_folder.h"

/// A classifier trained elsewhere on MNIST, run here: it must read MNIST as it does there, and the
/// digits we draw.
namespace agon {
namespace {

std::string shared_data() {
  const char* shared = std::getenv("AGON_SHARED");
  return shared != nullptr ? std::string(shared) + "/data" : AGON_SOURCE_DIR "/../shared/data";
}

/// The file keeps its last layer as [inputs, outputs]; ours, like PyTorch's, is [outputs, inputs].
void write_weights(const std::string& from, const std::string& to) {
  const SafetensorsFile file(from);
  std::map<std::string, NdArray> arrays;
  for (const SafetensorsEntry& entry : file.entries()) arrays[entry.name] = file.array(entry);
  const NdArray fc = arrays.at("fc.weight");
  const std::int64_t inputs = fc.type.shape[0], outputs = fc.type.shape[1];
  NdArray turned(Type{DType::F32, Shape{outputs, inputs}});
  for (std::int64_t i = 0; i < inputs; ++i) {
    for (std::int64_t o = 0; o < outputs; ++o) turned[o * inputs + i] = fc[i * outputs + o];
  }
  arrays["fc.weight"] = turned;
  write_safetensors(to, arrays);
}

/// Share of the test examples that the reader reads as labelled.
double share_read(std::vector<std::string> settings) {
  const ScratchFolder scratch;
  write_weights(shared_data() + "/weights/mnist-cnn.safetensors", scratch / "reader.safetensors");
  settings.push_back("networks.reader.weights=" + (scratch / "reader.safetensors"));
  const Experiment experiment = read_experiment(AGON_SOURCE_DIR "/tests/runners/reader.yaml",
                                                {.set = settings, .quick = false}, inspect_data);
  OpRegistry ops;
  register_all_ops(ops);
  Backend backend(2);
  const Plan plan = build_plan(experiment, ops);
  const CompiledPlan compiled = compile_plan(plan, backend);
  Arena arena(compiled.arena_bytes());
  Variables variables;
  add_variables(plan.training, variables);
  Sources sources(experiment);
  initialise(plan.training, backend, variables, sources);
  const auto evaluations = evaluations_of(plan, compiled, backend, variables, sources, arena);
  return evaluations.at(0)->run().at(0).second;
}

class Reader : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(shared_data()))
      GTEST_SKIP() << "no " << shared_data() << " (set AGON_SHARED)";
  }
};

TEST_F(Reader, ReadsMnistAsItDoesElsewhere) {
  // 98.91 % of t10k was measured with another program on the same weights
  EXPECT_NEAR(
      share_read({"data={source: mnist, path: " + shared_data() + "/mnist, range: [0, 255]}"}),
      0.9891, 0.00005);
}

TEST_F(Reader, ReadsTheDigitsWeDraw) {
  EXPECT_GE(share_read({}), 0.8);
}

}  // namespace
}  // namespace agon
