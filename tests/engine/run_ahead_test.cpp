#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <thread>

#include "engine/base/error.h"
#include "engine/ir/op_def.h"
#include "engine/ir/print.h"
#include "ops/pointwise/pointwise.h"
#include "tests/engine/mixed_graphs.h"
#include "tests/engine/random_graph.h"
#include "tests/engine/registry.h"

namespace agon {
namespace {

using Pace = FakeAccelerator::Pace;
const Type kVector{DType::F32, {16}};

/// Whether an output is an input as it was given: of a run that is under way its memory is the
/// caller's, who has other things in it by now.
bool gives_an_input_back(const Graph& graph) {
  for (auto [name, v] : graph.outputs()) {
    while (v.output == 0 && v.node->op().is_view) v = v.node->in(0);
    if (v.node->is("input")) return true;
  }
  return false;
}

class RunAheadProperty : public testing::TestWithParam<Pace> {};

TEST_P(RunAheadProperty, ProgramsOfRandomGraphsEqualTheReference) {
  int ahead = 0, both_under_way = 0;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    const auto graph = random_graph(seed);
    place_on_accelerator(*graph);
    if (gives_an_input_back(*graph)) continue;
    MixedRun run(seed, GetParam(), Inside::FragileKernels);
    const auto program =
        run.compiled(*graph, {.verify = true, .queues = 1 + static_cast<int>(seed % 4)});
    if (!program->schedule.is_one_launch()) continue;
    run.expect_steps_ahead(*graph, *program, 4);
    if (HasFatalFailure()) FAIL() << "seed " << seed << "\n" << to_text(*program->graph);
    ++ahead;
    both_under_way += run.accelerator.most_pending() == 2 ? 1 : 0;
  }
  EXPECT_GT(ahead, 50);
  if (GetParam() != Pace::AtOnce) {
    EXPECT_GT(both_under_way, 20);
  }
}

INSTANTIATE_TEST_SUITE_P(Paces, RunAheadProperty,
                         testing::Values(Pace::AtOnce, Pace::AsLateAsPossible, Pace::Drawn));

struct RunsAhead : testing::Test {
  MixedRun run{1, Pace::AsLateAsPossible, Inside::FragileKernels};
  Graph graph{test_ops()};
  Value w = graph.variable("w", kVector);
  Value x = graph.input("x", kVector);
  Variables variables{&run.accelerator.memory(MemoryKind::Shared)};
  std::unique_ptr<const Program> program;
  Buffer fed{64};

