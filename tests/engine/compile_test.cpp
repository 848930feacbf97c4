#include "engine/plan/compile.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/ir/fused.h"
#include "engine/ir/op_def.h"
#include "engine/runtime/executor.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"
#include "tests/engine/registry.h"

namespace agon {
namespace {

using Kind = Place::Kind;
const Type kVector{DType::F32, {16}};  // one line of 64 bytes

struct Fixture : testing::Test {
  std::unique_ptr<Graph> graph = std::make_unique<Graph>(test_ops());
  Value w = graph->variable("w", kVector);
  Value x = graph->input("x", kVector);
  KernelRegistry kernels;
  Lanes lanes{1};

  /// The nodes as they are written, none inside a fused one.
  std::unique_ptr<const Program> compiled(PlanOptions options = {}) {
    options.disabled_passes.emplace_back("fuse");
    std::unique_ptr<const Program> program;
    lanes.run([&] { program = compile(std::move(graph), kernels, options); });
    return program;
  }
  static const Instruction& instruction(const Program& program, std::string_view op) {
    return *std::ranges::find_if(program.instructions,
                                 [&](const Instruction& i) { return i.node->is(op); });
  }
  static std::size_t position(const Program& program, std::string_view op) {
    return static_cast<std::size_t>(&instruction(program, op) - program.instructions.data());
  }
};
using Compile = Fixture;

/// Runs the reference and offers nothing in place.
class Plain final : public Kernel {
 public:
  explicit Plain(const Node& node) : kernel_(reference_kernel(node)) {}
  void run(const KernelCall& call) override { kernel_->run(call); }

 private:
  std::unique_ptr<Kernel> kernel_;
};

void add_plain(KernelRegistry& kernels, const char* op) {
  kernels.add({op, "plain", [](const Node& n) -> Candidate { return std::make_unique<Plain>(n); }});
}

/// Runs the reference; output i may lie over input i alone.
class Straight final : public Kernel {
 public:
  explicit Straight(const Node& node) : kernel_(reference_kernel(node)) {}
  void run(const KernelCall& call) override { kernel_->run(call); }
  bool may_overwrite(int i, int o) const override { return i == o; }

