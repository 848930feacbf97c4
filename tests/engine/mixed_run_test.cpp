#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "engine/base/error.h"
#include "engine/ir/op_def.h"
#include "engine/ir/print.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "tests/engine/mixed_graphs.h"
#include "tests/engine/random_graph.h"
#include "tests/engine/registry.h"

namespace agon {
namespace {

using Pace = FakeAccelerator::Pace;
const Type kVector{DType::F32, {16}};

/// What the programs of a property test were made of.
struct Tally {
  int mixed = 0;
  int waits = 0;
  int cut = 0;  // a launch behind a launch: the processors wait for the first alone
  int joins = 0;
  int copies = 0;
};

void count(const Program& program, Tally& tally) {
  const auto& segments = program.schedule.segments;
  tally.mixed += segments.empty() ? 0 : 1;
  for (std::size_t s = 0; s < segments.size(); ++s) {
    tally.waits += segments[s].waits_for ? 1 : 0;
    const bool gpu = segments[s].device == Device::Gpu;
    tally.cut += gpu && s > 0 && segments[s - 1].device == Device::Gpu ? 1 : 0;
    for (const Queued& item : segments[s].items) tally.joins += item.after.empty() ? 0 : 1;
  }
  for (const Instruction& i : program.instructions)
    tally.copies += i.node->is("copy") && i.node->device() == Device::Gpu ? 1 : 0;
}

struct Variant {
  const char* name;
  Inside inside;
  Pace pace;
};

class MixedRunProperty : public testing::TestWithParam<Variant> {};

TEST_P(MixedRunProperty, ProgramsOfRandomGraphsEqualTheReference) {
  Tally tally;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const auto graph = random_graph(seed);
    place_at_random(*graph, seed);
    for (std::uint64_t order = 0; order < 3; ++order) {
      MixedRun run(seed * 3 + order, GetParam().pace, GetParam().inside);
      PlanOptions options{.verify = true, .queues = 1 + static_cast<int>((seed + order) % 4)};
      if (order == 1) options.disabled_passes = {"fuse", "simplify", "fold_constants"};
      if (order == 2) options.shuffle = seed;
      const auto program = run.compiled(*graph, options);
      count(*program, tally);
      run.expect_steps(*graph, *program, 3);
      if (HasFatalFailure())
        FAIL() << "seed " << seed << ", order " << order << "\n" << to_text(*program->graph);
    }
  }
  // what the test is about must have happened
  EXPECT_GT(tally.mixed, 300);
  EXPECT_GT(tally.waits, 300);
  EXPECT_GT(tally.cut, 100);
  EXPECT_GT(tally.joins, 200);
  EXPECT_GT(tally.copies, 50);
}

INSTANTIATE_TEST_SUITE_P(Variants, MixedRunProperty,
                         testing::Values(Variant{"at_once", Inside::References, Pace::AtOnce},
                                         Variant{"late", Inside::FragileKernels,
                                                 Pace::AsLateAsPossible},
                                         Variant{"drawn", Inside::FragileKernels, Pace::Drawn}),
                         [](const auto& row) { return std::string(row.param.name); });

struct MixedRuns : testing::Test {
  MixedRun run{1, Pace::AsLateAsPossible, Inside::FragileKernels};
  Graph graph{test_ops()};
  Value w = graph.variable("w", kVector);
  Value x = graph.input("x", kVector);
  Variables variables{&run.accelerator.memory(MemoryKind::Shared)};
  std::unique_ptr<const Program> program;

