#pragma once
#include <cstddef>
#include <vector>

#include "engine/runtime/kernel.h"
#include "ops/conv/winograd/phases.h"
#include "ops/conv/winograd/transforms.h"
#include "ops/gemm/gemm.h"

namespace agon {

/// conv2d and conv2d_input_grad by tiles: V = input transform of the pixels, U = transform of the
/// taps, M = V U for each of the n x n positions, output transform of M.
///
/// Pictures are taken in chunks of tiles whose V stays in the caches. A task then owns some tiles
/// and some channels of the result; its M never leaves the second cache. U is made once where many
/// tasks need it, else by each task, piece by piece: it is n^2 / r^2 times as large as the weights.
class WinogradPicture final : public Kernel {
 public:
  enum class Direction { Forward, InputGrad };
  WinogradPicture(const PhaseConvolution& conv, Direction direction);

  void run(const KernelCall& call) override;
  std::size_t scratch_bytes() const override;
  KernelFacts facts() const override;

 private:
  /// A product: windows of the picture side by side are the rows of V. All phases are summed in one
  /// going forward; each phase of a gradient is one of its own.
  struct Stage {
    std::vector<std::int64_t> phases;
    std::vector<TilePixels> windows;  // for each phase
    TilePixels result;
  };
  /// Channels [channel, channel + count) of one window, at `at` of block `block` of the sum.
  struct Run {
    std::size_t window;
    std::int64_t channel, count, block, at;
  };
  struct Channels {
    std::int64_t first, count;
  };
  struct Task {
    std::size_t stage;
    std::int64_t first;              // tile of the chunk
    std::int64_t tile, tiles;        // in the chunk
    std::int64_t channel, channels;  // of the result
    float* lane;
  };

  void plan_sum();
  void plan_blocks();
  void plan_memory();
  void transform_windows(const KernelCall& call, std::int64_t first, std::int64_t tiles) const;
  void transform_windows_of(const KernelCall& call, std::size_t stage, std::int64_t first,
                            std::int64_t tile) const;
  void transform_all_weights(const KernelCall& call) const;
  void transform_weights(const KernelCall& call, std::int64_t phase, Channels from, Channels to,
                         float* u, float* taps) const;
  void multiply(const KernelCall& call, const Task& task) const;
  void multiply_in_pieces(const KernelCall& call, const Task& task) const;
  void store(const KernelCall& call, const Task& task) const;

  PhaseConvolution conv_;
  Direction direction_;
  const TileTransforms* transforms_;
  const GemmFunctions* gemm_;
  TileGrid grid_;
  std::vector<Stage> stages_;
  std::int64_t from_channels_, to_channels_;
  std::int64_t positions_;

  // the sum over channels and phases
  std::vector<Run> runs_;
  std::vector<std::int64_t> block_widths_;
  std::int64_t width_ = 0, sum_ = 0;  // floats of a row of V in one block; terms in all

  std::int64_t chunk_ = 0;  // tiles whose V exists at once
  std::int64_t task_tiles_ = 0, task_channels_ = 0;
  bool weights_once_ = false;

  // strides and offsets in floats: V [stage][position][block][tile][term], U
  // [stage][position][panel][term][column], M [position][tile][channel]
  std::int64_t v_block_ = 0, v_position_ = 0, u_panel_ = 0, u_position_ = 0, m_position_ = 0;
  std::int64_t lane_m_ = 0, lane_u_ = 0, lane_taps_ = 0, lane_unread_ = 0, lane_floats_ = 0;
  std::int64_t outside_ = 0, v_ = 0, u_ = 0, lanes_ = 0, scratch_floats_ = 0;
};

}  // namespace agon