 private:
  std::unique_ptr<Kernel> kernel_;
};

void add_both(KernelRegistry& kernels) {
  kernels.add({"both", "straight",
               [](const Node& n) -> Candidate { return std::make_unique<Straight>(n); }});
}

TEST_F(Compile, TheFirstKernelThatAcceptsIsTakenAndRefusalsAreKept) {
  kernels.add({"neg", "fast:neg", [](const Node&) { return Candidate::refused("not today"); }});
  kernels.add({"neg", "odd:neg", [](const Node& n) -> Candidate {
                 if (n.out_type().shape.elements() % 2 == 0)
                   return Candidate::refused("needs an odd number of elements");
                 return std::make_unique<Plain>(n);
               }});
  graph->set_output("a", neg(x));
  graph->set_output("b", neg(graph->input("odd", {DType::F32, {5}})));
  const auto program = compiled();
  ASSERT_EQ(program->instructions.size(), 2u);
  EXPECT_EQ(program->instructions[0].kernel_name, "reference");
  EXPECT_EQ(program->instructions[0].refusals,
            (std::vector<std::string>{"fast:neg: not today",
                                      "odd:neg: needs an odd number of elements"}));
  EXPECT_EQ(program->instructions[1].kernel_name, "odd:neg");
  EXPECT_EQ(program->instructions[1].refusals, (std::vector<std::string>{"fast:neg: not today"}));
}

TEST_F(Compile, KernelsAreRegisteredOnce) {
  add_plain(kernels, "neg");
  EXPECT_THROW(add_plain(kernels, "neg"), InternalError);
}

TEST_F(Compile, ANodeWithoutKernelIsNamed) {
  kernels.add({"blend", "b", [](const Node&) { return Candidate::refused("no"); }});
  graph->set_output("y", graph->add("blend", {x, w}));
  try {
    compiled({.disabled_passes = {"lower"}});
    FAIL() << "accepted";
  } catch (const InternalError& e) {
    EXPECT_STREQ(e.what(), "blend: no kernel accepts it: b: no");
  }
}

TEST_F(Compile, AnUpdateIsWrittenOverItsVariable) {
  graph->set_update("w", w - x);
  const auto program = compiled();
  EXPECT_EQ(program->instructions[0].out[0], (Place{Kind::Variable, 0}));
  EXPECT_TRUE(program->copies.empty());
  EXPECT_EQ(program->arena_bytes, 0u);
}

TEST_F(Compile, TheWriterComesAfterEveryReaderOfTheOldValue) {
  graph->set_update("w", graph->add("copy", {x}));
  graph->set_output("y", tanh(w));
  const auto original = std::move(graph);
  for (std::uint64_t shuffle = 0; shuffle < 8; ++shuffle) {
    graph = original->clone();
    const auto program = compiled({.shuffle = shuffle});
    EXPECT_LT(position(*program, "tanh"), position(*program, "copy"));
    EXPECT_TRUE(program->copies.empty());
  }
}

TEST_F(Compile, ACopyAtTheEndWhereAnEdgeWouldCloseACycle) {
  // a later turn differentiates through what an earlier one updated: reads the new and the old
  const Value fresh = neg(x);
  graph->set_update("w", fresh);
  graph->set_output("y", fresh * w);
  const auto program = compiled();
  ASSERT_EQ(program->copies.size(), 1u);
  EXPECT_EQ(program->copies[0].from.kind, Kind::Arena);
  EXPECT_EQ(program->copies[0].bytes, 64u);
}

TEST_F(Compile, EdgesOfTwoUpdatesNeverCloseACycleTogether) {
  // a's writer must follow b's, and b's must follow a's
  const Value a = graph->variable("a", kVector), b = graph->variable("b", kVector);
  graph->set_update("a", tanh(b));
  graph->set_update("b", neg(a));
  const auto program = compiled();
  EXPECT_EQ(program->copies.size(), 1u);
  EXPECT_EQ(program->instructions.size(), 2u);
}

TEST_F(Compile, AWriterThatCannotOverwriteWhatItReadsIsCopied) {
  add_plain(kernels, "neg");
  graph->set_update("w", neg(w));
  EXPECT_EQ(compiled()->copies.size(), 1u);
}

TEST_F(Compile, LeavesAndSharedValuesAreCopiedFirst) {
  const Value a = graph->variable("a", kVector), b = graph->variable("b", kVector);
  const Value shared = tanh(x);
  graph->set_update("w", shared);
  graph->set_update("c", shared);
  graph->set_update("a", b);
  graph->set_update("b", a);
  graph->set_update("d", x);
  graph->set_update("e", graph->constant(2, DType::F32, {16}));
  const auto program = compiled();
  EXPECT_EQ(std::ranges::count_if(program->instructions,
                                  [](const Instruction& i) { return i.node->is("copy"); }),
            5);
}

TEST_F(Compile, AVariableThatIsItsOwnUpdateCostsNothing) {
  graph->set_update("w", w);
  graph->set_output("y", w);
  const auto program = compiled();
  EXPECT_TRUE(program->instructions.empty());
  EXPECT_TRUE(program->copies.empty());
  EXPECT_EQ(program->outputs[0].place, (Place{Kind::Variable, 0}));
}

TEST_F(Compile, OutputsOutliveTheirVariable) {
  graph->set_output("before", w);
  graph->set_output("fed", x);
  graph->set_update("w", w * 0.5);
  graph->set_output("after", graph->updates()[0].value);
  const auto program = compiled();
  EXPECT_EQ(program->outputs[0].place.kind, Kind::Arena);
  EXPECT_EQ(program->outputs[1].place.kind, Kind::Arena);
  EXPECT_EQ(program->outputs[2].place, (Place{Kind::Variable, 0}));
}

TEST_F(Compile, AChainRunsInOnePlace) {
  graph->set_output("y", tanh(tanh(tanh(neg(x)))));
  const auto program = compiled();
  EXPECT_EQ(program->arena_bytes, 64u);
  EXPECT_EQ(program->live_bytes, 64u);
}

TEST_F(Compile, EveryOutputMayTakeThePlaceOfAnInputButNoTwoTheSame) {
  add_both(kernels);
  const Value both = graph->add("both", {neg(x), tanh(x)});
  const Value halves = graph->add("halves", {{both.node, 1}});
  graph->set_output("sum", both);
  graph->set_output("lower", halves);
  graph->set_output("upper", {halves.node, 1});
  const auto program = compiled();
  const Instruction& in_place = instruction(*program, "both");
  EXPECT_EQ(in_place.out, in_place.in);
  const Instruction& split = instruction(*program, "halves");
  EXPECT_EQ(split.out[0], split.in[0]);
  EXPECT_NE(split.out[1], split.in[0]);
  EXPECT_EQ(program->arena_bytes, 3 * 64u);
}

TEST_F(Compile, OneWriterUpdatesSeveralVariablesInPlace) {
  // as a fused Adam does: every new value is a function of every old one
  const Value m = graph->variable("m", kVector), v = graph->variable("v", kVector);
  Graph body(test_ops());
  const Value old_w = body.input("0", kVector), old_m = body.input("1", kVector),
              old_v = body.input("2", kVector), gradient = body.input("3", kVector);
  const Value new_m = old_m * 0.5 + gradient, new_v = old_v * 0.25 + gradient * gradient;
  body.set_output("0", old_w - new_m * new_v);
  body.set_output("1", new_m);
  body.set_output("2", new_v);
  const auto fresh = add_fused(*graph, body, {w, m, v, x});
  graph->set_output("old w", tanh(w));  // readers of the old values come before
  graph->set_output("old v", tanh(v));
  graph->set_update("v", fresh[2]);
  graph->set_update("w", fresh[0]);
  graph->set_update("m", fresh[1]);
  const auto original = std::move(graph);
  for (std::uint64_t shuffle = 0; shuffle < 8; ++shuffle) {
    graph = original->clone();
    const auto program = compiled({.shuffle = shuffle});
    const Instruction& writer = instruction(*program, "fused");
    EXPECT_TRUE(std::equal(writer.out.begin(), writer.out.end(), writer.in.begin()));
    EXPECT_TRUE(program->copies.empty());
    EXPECT_EQ(&writer, &program->instructions.back());
  }
}

TEST_F(Compile, AnOutputOverTheWrongVariableIsCopied) {
  add_both(kernels);
  const Value m = graph->variable("m", kVector);
  const Value both = graph->add("both", {m, w});  // each output over the other's variable
  graph->set_update("w", both);
  graph->set_update("m", {both.node, 1});
  EXPECT_EQ(compiled()->copies.size(), 2u);
}

TEST_F(Compile, AnOutputIsNeverOverwritten) {
  const Value y = neg(x);
  graph->set_output("y", y);
  graph->set_output("z", tanh(y));
  EXPECT_EQ(compiled()->arena_bytes, 128u);
}

const Type kLarge{DType::F32, {1024}};

TEST_F(Compile, WhatIsReadLateIsComputedLate) {
  const Value early = tanh(graph->input("a", kLarge));
  const Value scale = sum(neg(graph->input("b", kLarge)), {0});
  graph->set_output("y", early * scale);
  const auto program = compiled({.disabled_passes = {"simplify"}});
  EXPECT_GT(position(*program, "tanh"), position(*program, "sum"));
  EXPECT_LE(program->live_bytes, kLarge.bytes() + 64);
}

TEST_F(Compile, WhatFreesMuchIsComputedSoon) {
  // two losses and then both updates; the first update frees a gradient the second loss would keep
  const Value v = graph->variable("v", kLarge), u = graph->variable("u", kLarge);
  const Value b = graph->input("b", kLarge);
  const Value gradient = tanh(graph->input("a", kLarge));
  graph->set_output("norm", sum(gradient * b, {0}));
  const Value other = neg(b);
  graph->set_output("other", sum(other * b, {0}));
  graph->set_update("v", v - gradient);
  graph->set_update("u", u - other);
  const auto program = compiled({.disabled_passes = {"simplify"}});
  EXPECT_TRUE(program->copies.empty());
  EXPECT_LE(program->live_bytes, 2 * kLarge.bytes() + 64);
}

TEST_F(Compile, AReshapeIsNoInstruction) {
  const Value y = reshape(neg(x), {4, 4});
  graph->set_output("y", tanh(y));
  graph->set_update("w", reshape(neg(y), {16}));
  const auto program = compiled();
  EXPECT_EQ(program->instructions.size(), 3u);
  EXPECT_EQ(program->variables[0].type, kVector);
  EXPECT_TRUE(program->copies.empty());
}

TEST_F(Compile, TheReferenceRunsNothingInPlaceAndSimplifiesNothing) {
  kernels.add(
      {"neg", "fast", [](const Node& n) -> Candidate { return std::make_unique<Plain>(n); }});
  graph->set_update("w", neg(neg(w)));
  const auto program = compiled({.reference = true});
  ASSERT_EQ(program->instructions.size(), 2u);
  for (const Instruction& i : program->instructions) {
    EXPECT_EQ(i.kernel_name, "reference");
    EXPECT_NE(i.in[0], i.out[0]);
  }
  EXPECT_EQ(program->copies.size(), 1u);
}

TEST_F(Compile, InputsNobodyReadsCanStillBeFed) {
  graph->input("unused", {DType::I32, {3}});
  graph->set_output("y", neg(x));
  const auto program = compiled();
  ASSERT_EQ(program->inputs.size(), 2u);
  EXPECT_EQ(program->inputs[1].name, "unused");
}

struct ExecutorErrors : Fixture {
  std::unique_ptr<const Program> program;
  Variables variables;
  void SetUp() override {
    graph->set_output("y", neg(x) * w);
    graph->set_output("n", convert(mean(x), DType::I32));
    program = compiled();
  }
  template <class F>
  static std::string message(F f) {
    try {
      f();
    } catch (const InternalError& e) {
      return e.what();
    }
    return "accepted";
  }
};

TEST_F(ExecutorErrors, AreOurMistakesAndNamed) {
  EXPECT_EQ(message([&] { Executor e(*program, variables, lanes); }), "no variable named 'w'");
  variables.add("w", {DType::F32, {4, 4}});
  EXPECT_EQ(message([&] { Executor e(*program, variables, lanes); }),
            "variable 'w': expected f32[16], got f32[4, 4]");
  Variables good;
  good.add("w", kVector);
  Arena small(32);
  EXPECT_EQ(message([&] { Executor e(*program, good, lanes, &small); }),
            "the arena has 32 bytes, the program needs " + std::to_string(program->arena_bytes));
  Executor executor(*program, good, lanes);
  EXPECT_EQ(message([&] { executor.run(); }), "input 'x' was not bound");
  EXPECT_EQ(message([&] { executor.bind_input("z", nullptr); }), "no input named 'z'");
  EXPECT_EQ(message([&] { executor.array("z"); }), "no output named 'z'");
  EXPECT_EQ(message([&] { executor.scalar("n"); }),
            "output 'n': expected a floating value, got i32[]");
}

TEST_F(ExecutorErrors, InputsMayMoveBetweenRuns) {
  Variables good;
  NdArray(kVector, std::vector<double>(16, 2)).store(good.add("w", kVector).memory.data());
  Executor executor(*program, good, lanes);
  for (const double value : {3.0, 5.0, 7.0}) {
    Buffer fed(64);
    NdArray(kVector, std::vector<double>(16, value)).store(fed.data());
    executor.bind_input("x", fed.data());
    executor.run();
    EXPECT_EQ(executor.scalar("y"), -2 * value);
    EXPECT_EQ(executor.array("n").values[0], value);
  }
}

TEST(RunReference, NamesWhatIsNotGiven) {
  Graph graph(test_ops());
  graph.set_output("y", neg(graph.input("x", kVector)));
  EXPECT_THROW(run_reference(graph, {}, {}), InternalError);
  EXPECT_THROW(run_reference(graph, {{"x", NdArray(Type{})}}, {}), InternalError);
}

}  // namespace
}  // namespace agon