  void compile_with_w(double value) {
    program = run.compiled(graph, {.disabled_passes = {"fuse"}});
    NdArray(kVector, std::vector<double>(16, value))
        .store(variables.add("w", kVector).memory.data());
  }
};

TEST_F(MixedRuns, NeedAnAccelerator) {
  graph.set_output("y", on_gpu(neg(x)));
  compile_with_w(1);
  try {
    const Executor executor(*program, variables, run.lanes);
    FAIL() << "accepted";
  } catch (const InternalError& e) {
    EXPECT_STREQ(e.what(), "the program uses an accelerator, the executor has none");
  }
  Arena small(program->arena_bytes, program->gpu_arena_bytes - 1, &run.accelerator);
  try {
    const Executor executor(*program, variables, run.lanes, &small, &run.accelerator);
    FAIL() << "accepted";
  } catch (const InternalError& e) {
    EXPECT_STREQ(e.what(), "the accelerator's arena has 63 bytes, the program needs 64");
  }
}

TEST_F(MixedRuns, ReadInputsWhereverTheyAreBound) {
  graph.set_output("there", on_gpu(neg(x)));
  graph.set_output("here", neg(x) * w);
  compile_with_w(2);
  Executor executor(*program, variables, run.lanes, nullptr, &run.accelerator);
  EXPECT_THROW(executor.run(), InternalError);  // not bound
  Buffer kept(64);
  for (const double value : {3.0, 5.0, 7.0}) {
    const Buffer moved(64);
    const Buffer& fed = value == 7 ? kept : moved;
    NdArray(kVector, std::vector<double>(16, value)).store(fed.data());
    executor.bind_input("x", fed.data());
    executor.run();
    EXPECT_EQ(executor.scalar("there"), -value);
    EXPECT_EQ(executor.scalar("here"), -2 * value);
  }
  NdArray(kVector, std::vector<double>(16, 9)).store(kept.data());  // the same place, another value
  executor.run();
  EXPECT_EQ(executor.scalar("there"), -9);
}

TEST_F(MixedRuns, RecordOnceAndAllocateNothingAfter) {
  const Value c = graph.constant(std::vector<double>(16, 0.5), DType::F32, {16});
  graph.set_update("w", on_gpu(on_gpu(w * c) + neg(on_gpu(tanh(x)))));
  compile_with_w(2);
  Executor executor(*program, variables, run.lanes, nullptr, &run.accelerator);
  const Buffer fed(64);
  executor.bind_input("x", fed.data());
  executor.run();
  const int recordings = run.accelerator.recordings();
  const int allocations = run.accelerator.checked().allocations();
  EXPECT_GE(recordings, 2);
  for (int i = 0; i < 3; ++i) executor.run();
  EXPECT_EQ(run.accelerator.recordings(), recordings);
  EXPECT_EQ(run.accelerator.checked().allocations(), allocations);
  EXPECT_EQ(run.accelerator.loads(), 1);
  NdArray state = variables.file_array(*variables.find("w"));
  EXPECT_EQ(state[0], 2.0 / 16);
}

TEST_F(MixedRuns, OfTwoExecutorsShareAnArena) {
  graph.set_output("y", on_gpu(tanh(on_gpu(neg(x)))) * w);
  compile_with_w(2);
  Graph other(test_ops());
  const Value v = other.variable("w", kVector);
  other.set_update("w", on_gpu(v + tanh(on_gpu(neg(v)))));
  const auto second = run.compiled(other);
  Arena arena(std::max(program->arena_bytes, second->arena_bytes),
              std::max(program->gpu_arena_bytes, second->gpu_arena_bytes), &run.accelerator);
  Executor first(*program, variables, run.lanes, &arena, &run.accelerator);
  Executor updating(*second, variables, run.lanes, &arena, &run.accelerator);
  NdArray fed(kVector, std::vector<double>(16, 0.5)), state(kVector, std::vector<double>(16, 2));
  const Buffer memory(64);
  fed.store(memory.data());
  first.bind_input("x", memory.data());
  for (int i = 0; i < 4; ++i) {
    first.run();
    expect_same(first.array("y"), run_reference(graph, {{"x", fed}}, {{"w", state}}).at("y"), "y");
    updating.run();
    state = run_reference(other, {}, {{"w", state}}).at("update:w");
    expect_same(variables.file_array(*variables.find("w")), state, "w");
  }
}

TEST_F(MixedRuns, AreTheSameTimedAndObserved) {
  const Value c =
      graph.constant({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, DType::F32, {16});
  graph.set_output("y", tanh(on_gpu(on_gpu(neg(x)) * c)));
  graph.set_update("w", on_gpu(w - c));
  compile_with_w(2);
  Executor executor(*program, variables, run.lanes, nullptr, &run.accelerator);
  NdArray fed(kVector, std::vector<double>(16, 0.125)), state(kVector, std::vector<double>(16, 2));
  const Buffer memory(64);
  fed.store(memory.data());
  executor.bind_input("x", memory.data());
  std::vector<InstructionTime> times(program->instructions.size());
  std::size_t seen = 0;
  for (int i = 0; i < 6; ++i) {
    if (i % 3 == 0) executor.run();
    if (i % 3 == 1) executor.run_timed(times);
    if (i % 3 == 2) {
      executor.run_observed(
          [&](const Instruction& instruction, std::span<void* const> outputs) {
            NdArray out(instruction.node->out_type());
            out.load(outputs[0]);  // ends the program if it is the device's
            const bool neg = instruction.node->is("neg"), mul = instruction.node->is("mul");
            EXPECT_EQ(out[3], neg ? -0.125 : mul ? -0.5 : out[3]);
            ++seen;
          },
          [&](const Instruction& instruction, std::span<const void* const> inputs) {
            for (std::size_t k = 0; k < inputs.size(); ++k) {
              NdArray in(instruction.node->inputs()[k].type());
              in.load(inputs[k]);
              EXPECT_EQ(in[3], instruction.node->is("mul") && k == 1 ? 4 : in[3]);
            }
          });
    }
    const Arrays expected = run_reference(graph, {{"x", fed}}, {{"w", state}});
    expect_same(executor.array("y"), expected.at("y"), "y");
    state = expected.at("update:w");
    expect_same(variables.file_array(*variables.find("w")), state, "w");
  }
  EXPECT_EQ(seen, 2 * program->instructions.size());
  for (const InstructionTime& time : times) EXPECT_GT(time.end, time.begin);
}

TEST_F(MixedRuns, ReadAVariableFromBothSides) {
  graph.set_output("a", on_gpu(tanh(w)));
  graph.set_output("b", neg(w));
  graph.set_output("c", on_gpu(neg(x)));
  graph.set_update("w", on_gpu(w + x));
  const auto made = run.compiled(graph);
  run.expect_steps(graph, *made, 4);
}

/// A kernel of the processors that fails when it is run.
class Failing final : public Kernel {
  void run(const KernelCall&) override { throw Error(ExitCode::Data, "failed on purpose"); }
};

TEST_F(MixedRuns, WaitForWhatWasLaunchedWhenAKernelFails) {
  KernelRegistry kernels =
      checked_kernels(test_ops(), run.accelerator.checked(), Inside::References);
  KernelRegistry failing;
  failing.add(
      {"neg", "failing", [](const Node&) -> Candidate { return std::make_unique<Failing>(); }});
  for (const char* op : {"tanh", "download"}) failing.add(kernels.candidates(op, Device::Gpu)[0]);
  graph.set_output("a", on_gpu(tanh(w)));
  graph.set_output("b", neg(x));
  run.kernels = std::move(failing);
  compile_with_w(1);
  Executor executor(*program, variables, run.lanes, nullptr, &run.accelerator);
  const Buffer fed(64);
  executor.bind_input("x", fed.data());
  EXPECT_THROW(executor.run(), Error);
  EXPECT_FALSE(run.accelerator.is_busy());
}

TEST_F(MixedRuns, FindAKernelOfTheHostThatTouchesTheDevicesMemory) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const Buffer own(64, &run.accelerator.memory(MemoryKind::Own));
  EXPECT_THROW(run.accelerator.checked().expect_of_host(own.data(), 4, "neg"), InternalError);
  EXPECT_DEATH(std::memset(own.data(), 0, 4), "");
}

}  // namespace
}  // namespace agon
