#include <gtest/gtest.h>

#include <algorithm>

#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/cpu/onednn.h"
#include "engine/runtime/kernel.h"
#include "ops/conv/conv2d.h"
#include "tests/ops/harness_checks.h"

namespace agon {
namespace {

// Kernels refuse what this names; that the layers trained with are not refused is said in the
// cases (`accepts`).
TEST(OnednnFallBacks, AreKnownByName) {
  for (const char* slow : {"ref:any", "ref", "x8s8s32x:ref:any"})
    EXPECT_TRUE(onednn::is_reference(slow)) << slow;
  for (const char* fast : {"jit:avx512_core", "brgconv:avx512_core", "brg:avx512_core", "gemm:jit",
                           "jit_1x1:avx512_core", "brgconv_1x1:avx512_core"})
    EXPECT_FALSE(onednn::is_reference(fast)) << fast;
}

TEST(OnednnLayouts, AreNamedAsOnednnWritesThem) {
  using dnnl::memory;
  const auto text = [](const memory::dims& sizes, memory::format_tag tag) {
    return onednn::layout_text({sizes, memory::data_type::f32, tag});
  };
  EXPECT_EQ(text({64, 32, 5, 5}, memory::format_tag::abcd), "abcd");
  EXPECT_EQ(text({64, 32, 5, 5}, memory::format_tag::acdb), "acdb");
  EXPECT_EQ(text({64, 32, 5, 5}, memory::format_tag::Acdb16a), "Acdb16a");
  EXPECT_EQ(text({64, 32, 5, 5}, memory::format_tag::ABcd16b16a), "ABcd16b16a");
}

/// A kernel's reorders are told: at most one copy of the weights, and pictures never.
TEST(OnednnConvolutions, TellWhatTheyReorder) {
  int reordered = 0;
  for (const op_cases::Case& c : op_cases::all_cases()) {
    if (!c.op.starts_with("conv2d") || c.op.ends_with("bf16") || c.gradients) continue;
    const op_cases::CaseGraph made = op_cases::build(c);
    const Node& node = *made.node;
    const Type& weights = node.is("conv2d_weight_grad") ? node.out_type() : node.in(1).type();
    for (const KernelDef& def : op_cases::all_kernels().candidates(c.op)) {
      if (def.name != "onednn:" + c.op) continue;
      auto candidate = Candidate::refused("");
      op_cases::test_lanes().run([&] { candidate = def.prepare(node); });
      if (!candidate.kernel) continue;
      const KernelFacts facts = candidate.kernel->facts();
      EXPECT_EQ(facts.activation_reorders, 0) << c.op << " " << c.label;
      EXPECT_FALSE(facts.layout.empty()) << c.op << " " << c.label;
      ASSERT_LE(facts.weight_reorders, 1) << c.op << " " << c.label;
      reordered += facts.weight_reorders;
      const std::size_t least = facts.weight_reorders == 1 ? weights.bytes() : 0;
      EXPECT_GE(facts.reordered_bytes, least) << c.op << " " << c.label;
      EXPECT_EQ(facts.reordered_bytes > 0, facts.weight_reorders == 1) << c.op << " " << c.label;
    }
  }
  EXPECT_GT(reordered, 0);
}

/// The layout of the weights of one layer, inside its kernel.
TEST(OnednnConvolutions, NameTheLayoutOfTheirWeights) {
  Graph graph(op_cases::all_ops());
  const Value x = graph.input("x", {DType::F32, {2, 16, 16, 32}});
  const Value w = graph.input("w", {DType::F32, {64, 3, 3, 32}});
  const Value y = conv2d(x, w, {});
  const auto kernels = op_cases::all_kernels().candidates("conv2d");
  const auto def = std::ranges::find(kernels, "onednn:conv2d", &KernelDef::name);
  ASSERT_NE(def, kernels.end());
  op_cases::test_lanes().run([&] {
    const auto candidate = def->prepare(*y.node);
    ASSERT_TRUE(candidate.kernel) << candidate.refusal;
    const KernelFacts facts = candidate.kernel->facts();
    // kept as [o, kh, kw, c], which is acdb in oneDNN's [o, c, kh, kw]
    EXPECT_NE(facts.layout, "acdb");
    EXPECT_EQ(facts.weight_reorders, 1);
    EXPECT_EQ(facts.reordered_bytes, w.type().bytes());
  });
}

}  // namespace
}  // namespace agon
