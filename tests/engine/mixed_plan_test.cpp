#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "engine/base/error.h"
#include "engine/ir/op_def.h"
#include "engine/ir/print.h"
#include "engine/passes/insert_transfers.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "tests/engine/mixed_graphs.h"
#include "tests/engine/random_graph.h"
#include "tests/engine/registry.h"

namespace agon {
namespace {

using Kind = Place::Kind;
using Pace = FakeAccelerator::Pace;
const Type kVector{DType::F32, {16}};  // one line of 64 bytes

struct MixedPlan : testing::Test {
  MixedRun run{0, Pace::AtOnce, Inside::References};
  Graph graph{test_ops()};
  Value w = graph.variable("w", kVector);
  Value x = graph.input("x", kVector);

  std::unique_ptr<const Program> compiled() {
    return run.compiled(graph, {.disabled_passes = {"fuse"}, .verify = true});
  }
  static const Instruction& instruction(const Program& program, std::string_view op) {
    return *std::ranges::find_if(program.instructions,
                                 [&](const Instruction& i) { return i.node->is(op); });
  }
};

TEST_F(MixedPlan, ValuesLieWithTheirDeviceAndTransfersBetween) {
  graph.set_output("y", neg(on_gpu(tanh(x + w))));
  const auto program = compiled();
  const Instruction &first = instruction(*program, "add"), &up = instruction(*program, "upload"),
                    &there = instruction(*program, "tanh"),
                    &down = instruction(*program, "download"), &here = instruction(*program, "neg");
  EXPECT_EQ(up.in[0], first.out[0]);
  EXPECT_EQ(up.out[0], (Place{Kind::Arena, 0, Device::Gpu}));
  EXPECT_EQ(there.in[0], up.out[0]);
  EXPECT_EQ(there.out[0], up.out[0]);  // in place
  EXPECT_EQ(down.in[0], there.out[0]);
  EXPECT_EQ(down.out[0], (Place{Kind::Arena, 0, Device::Cpu}));
  EXPECT_EQ(here.in[0], down.out[0]);
  EXPECT_EQ(program->outputs[0].place.memory, Device::Cpu);
  EXPECT_EQ(program->arena_bytes, 64u);
  EXPECT_EQ(program->gpu_arena_bytes, 64u);
  EXPECT_EQ(program->live_bytes, 64u);
  EXPECT_EQ(program->gpu_live_bytes, 64u);
}

TEST_F(MixedPlan, InputsAreReadWhereTheyAreBrought) {
  graph.set_output("y", on_gpu(tanh(x)));
  graph.set_output("z", neg(x));
  const auto program = compiled();
  EXPECT_EQ(program->instructions.size(), 3u);  // no upload
  EXPECT_EQ(instruction(*program, "tanh").in[0], (Place{Kind::Input, 0}));
  EXPECT_EQ(instruction(*program, "neg").in[0], (Place{Kind::Input, 0}));
  EXPECT_FALSE(program->schedule.is_one_launch());
}

/// After the pipeline, before transfers; the reference and the processors do without.
TEST_F(MixedPlan, TheAcceleratorsPassesSeeItsGraphsAlone) {
  int seen = 0;
  std::vector<std::string> order;
  PlanOptions options{
      .after_pass = [&](const std::string& pass, const Graph&) { order.push_back(pass); }};
  options.accelerator_passes = {{"note", [&](Graph&) {
                                   ++seen;
                                   return false;
                                 }}};
  graph.set_output("y", neg(tanh(x)));
  run.compiled(graph, options);
  EXPECT_EQ(seen, 0);
  Graph::place(*graph.outputs()[0].value.node, Device::Gpu);
  order.clear();
  run.compiled(graph, options);
  EXPECT_EQ(seen, 1);
  ASSERT_GE(order.size(), 3U);
  EXPECT_EQ((std::vector<std::string>(order.end() - 3, order.end())),
            (std::vector<std::string>{"fuse", "note", "insert_transfers"}));
  options.reference = true;
  run.compiled(graph, options);
  EXPECT_EQ(seen, 1);
}

TEST_F(MixedPlan, ANodeThatNoKernelTakesIsRefusedWithTheReasons) {
  KernelRegistry kernels;
  const auto refuse = [](const char* why) {
    return [why](const Node&) { return Candidate::refused(why); };
  };
  graph.set_output("y", on_gpu(tanh(w)));
  const auto message = [&] {
    try {
      run.lanes.run([&] { compile(graph.clone(), kernels, {.disabled_passes = {"fuse"}}); });
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ExitCode::Config);
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(message(), "device cuda has no kernel for tanh; place it on cpu");
  kernels.add({"tanh", "cuda:a", refuse("too small"), 1, Device::Gpu});
  kernels.add({"tanh", "cuda:b", refuse("too large"), 1, Device::Gpu});
  EXPECT_EQ(message(),
            "device cuda has no kernel for tanh: cuda:a: too small; cuda:b: too large; place it "
            "on cpu");
}

TEST_F(MixedPlan, TheFirstKernelOfTheDeviceIsTakenUntimed) {
  KernelRegistry kernels;
  const auto never_run = [](const Node& node) -> Candidate { return reference_kernel(node); };
  kernels.add({"tanh", "cpu:tanh", never_run});
  kernels.add({"tanh", "cuda:first", never_run, 1, Device::Gpu});
  kernels.add({"tanh", "cuda:second", never_run, 1, Device::Gpu});
  Value y = on_gpu(tanh(w));
  for (const Determinism d : {Determinism::Run, Determinism::Strict, Determinism::Fast})
    EXPECT_EQ(choose_kernel(*y.node, kernels, d).name, "cuda:first");
  Graph::place(*y.node, Device::Cpu);
  EXPECT_EQ(choose_kernel(*y.node, kernels).name, "cpu:tanh");
}

TEST_F(MixedPlan, UpdatesAreWrittenInPlaceByTheirDevice) {
  const Value v = graph.variable("v", kVector);
  graph.set_update("w", on_gpu(w - v));
  graph.set_update("v", neg(v));
  const auto program = compiled();
  EXPECT_EQ(instruction(*program, "sub").out[0], (Place{Kind::Variable, 0}));
  EXPECT_EQ(instruction(*program, "neg").out[0], (Place{Kind::Variable, 1}));
  EXPECT_EQ(program->instructions.size(), 2u);
  EXPECT_EQ(program->gpu_arena_bytes, 0u);
  run.expect_steps(graph, *program, 3);
}

TEST_F(MixedPlan, ACopyWhereAnEdgeWouldCloseACycleIsWorkOfTheValuesDevice) {
  for (const Device device : {Device::Gpu, Device::Cpu}) {
    Graph one(test_ops());
    const Value old = one.variable("w", kVector);
    const Value fresh = neg(one.variable("v", kVector));
    const Value product = fresh * old;
    Graph::place(*fresh.node, device);
    on_gpu(product);
    one.set_update("w", fresh);
    one.set_output("y", product);
    const auto program = run.compiled(one, {.disabled_passes = {"fuse"}});
    EXPECT_TRUE(program->copies.empty());
    const Instruction& copy = instruction(*program, "copy");
    EXPECT_EQ(copy.node->device(), device);
    EXPECT_EQ(copy.out[0].kind, Kind::Variable);
    EXPECT_GT(&copy, &instruction(*program, "mul"));
    run.expect_steps(one, *program, 3);
  }
}

TEST_F(MixedPlan, WhatWasBroughtDownIsCopiedByTheProcessors) {
  const Value fresh = on_gpu(graph.add("download", {on_gpu(neg(graph.variable("v", kVector)))}));
  graph.set_update("w", fresh);
  graph.set_output("y", fresh * w);
  const auto program = compiled();
  EXPECT_EQ(instruction(*program, "copy").node->device(), Device::Cpu);
  run.expect_steps(graph, *program, 3);
}

TEST_F(MixedPlan, OldValuesAreKeptForOutputsByADownload) {
  graph.set_output("before", w);
  graph.set_output("fed", x);
  graph.set_update("w", on_gpu(neg(w)));
  const auto program = compiled();
  EXPECT_EQ(instruction(*program, "download").out[0].memory, Device::Cpu);
  EXPECT_EQ(instruction(*program, "copy").node->device(), Device::Cpu);
  for (const Program::Port& port : program->outputs) EXPECT_EQ(port.place.memory, Device::Cpu);
  run.expect_steps(graph, *program, 3);
}

TEST_F(MixedPlan, VariablesOfTheAcceleratorAreExchangedThere) {
  const Value v = graph.variable("v", kVector);
  graph.set_update("w", v);
  graph.set_update("v", w);
  graph.set_output("y", on_gpu(w * v));
  const auto program = compiled();
  for (const Instruction& i : program->instructions) EXPECT_EQ(i.node->device(), Device::Gpu);
  EXPECT_EQ(program->schedule.segments.size(), 1u);
  run.expect_steps(graph, *program, 3);
}

TEST_F(MixedPlan, TheReferenceIsAllOfTheProcessors) {
  graph.set_output("y", on_gpu(tanh(x)));
  const auto program = run.compiled(graph, {.reference = true});
  EXPECT_TRUE(program->schedule.segments.empty());
  EXPECT_EQ(program->gpu_arena_bytes, 0u);
}

/// Follows which value lies in each byte of the arenas while a program runs in order.
class Contents {
 public:
  explicit Contents(const Program& program)
      : program_(program),
        arenas_{std::vector<Value>(program.arena_bytes),
                std::vector<Value>(program.gpu_arena_bytes)} {}

  void run() {
    for (const Instruction& instruction : program_.instructions) {
      Node& node = const_cast<Node&>(*instruction.node);
      for (std::size_t i = 0; i < instruction.in.size(); ++i)
        expect_holds(instruction.in[i], node.inputs()[i], reads_from(node));
      const Place scratch{Kind::Arena, instruction.scratch, node.device()};
      fill(scratch, instruction.kernel->scratch_bytes(), {});
      for (std::size_t i = 0; i < instruction.out.size(); ++i) {
        if (instruction.out[i].kind == Kind::Arena) {
          ASSERT_EQ(instruction.out[i].memory, memory_of(node));
        }
        fill(instruction.out[i], node.outputs()[i].bytes(), node.out(static_cast<int>(i)));
      }
    }
    for (std::size_t i = 0; i < program_.outputs.size(); ++i)
      expect_holds(program_.outputs[i].place, program_.graph->outputs()[i].value, Device::Cpu);
  }

 private:
  static Value root(Value v) {
    while (v.output == 0 && v.node->op().is_view) v = v.node->in(0);
    return v;
  }

  void expect_holds(const Place& place, Value value, Device memory) {
    if (place.kind == Kind::Variable || place.kind == Kind::Input) return;
    ASSERT_EQ(place.memory, memory);
    if (place.kind != Kind::Arena) return;
    const auto& arena = arenas_[place.memory == Device::Cpu ? 0 : 1];
    for (std::size_t i = 0; i < value.type().bytes(); ++i)
      ASSERT_TRUE(arena.at(place.index + i) == root(value)) << value.node->op().name;
  }

  void fill(const Place& place, std::size_t bytes, Value value) {
    if (place.kind != Kind::Arena) return;
    auto& arena = arenas_[place.memory == Device::Cpu ? 0 : 1];
    ASSERT_LE(place.index + bytes, arena.size());
    std::fill_n(arena.begin() + static_cast<std::ptrdiff_t>(place.index), bytes, value);
  }

  const Program& program_;
  std::vector<Value> arenas_[2];
};

TEST(MixedPlanProperty, NothingOverlapsThatLivesAtOnce) {
  MixedRun run(0, Pace::AtOnce, Inside::FragileKernels);
  int both = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const auto graph = random_graph(seed);
    place_at_random(*graph, seed);
    PlanOptions options{.verify = true};
    if (seed % 3 == 1) options.disabled_passes = {"fuse", "simplify"};
    if (seed % 5 == 1) options.shuffle = seed;
    const auto program = run.compiled(*graph, options);
    ASSERT_LE(program->live_bytes, program->arena_bytes);
    ASSERT_LE(program->gpu_live_bytes, program->gpu_arena_bytes);
    both += program->arena_bytes >= 192 && program->gpu_arena_bytes >= 192 ? 1 : 0;
    ASSERT_TRUE(program->schedule.segments.empty() || program->copies.empty());
    Contents(*program).run();
    if (testing::Test::HasFatalFailure())
      FAIL() << "seed " << seed << "\n" << to_text(*program->graph);
  }
  EXPECT_GT(both, 100);
}

}  // namespace
}  // namespace agon
