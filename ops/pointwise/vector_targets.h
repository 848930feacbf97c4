// Include before hwy/foreach_target.h. Vector code is compiled for AVX2 and AVX-512 only; what is
// left of the baseline holds a look-up that finds nothing (AGON_VECTOR is 0), so that nothing slow
// or without fused multiply-add is ever chosen.
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL)
#define AGON_VECTOR (HWY_TARGET <= HWY_AVX2)
