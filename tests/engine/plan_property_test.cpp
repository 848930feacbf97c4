#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "engine/ir/op_def.h"
#include "engine/ir/print.h"
#include "engine/plan/compile.h"
#include "engine/runtime/executor.h"
#include "tests/engine/random_graph.h"
#include "tests/engine/registry.h"

namespace agon {
namespace {

using Arrays = std::map<std::string, NdArray>;

/// Spoils its outputs and scratch before it computes, so that it is wrong wherever it shares memory
/// that it did not offer to share.
class FragileKernel final : public Kernel {
 public:
  /// `overwrites` is the input that every output may lie over, -1: none.
  FragileKernel(const Node& node, int overwrites)
      : node_(node), kernel_(reference_kernel(node)), overwrites_(overwrites) {
    if (overwrites >= 0) saved_ = Buffer(node.in(overwrites).type().bytes());
  }

  void run(const KernelCall& call) override {
    std::vector<const void*> in(call.in.begin(), call.in.end());
    if (overwrites_ >= 0) {
      const auto i = static_cast<std::size_t>(overwrites_);
      std::memcpy(saved_.data(), in[i], saved_.bytes());
      in[i] = saved_.data();
    }
    for (std::size_t i = 0; i < call.out.size(); ++i)
      std::memset(call.out[i], 0xFF, node_.outputs()[i].bytes());
    std::memset(call.scratch, 0xFF, kScratch);
    kernel_->run({in, call.out, nullptr});
  }
  std::size_t scratch_bytes() const override { return kScratch; }
  bool may_overwrite(int i, int /*o*/) const override { return i == overwrites_; }

