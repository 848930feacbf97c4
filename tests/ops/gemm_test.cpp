#include "ops/gemm/gemm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "tests/ops/as_target.h"

namespace agon::op_cases {
namespace {

std::vector<float> numbers(std::int64_t count, unsigned salt) {
  std::vector<float> made(static_cast<std::size_t>(count));
  unsigned state = 12345 + salt;
  for (float& x : made) {
    state = state * 1664525 + 1013904223;
    x = static_cast<float>(state >> 8) / static_cast<float>(1 << 23) - 1;
  }
  return made;
}

struct Sizes {
  GemmSize size;
  std::int64_t slack;  // between rows
};
constexpr Sizes kSizes[] = {
    {{1, 1, 1}, 0},     {{12, 32, 5}, 0},  {{13, 33, 7}, 3},    {{5, 31, 40}, 1},
    {{24, 64, 16}, 0},  {{7, 70, 17}, 2},  {{200, 20, 9}, 0},   {{31, 130, 300}, 5},
    {{16, 784, 33}, 0}, {{12, 8, 513}, 0}, {{193, 65, 257}, 1}, {{3, 100, 0}, 0},
};

/// Operands of one product in every layout.
struct Operands {
  GemmSize size;
  std::int64_t stride_k, stride_m, stride_n;
  std::vector<float> a_rows, a_columns, b_rows, b_columns, c;

  explicit Operands(const Sizes& s)
      : size(s.size),
        stride_k(s.size.k + s.slack),
        stride_m(s.size.m + s.slack),
        stride_n(s.size.n + s.slack),
        a_rows(numbers(size.m * stride_k, 1)),
        a_columns(static_cast<std::size_t>(size.k * stride_m), NAN),
        b_rows(numbers(size.k * stride_n, 2)),
        b_columns(static_cast<std::size_t>(size.n * stride_k), NAN),
        c(numbers(size.m * stride_n, 3)) {
    for (std::int64_t k = 0; k < size.k; ++k) {
      for (std::int64_t i = 0; i < size.m; ++i)
        at(a_columns, k * stride_m + i) = at(a_rows, i * stride_k + k);
      for (std::int64_t j = 0; j < size.n; ++j)
        at(b_columns, j * stride_k + k) = at(b_rows, k * stride_n + j);
    }
  }
  static float& at(std::vector<float>& v, std::int64_t i) { return v[static_cast<std::size_t>(i)]; }

  /// The header's definition; what lies between the rows stays.
  std::vector<float> expected(bool accumulate) {
    std::vector<float> y = c;
    for (std::int64_t i = 0; i < size.m; ++i) {
      for (std::int64_t j = 0; j < size.n; ++j) {
        float sum = accumulate ? at(c, i * stride_n + j) : 0;
        for (std::int64_t k = 0; k < size.k; ++k)
          sum = std::fma(at(a_rows, i * stride_k + k), at(b_rows, k * stride_n + j), sum);
        at(y, i * stride_n + j) = sum;
      }
    }
    return y;
  }
};

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

void check_products(const GemmFunctions& gemm) {
  for (const Sizes& sizes : kSizes) {
    Operands o(sizes);
    std::vector<float> packed(static_cast<std::size_t>(packed_right_floats(o.size.k, o.size.n)));
    std::vector<float> packed_across = packed;
    gemm.pack_right(o.size.k, o.size.n, o.b_rows.data(), o.stride_n, false, packed.data());
    gemm.pack_right(o.size.k, o.size.n, o.b_columns.data(), o.stride_k, true, packed_across.data());
    const GemmLeft lefts[] = {GemmLeft::rows(o.a_rows.data(), o.stride_k),
                              GemmLeft::columns(o.a_columns.data(), o.stride_m)};
    const GemmRight rights[] = {GemmRight::rows(o.b_rows.data(), o.stride_n),
                                GemmRight::packed(packed.data(), o.size.k),
                                GemmRight::packed(packed_across.data(), o.size.k)};
    for (const bool accumulate : {false, true}) {
      const std::vector<float> expected = o.expected(accumulate);
      for (std::size_t l = 0; l < std::size(lefts); ++l) {
        for (std::size_t r = 0; r < std::size(rights); ++r) {
          std::vector<float> y = o.c;
          gemm.multiply(o.size, lefts[l], rights[r], {y.data(), o.stride_n}, accumulate);
          EXPECT_TRUE(same_bits(y, expected))
              << o.size.m << " x " << o.size.n << " x " << o.size.k << ", left " << l << ", right "
              << r << (accumulate ? ", onto" : "");
        }
      }
    }
  }
}

TEST(Gemm, IsOneChainOfAdditionsForEachElement) {
  const std::int64_t all = hwy::SupportedTargets();
  if (find_gemm() == nullptr) GTEST_SKIP() << "needs a processor with AVX2";
  check_products(*find_gemm());
  if ((all & HWY_AVX3) == 0) return;
  const As avx2(HWY_AVX2 | HWY_SCALAR);
  check_products(*find_gemm());
}

TEST(Gemm, IsAbsentWithoutAvx2) {
  const As scalar(HWY_SCALAR);
  EXPECT_EQ(find_gemm(), nullptr);
}

}  // namespace
}  // namespace agon::op_cases