  void compile() {
    program = run.compiled(graph, {.disabled_passes = {"fuse"}});
    variables.add("w", kVector);
  }
  void feed(Executor& executor, double value) {
    NdArray(kVector, std::vector<double>(16, value)).store(fed.data());
    executor.bind_input("x", fed.data());
  }
};

TEST_F(RunsAhead, AreTwoAtMostAndFinishedInTheirOrder) {
  graph.set_output("y", on_gpu(w + x));
  graph.set_update("w", on_gpu(w + x));
  compile();
  Executor executor(*program, variables, run.lanes, nullptr, &run.accelerator);
  executor.finish();  // there is none
  for (const double value : {1.0, 10.0}) {
    feed(executor, value);
    executor.begin();
  }
  EXPECT_THROW(executor.begin(), InternalError);
  EXPECT_THROW(executor.run(), InternalError);
  std::vector<InstructionTime> times(program->instructions.size());
  EXPECT_THROW(executor.run_timed(times), InternalError);
  EXPECT_THROW(executor.run_observed([](const auto&, const auto&) {}), InternalError);
  executor.finish();
  EXPECT_EQ(executor.scalar("y"), 1);
  executor.finish();
  EXPECT_EQ(executor.scalar("y"), 11);
  feed(executor, 100);
  executor.run();
  EXPECT_EQ(executor.scalar("y"), 111);
}

TEST_F(RunsAhead, AllocateNothingOnceBothHaveBeen) {
  graph.set_update("w", on_gpu(w + x));
  compile();
  Executor executor(*program, variables, run.lanes, nullptr, &run.accelerator);
  feed(executor, 1);
  for (int i = 0; i < 2; ++i) executor.begin();
  const int recordings = run.accelerator.recordings();
  const int allocations = run.accelerator.checked().allocations();
  for (int i = 0; i < 5; ++i) {
    executor.finish();
    executor.begin();
  }
  for (int i = 0; i < 2; ++i) executor.finish();
  EXPECT_EQ(run.accelerator.recordings(), recordings);
  EXPECT_EQ(run.accelerator.checked().allocations(), allocations);
  EXPECT_EQ(variables.file_array(*variables.find("w"))[0], 7);
}

TEST_F(RunsAhead, AreDoneBeforeTheirMemoryIsGone) {
  graph.set_update("w", on_gpu(w + x));
  compile();
  {
    Executor executor(*program, variables, run.lanes, nullptr, &run.accelerator);
    feed(executor, 3);
    executor.begin();
    EXPECT_TRUE(run.accelerator.is_busy());
  }
  EXPECT_FALSE(run.accelerator.is_busy());
  EXPECT_EQ(variables.file_array(*variables.find("w"))[0], 3);
}

TEST_F(RunsAhead, NotWhereTheProcessorsHaveAPart) {
  graph.set_output("y", neg(on_gpu(w + x)));
  compile();
  Executor executor(*program, variables, run.lanes, nullptr, &run.accelerator);
  EXPECT_FALSE(executor.runs_ahead());
  feed(executor, 3);
  executor.begin();
  EXPECT_FALSE(run.accelerator.is_busy());
  EXPECT_EQ(executor.scalar("y"), -3);
  executor.finish();
  EXPECT_EQ(executor.scalar("y"), -3);
}

/// A kernel of the processors that takes its time.
class Slow final : public Kernel {
 public:
  explicit Slow(std::unique_ptr<Kernel> kernel) : kernel_(std::move(kernel)) {}
  void run(const KernelCall& call) override {
    kernel_->run(call);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }

 private:
  std::unique_ptr<Kernel> kernel_;
};

void expect_ordered(const Program& program, const std::vector<InstructionTime>& times) {
  for (std::size_t i = 0; i < times.size(); ++i) {
    EXPECT_GE(times[i].begin, 0);
    EXPECT_GE(times[i].end, times[i].begin);
    const Node& node = *program.instructions[i].node;
    if (node.is("neg")) {
      EXPECT_GE(times[i].end - times[i].begin, 2'000'000);
    }
    for (std::size_t k = 0; k < i; ++k) {
      for (const Value& v : node.inputs()) {
        if (v.node == program.instructions[k].node) {
          EXPECT_GE(times[i].begin, times[k].end);
        }
      }
    }
  }
}

TEST_F(RunsAhead, KeepTimesThatFitTheirOrder) {
  // two queues, which meet before the processors need them
  const Value there = on_gpu(on_gpu(tanh(on_gpu(w + x))) + on_gpu(tanh(on_gpu(tanh(w)))));
  graph.set_output("a", there);
  graph.set_output("b", neg(there));
  graph.set_output("c", neg(x));
  KernelRegistry kernels =
      checked_kernels(test_ops(), run.accelerator.checked(), Inside::References);
  KernelRegistry slow;
  slow.add({"neg", "slow", [](const Node& node) -> Candidate {
              return std::make_unique<Slow>(reference_kernel(node));
            }});
  for (const char* op : {"add", "tanh", "download"})
    slow.add(kernels.candidates(op, Device::Gpu)[0]);
  run.kernels = std::move(slow);
  compile();
  Executor executor(*program, variables, run.lanes, nullptr, &run.accelerator);
  feed(executor, 3);
  std::vector<InstructionTime> times(program->instructions.size());
  for (int run_number = 0; run_number < 8; ++run_number) {
    executor.run_timed(times);
    expect_ordered(*program, times);
  }
}

}  // namespace
}  // namespace agon
