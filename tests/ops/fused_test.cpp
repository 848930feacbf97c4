#include "engine/ir/fused.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cstring>

#include "engine/base/philox.h"
#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/kernel.h"
#include "engine/runtime/variables.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "tests/ops/as_target.h"
#include "tests/ops/fused_bodies.h"
#include "tests/ops/harness_checks.h"

namespace agon::op_cases {
namespace {

using Bytes = std::vector<char>;

/// A kernel of op fused with memory for its inputs; outputs may lie over inputs.
class Bench {
 public:
  explicit Bench(const Case& c) : made_(build(c)) {
    for (const auto& [name, array] : draw_inputs(c)) {
      memory_.emplace_back(array.type.bytes());
      array.store(memory_.back().data());
      in_.push_back(memory_.back().data());
    }
  }

  /// over[o]: the input that output o lies over, or -1.
  std::vector<Bytes> run(const std::vector<int>& over) {
    std::vector<void*> out;
    std::vector<Bytes> results;
    for (std::size_t o = 0; o < over.size(); ++o) {
      memory_.emplace_back(made_.node->outputs()[o].bytes());
      out.push_back(over[o] < 0 ? memory_.back().data()
                                : const_cast<void*>(in_[static_cast<std::size_t>(over[o])]));
    }
    test_lanes().run([&] {
      const Candidate candidate = all_kernels().candidates("fused")[0].prepare(*made_.node);
      ASSERT_TRUE(candidate.kernel) << candidate.refusal;
      for (std::size_t o = 0; o < over.size(); ++o) {
        if (over[o] >= 0) {
          EXPECT_TRUE(candidate.kernel->may_overwrite(over[o], static_cast<int>(o)));
        }
      }
      const Buffer scratch(candidate.kernel->scratch_bytes());
      candidate.kernel->run({in_, out, scratch.data()});
    });
    for (std::size_t o = 0; o < over.size(); ++o) {
      results.emplace_back(made_.node->outputs()[o].bytes());
      std::memcpy(results.back().data(), out[o], results.back().size());
    }
    return results;
  }

 private:
  CaseGraph made_;
  std::vector<Buffer> memory_;
  std::vector<const void*> in_;
};

const Case& case_named(const std::string& label) {
  for (const Case& c : all_cases()) {
    if (c.op == "fused" && c.label == label) return c;
  }
  throw std::out_of_range(label);
}

TEST(FusedKernel, AdamWritesWeightsAndMomentsInPlaceAtOnce) {
  const Case& c = case_named("adam");
  const auto apart = Bench(c).run({-1, -1, -1});
  EXPECT_EQ(Bench(c).run({0, 2, 3}), apart);
}

TEST(FusedKernel, RefusesToWriteOverWhatIsStillRead) {
  const CaseGraph made = build(case_named("adam"));
  test_lanes().run([&] {
    const Candidate candidate = all_kernels().candidates("fused")[0].prepare(*made.node);
    EXPECT_FALSE(candidate.kernel->may_overwrite(0, 1));  // w is read after m is written
    EXPECT_FALSE(candidate.kernel->may_overwrite(4, 0));  // a number for all elements
  });
}

TEST(FusedKernel, GivesTheSameBitsOnEveryTarget) {
  const std::int64_t all = hwy::SupportedTargets();
  if ((all & HWY_AVX3) == 0) GTEST_SKIP() << "needs a processor with AVX-512";
  int compared = 0;
  for (const Case& c : all_cases()) {
    if (c.op != "fused" || c.accepts != std::vector<std::string>{"cpu:fused"}) continue;
    const std::vector<int> apart(build(c).node->outputs().size(), -1);
    std::vector<Bytes> wide, narrow;
    {
      const As avx512(all);
      wide = Bench(c).run(apart);
    }
    {
      const As avx2(HWY_AVX2 | HWY_SCALAR);
      narrow = Bench(c).run(apart);
    }
    EXPECT_EQ(wide, narrow) << c.label;
    ++compared;
  }
  EXPECT_GE(compared, 20);
}

}  // namespace
}  // namespace agon::op_cases
