#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "engine/ir/op_def.h"
#include "engine/ir/print.h"
#include "engine/plan/compile.h"
#include "engine/runtime/executor.h"
#include "tests/engine/arrays.h"
#include "tests/engine/fragile_kernel.h"
#include "tests/engine/random_graph.h"
#include "tests/engine/registry.h"

namespace agon {
namespace {

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

  Arrays state = drawn_arrays(graph, "variable", 0);
  Variables variables;
  for (const auto& [name, value] : state) {
    Variables::Variable& made = variables.add(name, value.type);
    value.store(made.memory.data());
  }
  constexpr std::size_t kGuard = 256;
  Arena arena(program->arena_bytes + kGuard);
  Executor executor(*program, variables, lanes, &arena);
  for (int step = 0; step < 3; ++step) {
    const Arrays inputs = drawn_arrays(graph, "input", step);
    std::vector<Buffer> memory;
    for (const auto& [name, value] : inputs) {
      memory.emplace_back(value.type.bytes());
      value.store(memory.back().data());
      executor.bind_input(name, memory.back().data());
    }
    std::memset(arena.host.data(), 0xFF, arena.host.bytes());
    executor.run();
    const char* guard = static_cast<const char*>(arena.host.data()) + program->arena_bytes;
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
