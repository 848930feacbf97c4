#include <gtest/gtest.h>

#include <set>

#include "engine/ir/op_def.h"
#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/kernel.h"
#include "engine/runtime/variables.h"
#include "tests/ops/as_target.h"
#include "tests/ops/harness_checks.h"

namespace agon::op_cases {
namespace {

/// As the pass `fuse` leaves it.
Case as_run(const Case& c) {
  return all_ops().at(c.op).is_pointwise ? as_fused(c) : c;
}

std::vector<char> run_first_kernel(const Case& of) {
  const Case c = as_run(of);
  const CaseGraph made = build(c);
  std::vector<Buffer> memory;
  std::vector<const void*> in;
  for (const auto& [name, array] : draw_inputs(c)) {
    memory.emplace_back(array.type.bytes());
    array.store(memory.back().data());
    in.push_back(memory.back().data());
  }
  std::vector<char> bytes(made.node->out_type().bytes());
  void* out = bytes.data();
  test_lanes().run([&] {
    const Candidate candidate = all_kernels().candidates(c.op)[0].prepare(*made.node);
    if (!candidate.kernel) return;
    const Buffer scratch(candidate.kernel->scratch_bytes());
    candidate.kernel->run({in, {&out, 1}, scratch.data()});
  });
  return bytes;
}

TEST(VectorTargets, GiveTheSameBits) {
  const std::int64_t all = hwy::SupportedTargets();
  if ((all & HWY_AVX3) == 0) GTEST_SKIP() << "needs a processor with AVX-512";
  const std::set<std::string> ops = {"add",
                                     "sub",
                                     "mul",
                                     "div",
                                     "pow",
                                     "min",
                                     "max",
                                     "less",
                                     "equal",
                                     "where",
                                     "exp",
                                     "log",
                                     "sqrt",
                                     "tanh",
                                     "erf",
                                     "sigmoid",
                                     "softplus",
                                     "floor",
                                     "relu",
                                     "leaky_relu",
                                     "elu",
                                     "selu",
                                     "gelu",
                                     "silu",
                                     "sum",
                                     "reduce_max",
                                     "random_uniform",
                                     "random_normal",
                                     "matmul",
                                     "sin",
                                     "cos"};
  int compared = 0;
  for (const Case& c : all_cases()) {
    if (!ops.contains(c.op)) continue;
    std::vector<char> wide, narrow;
    {
      const As avx512(all);
      wide = run_first_kernel(c);
    }
    {
      const As avx2(HWY_AVX2 | HWY_SCALAR);
      narrow = run_first_kernel(c);
    }
    EXPECT_EQ(wide, narrow) << c.op << "_" << c.label;
    ++compared;
  }
  EXPECT_GT(compared, 200);
}

TEST(VectorTargets, WithoutAvx2KernelsRefuse) {
  const As scalar(HWY_SCALAR);
  int refused = 0;
  for (const Case& c : all_cases()) {
    if (c.op != "exp" && c.op != "sum" && c.op != "random_normal") continue;
    const CaseGraph made = build(as_run(c));
    test_lanes().run([&] {
      const Candidate candidate =
          all_kernels().candidates(made.node->op().name)[0].prepare(*made.node);
      EXPECT_FALSE(candidate.kernel);
      refused += candidate.refusal == "needs a processor with AVX2" ? 1 : 0;
    });
  }
  EXPECT_GT(refused, 20);
}

}  // namespace
}  // namespace agon::op_cases
