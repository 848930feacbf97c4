#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/executor.h"
#include "engine/runtime/variables.h"
#include "ops/conv/conv2d.h"
#include "ops/conv/winograd/tile_matrices.h"
#include "ops/conv/winograd/winograd.h"
#include "tests/ops/harness_checks.h"

namespace agon::op_cases {
namespace {

/// The largest |F(m, r) - correlation| for tiles and taps that are unit vectors: all there is to
/// know of something bilinear.
template <int kM, int kR>
double largest_error() {
  constexpr auto& kTile = kTileMatrices<kM, kR>;
  double largest = 0;
  for (int pixel = 0; pixel < kTile.n; ++pixel) {
    for (int tap = 0; tap < kR; ++tap) {
      for (int i = 0; i < kM; ++i) {
        double y = 0;
        for (int j = 0; j < kTile.n; ++j)
          y += kTile.at.v[i][j] * kTile.g.v[j][tap] * kTile.bt.v[j][pixel];
        largest = std::max(largest, std::abs(y - (pixel == i + tap ? 1 : 0)));
      }
    }
  }
  return largest;
}

TEST(Winograd, MatricesMakeACorrelation) {
  EXPECT_LT((largest_error<2, 2>()), 1e-14);
  EXPECT_LT((largest_error<4, 2>()), 1e-14);
  EXPECT_LT((largest_error<2, 3>()), 1e-14);
  EXPECT_LT((largest_error<4, 3>()), 1e-14);
}

struct Geometry {
  std::string label;
  std::int64_t n, h, w, c, o;
  std::int64_t kernel, stride;
  std::int64_t top, left, bottom, right;
};

/// Whatever cannot come out even, and every number of channels that vectors treat apart. Tiles cost
/// too much in most of these: here they are taken all the same.
std::vector<Geometry> geometries() {
  std::vector<Geometry> all = {
      {"faces", 3, 16, 16, 64, 96, 4, 2, 1, 1, 1, 1},
      {"small_tiles", 2, 12, 12, 32, 48, 4, 2, 1, 1, 1, 1},
      {"one_tile", 16, 8, 8, 40, 33, 4, 2, 1, 1, 1, 1},
      {"one_pixel", 2, 4, 4, 17, 5, 4, 2, 0, 0, 0, 0},
      {"odd_sizes", 2, 17, 23, 19, 33, 4, 2, 1, 1, 1, 1},
      {"odd_padding", 2, 15, 18, 35, 20, 4, 2, 0, 2, 1, 3},
      {"wide_padding", 2, 11, 10, 33, 36, 4, 2, 3, 4, 5, 3},
      {"beyond_the_kernel", 1, 5, 6, 18, 16, 4, 2, 6, 5, 7, 8},
      {"unread_edge", 2, 13, 15, 32, 32, 4, 2, 0, 0, 0, 0},
      {"several_blocks_of_the_sum", 2, 8, 8, 200, 20, 4, 2, 1, 1, 1, 1},
      {"windows_in_parts", 1, 6, 6, 520, 33, 4, 2, 1, 1, 1, 1},
      {"gradients_in_parts", 1, 6, 6, 33, 520, 4, 2, 1, 1, 1, 1},
      {"several_chunks", 9, 32, 32, 40, 24, 4, 2, 1, 1, 1, 1},
      {"k3", 2, 14, 12, 48, 64, 3, 1, 1, 1, 1, 1},
      {"k3_odd", 2, 13, 9, 70, 33, 3, 1, 1, 0, 2, 1},
      {"k3_stride2", 2, 13, 10, 20, 33, 3, 2, 1, 1, 1, 0},
      {"k5_stride2", 2, 14, 14, 24, 40, 5, 2, 2, 2, 2, 2},
      {"k5_stride2_odd", 2, 15, 17, 33, 20, 5, 2, 1, 2, 2, 3},
      {"k7_stride3", 1, 17, 19, 16, 18, 7, 3, 2, 3, 1, 0},
      {"k3x4", 2, 12, 11, 9, 10, 34, 2, 1, 1, 1, 1},
  };
  for (std::int64_t c = 1; c <= 70; c += c < 18 ? 1 : 9)
    all.push_back({"channels", 1, 9, 7, c, 71 - c, 4, 2, 1, 1, 1, 1});
  return all;
}

using Prepare = Candidate (*)(const Node& node, WinogradTiles tiles, double most_cost);
struct Trial {
  Case c;
  Prepare prepare;
};

/// The convolution and its gradients.
std::vector<Trial> trials(const Geometry& g) {
  Conv2dAttrs a{.stride_h = g.stride,
                .stride_w = g.stride,
                .pad_top = g.top,
                .pad_left = g.left,
                .pad_bottom = g.bottom,
                .pad_right = g.right};
  const std::int64_t kh = g.kernel > 9 ? g.kernel / 10 : g.kernel, kw = g.kernel % 10;
  const std::int64_t oh = (g.h + g.top + g.bottom - kh) / g.stride + 1;
  const std::int64_t ow = (g.w + g.left + g.right - kw) / g.stride + 1;
  const Input x = f32(g.n, g.h, g.w, g.c), w = f32(g.o, kh, kw, g.c), y = f32(g.n, oh, ow, g.o);
  const auto text = [&](std::int64_t size_h, std::int64_t size_w) {
    a.size_h = size_h;
    a.size_w = size_w;
    return Attrs(a).text();
  };
  std::vector<Trial> made(3);
  made[0] = {{.op = "conv2d", .inputs = {x, w}, .attrs = text(0, 0), .reduces = kh * kw * g.c},
             prepare_conv2d_winograd};
  made[1] = {{.op = "conv2d_input_grad",
              .inputs = {y, w},
              .attrs = text(g.h, g.w),
              .reduces = kh * kw * g.o / (g.stride * g.stride)},
             prepare_input_grad_winograd};
  made[2] = {{.op = "conv2d_weight_grad",
              .inputs = {x, y},
              .attrs = text(kh, kw),
              .reduces = g.n * oh * ow},
             prepare_weight_grad_winograd};
  for (Trial& trial : made) trial.c.label = g.label;
  return made;
}

/// What tiles of a kind give, with NaNs in scratch and result before and something beside the
/// result that must stay.
std::vector<float> run_tiles(const Trial& trial, WinogradTiles tiles) {
  const CaseGraph made = build(trial.c);
  std::vector<Buffer> memory;
  std::vector<const void*> in;
  for (const auto& [name, array] : draw_inputs(trial.c)) {
    memory.emplace_back(array.type.bytes());
    array.store(memory.back().data());
    in.push_back(memory.back().data());
  }
  const auto count = static_cast<std::size_t>(made.node->out_type().shape.elements());
  constexpr std::size_t kBeside = 64;
  std::vector<float> result(count + 2 * kBeside, std::nanf(""));
  void* out = result.data() + kBeside;
  test_lanes().run([&] {
    const Candidate candidate =
        trial.prepare(*made.node, tiles, std::numeric_limits<double>::infinity());
    ASSERT_TRUE(candidate.kernel) << candidate.refusal;
    const Buffer scratch(candidate.kernel->scratch_bytes());
    std::memset(scratch.data(), 0xFF, candidate.kernel->scratch_bytes());
    candidate.kernel->run({in, {&out, 1}, scratch.data()});
  });
  for (std::size_t i = 0; i < kBeside; ++i) {
    EXPECT_TRUE(std::isnan(result[i])) << "wrote in front of the result";
    EXPECT_TRUE(std::isnan(result[kBeside + count + i])) << "wrote behind the result";
  }
  return {result.begin() + kBeside, result.end() - kBeside};
}

/// Rms error of a sum of `terms` fused multiply-adds in float32, relative to the rms of the sum:
/// each addition rounds its partial sum by 2^-24 / sqrt(3) rms of a term sqrt(k), which adds up to
/// 2^-24 sqrt(terms / 6); the transforms round a few times more however short the sum.
double plain_rms(std::int64_t terms) {
  return 0x1p-24 * std::sqrt(static_cast<double>(terms + 6) / 6);
}

double rms_error(const std::vector<float>& got, const NdArray& expected) {
  double error = 0, square = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double want = expected.values[i];
    error += (got[i] - want) * (got[i] - want);
    square += want * want;
  }
  return std::sqrt(error / square);
}

TEST(Winograd, RoundsAsDeclaredWhateverTheGeometry) {
  double worst[2] = {};
  for (const Geometry& geometry : geometries()) {
    for (const Trial& trial : trials(geometry)) {
      const CaseGraph made = build(trial.c);
      const auto expected = run_reference(*made.graph, draw_inputs(trial.c), {}).at("y0");
      for (const WinogradTiles tiles : {WinogradTiles::Exact, WinogradTiles::Any}) {
        const double factor = tiles == WinogradTiles::Exact ? kExactWinogradError : kWinogradError;
        const double ratio =
            rms_error(run_tiles(trial, tiles), expected) / plain_rms(trial.c.reduces);
        EXPECT_LE(ratio, factor) << trial.c.op << " " << geometry.label << " of " << geometry.c
                                 << " channels, tiles " << static_cast<int>(tiles);
        worst[static_cast<int>(tiles)] = std::max(worst[static_cast<int>(tiles)], ratio);
      }
    }
  }
  EXPECT_GT(worst[1], worst[0]) << "both kinds of tiles round alike: are they the same?";
}

TEST(Winograd, GivesTheSameBitsOnEveryProcessor) {
  const std::int64_t all = hwy::SupportedTargets();
  if ((all & HWY_AVX3) == 0) GTEST_SKIP() << "needs a processor with AVX-512";
  const auto as = [](std::int64_t targets) {
    hwy::SetSupportedTargetsForTest(targets);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  };
  for (const Geometry& geometry : geometries()) {
    for (const Trial& trial : trials(geometry)) {
      const std::vector<float> wide = run_tiles(trial, WinogradTiles::Any);
      as(HWY_AVX2 | HWY_SCALAR);
      const std::vector<float> narrow = run_tiles(trial, WinogradTiles::Any);
      as(0);
      EXPECT_EQ(wide, narrow) << trial.c.op << " " << geometry.label;
    }
  }
}

}  // namespace
}  // namespace agon::op_cases
