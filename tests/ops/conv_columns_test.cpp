#include <gtest/gtest.h>
#include <hwy/targets.h>

#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/kernel.h"
#include "engine/runtime/variables.h"
#include "ops/conv/column_sum.h"
#include "tests/ops/as_target.h"
#include "tests/ops/harness_checks.h"

namespace agon::op_cases {
namespace {

template <class Work>
auto as_target(std::int64_t targets, Work work) {
  const As target(targets);
  return work();
}

/// What the kernel "own:..." gives; nothing where it refuses.
std::vector<char> run_columns(const Case& c, const KernelDef& def) {
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
  bool accepted = false;
  test_lanes().run([&] {
    const Candidate candidate = def.prepare(*made.node);
    if (!candidate.kernel) return;
    accepted = true;
    const Buffer scratch(candidate.kernel->scratch_bytes());
    candidate.kernel->run({in, {&out, 1}, scratch.data()});
  });
  return accepted ? bytes : std::vector<char>();
}

TEST(Columns, GiveTheSameBitsWithShorterVectors) {
  const std::int64_t all = hwy::SupportedTargets();
  if ((all & HWY_AVX3) == 0) GTEST_SKIP() << "needs a processor with AVX-512";
  int compared = 0;
  for (const Case& c : all_cases()) {
    for (const KernelDef& def : all_kernels().candidates(c.op)) {
      if (def.name != "own:conv2d_columns" && def.name != "own:conv2d_input_grad_columns") continue;
      const auto run = [&] { return run_columns(c, def); };
      const auto long_vectors = as_target(all, run), short_vectors = as_target(HWY_AVX2, run);
      EXPECT_EQ(long_vectors, short_vectors) << c.op << " " << c.label;
      compared += !long_vectors.empty();
    }
  }
  EXPECT_GE(compared, 20);
}

/// Two pixels of runs [1 2 3] and [10 20 30], two apart, the first at -1: [2, 3 + 10, 20, 30, 0].
TEST(Columns, AreAddedUpWhereTheyBelong) {
  if (!ColumnSum::available()) GTEST_SKIP() << "needs AVX2";
  const float columns[] = {1, 2, 3, 0, 10, 20, 30, 0};
  const float more[] = {100, 100, 100, 0, 0, 0, 1000, 0};
  const ColumnSum sum({.pixels = 2, .pitch = 4, .run = 3, .step = 2, .left = 1, .row = 5});
  float to[6] = {-1, -1, -1, -1, -1, -7};
  const float* rows[] = {columns, more};
  sum.add_up(rows, 1, to);
  EXPECT_EQ(std::vector<float>(to, to + 6), (std::vector<float>{2, 13, 20, 30, 0, -7}));
  sum.add_up(rows, 2, to);
  EXPECT_EQ(std::vector<float>(to, to + 6), (std::vector<float>{102, 113, 20, 1030, 0, -7}));
  sum.add_up(rows, 0, to);
  EXPECT_EQ(std::vector<float>(to, to + 6), (std::vector<float>{0, 0, 0, 0, 0, -7}));
}

}  // namespace
}  // namespace agon::op_cases