 private:
  static constexpr std::size_t kScratch = 100;
  const Node& node_;
  std::unique_ptr<Kernel> kernel_;
  int overwrites_;
  Buffer saved_;
};

KernelRegistry fragile_kernels() {
  KernelRegistry kernels;
  const auto add = [&](const char* op, int overwrites) {
    kernels.add({op, "fragile", [=](const Node& node) -> Candidate {
                   return std::make_unique<FragileKernel>(node, overwrites);
                 }});
  };
  add("add", 1);
  add("mul", -1);
  add("sub", 0);
  add("tanh", 0);
  add("halves", 0);
  add("both", 1);
  return kernels;
}

Arrays drawn_inputs(const Graph& graph, const char* op, int step) {
  Arrays arrays;
  for (const auto& node : graph.nodes()) {
    if (!node->is(op)) continue;
    const auto& leaf = node->attrs_as<LeafAttrs>();
    NdArray array(node->out_type());
    for (std::int64_t i = 0; i < array.size(); ++i)
      array[i] = std::sin(static_cast<double>(i + std::int64_t{7} * step) +
                          static_cast<double>(node->id()));
    array.round_to_type();
    arrays[leaf.name] = array;
  }
  return arrays;
}

void expect_same(const NdArray& got, const NdArray& expected, const std::string& what) {
  ASSERT_EQ(got.type, expected.type) << what;
  for (std::int64_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(std::bit_cast<std::uint64_t>(got[i]), std::bit_cast<std::uint64_t>(expected[i]))
        << what << "[" << i << "]: " << got[i] << " against " << expected[i];
  }
}

/// Runs the program for some steps beside the reference; counts what was planned in place.
struct Tally {
  int over_inputs = 0;
  int seconds_over_inputs = 0;  // of outputs after the first
  int over_variables = 0;
  int copies = 0;
};

void count(const Program& program, Tally& tally) {
  for (const Instruction& instruction : program.instructions) {
    for (std::size_t o = 0; o < instruction.out.size(); ++o) {
      const bool over =
          instruction.out[o].kind == Place::Kind::Arena &&
          std::ranges::find(instruction.in, instruction.out[o]) != instruction.in.end();
      tally.over_inputs += over ? 1 : 0;
      tally.seconds_over_inputs += over && o == 1 ? 1 : 0;
    }
    for (const Place& out : instruction.out)
      tally.over_variables += out.kind == Place::Kind::Variable ? 1 : 0;
  }
  tally.copies += static_cast<int>(program.copies.size());
}

void run_beside_reference(const Graph& graph, const KernelRegistry& kernels,
                          const PlanOptions& options, Lanes& lanes, Tally& tally) {
  std::unique_ptr<const Program> program;
  lanes.run([&] { program = compile(graph.clone(), kernels, options); });
  ASSERT_LE(program->live_bytes, program->arena_bytes);
  count(*program, tally);

  Arrays state = drawn_inputs(graph, "variable", 0);
  Variables variables;
  for (const auto& [name, value] : state) {
    Variables::Variable& made = variables.add(name, value.type);
    value.store(made.memory.data());
  }
  constexpr std::size_t kGuard = 256;
  Buffer arena(program->arena_bytes + kGuard);
  Executor executor(*program, variables, lanes, &arena);
  for (int step = 0; step < 3; ++step) {
    const Arrays inputs = drawn_inputs(graph, "input", step);
    std::vector<Buffer> memory;
    for (const auto& [name, value] : inputs) {
      memory.emplace_back(value.type.bytes());
      value.store(memory.back().data());
      executor.bind_input(name, memory.back().data());
    }
    std::memset(arena.data(), 0xFF, arena.bytes());
    executor.run();
    const char* guard = static_cast<const char*>(arena.data()) + program->arena_bytes;
    for (std::size_t i = 0; i < kGuard; ++i) ASSERT_EQ(guard[i], static_cast<char>(0xFF));
    const Arrays expected = run_reference(graph, inputs, state);
    for (const auto& [name, value] : graph.outputs())
      expect_same(executor.array(name), expected.at(name), name);
    for (const auto& [name, value] : graph.updates()) state[name] = expected.at("update:" + name);
    for (const auto& [name, value] : state)
      expect_same(variables.file_array(*variables.find(name)), value, name);
  }
}

struct Variant {
  const char* name;
  bool fragile;
  bool reference;
  std::vector<std::string> disabled;
};

class PlanProperty : public testing::TestWithParam<Variant> {};

TEST_P(PlanProperty, ProgramsOfRandomGraphsEqualTheReference) {
  const Variant& variant = GetParam();
  const KernelRegistry fragile = fragile_kernels();
  Lanes lanes(2);
  Tally tally;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const auto graph = random_graph(seed);
    for (std::uint64_t shuffle = 0; shuffle < 3; ++shuffle) {
      PlanOptions options{.reference = variant.reference,
                          .disabled_passes = variant.disabled,
                          .after_pass = nullptr,
                          .verify = true,
                          .shuffle = shuffle == 0 ? std::nullopt : std::optional(shuffle)};
      run_beside_reference(*graph, variant.fragile ? fragile : no_kernels(), options, lanes, tally);
      if (HasFatalFailure())
        FAIL() << "seed " << seed << ", shuffle " << shuffle << "\n" << to_text(*graph);
    }
  }
  // what the test is about must have happened
  EXPECT_EQ(tally.over_inputs > 100, !variant.reference) << tally.over_inputs;
  EXPECT_EQ(tally.seconds_over_inputs > 20, !variant.reference) << tally.seconds_over_inputs;
  EXPECT_EQ(tally.over_variables > 100, !variant.reference) << tally.over_variables;
  EXPECT_GT(tally.copies, 50);
}

INSTANTIATE_TEST_SUITE_P(
    Variants, PlanProperty,
    testing::Values(Variant{"plain", false, false, {}}, Variant{"fragile", true, false, {}},
                    Variant{"without_passes",
                            true,
                            false,
                            {"simplify", "fold_constants", "eliminate_common_subexpressions"}},
                    Variant{"reference", false, true, {}}),
    [](const auto& variant) { return std::string(variant.param.name); });

}  // namespace
}  // namespace agon
