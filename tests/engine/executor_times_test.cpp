#include <gtest/gtest.h>

#include "engine/base/error.h"
#include "engine/plan/compile.h"
#include "engine/runtime/executor.h"
#include "ops/pointwise/pointwise.h"
#include "tests/engine/registry.h"

namespace agon {
namespace {

/// A variable that grows by x, and an output.
std::unique_ptr<const Program> growing(Lanes& lanes) {
  const Type type{DType::F32, {64}};
  auto graph = std::make_unique<Graph>(test_ops());
  const Value w = graph->variable("w", type), x = graph->input("x", type);
  graph->set_output("y", tanh(w + x));
  graph->set_update("w", w + x);
  std::unique_ptr<const Program> program;
  lanes.run([&] { program = compile(std::move(graph), no_kernels()); });
  return program;
}

TEST(ExecutorTimes, AreInOrderAndChangeNoResult) {
  Lanes lanes(1);
  const auto program = growing(lanes);
  std::vector<float> x(64, 0.25f);
  std::vector<NdArray> outputs, states;
  std::vector<InstructionTime> times(program->instructions.size());
  for (const bool timed : {false, true}) {
    Variables variables;
    variables.add("w", {DType::F32, {64}});
    Executor executor(*program, variables, lanes);
    executor.bind_input("x", x.data());
    for (int run = 0; run < 3; ++run) {
      if (timed) {
        executor.run_timed(times);
      } else {
        executor.run();
      }
    }
    outputs.push_back(executor.array("y"));
    states.push_back(variables.file_array(*variables.find("w")));
  }
  EXPECT_EQ(outputs[0].values, outputs[1].values);
  EXPECT_EQ(states[0].values, states[1].values);
  EXPECT_EQ(states[1].values[0], 0.75);
  for (const InstructionTime& time : times) {
    EXPECT_GE(time.begin, 0);
    EXPECT_GT(time.end, time.begin);
  }
}

TEST(ExecutorTimes, NeedOnePlaceForEachInstruction) {
  Lanes lanes(1);
  const auto program = growing(lanes);
  Variables variables;
  variables.add("w", {DType::F32, {64}});
  Executor executor(*program, variables, lanes);
  std::vector<float> x(64);
  executor.bind_input("x", x.data());
  std::vector<InstructionTime> times(program->instructions.size() + 1);
  EXPECT_THROW(executor.run_timed(times), InternalError);
}

}  // namespace
}  // namespace agon
