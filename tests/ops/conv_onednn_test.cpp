#include <gtest/gtest.h>

#include "engine/runtime/cpu/onednn.h"

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

}  // namespace
}  // namespace agon
