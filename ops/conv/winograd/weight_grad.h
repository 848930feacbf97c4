#pragma once
#include <cstddef>

#include "engine/runtime/kernel.h"
#include "ops/conv/winograd/phases.h"
#include "ops/conv/winograd/transforms.h"
#include "ops/gemm/gemm.h"

namespace agon {

/// conv2d_weight_grad by tiles: V = input transform of x, E = output transform of dy transposed,
/// dU = E^t V summed over all tiles for each of the n x n positions, dw = weight transform of dU
/// transposed. Tiles are added one after another, so the bits depend on nothing else.
///
/// Tiles are taken in chunks whose V and E stay in the caches. A task owns some channels of x in
/// one phase and some of dy; its dU lies in the second cache, and in memory only between chunks.
class WinogradWeightGrad final : public Kernel {
 public:
  explicit WinogradWeightGrad(const PhaseConvolution& conv);

  void run(const KernelCall& call) override;
  std::size_t scratch_bytes() const override;
  KernelFacts facts() const override;

 private:
  struct Task {
    std::int64_t phase;
    std::int64_t channel, channels;  // of x
    std::int64_t filter, filters;    // channels of dy
    float *sums, *unread;
  };

  void plan_blocks();
  void plan_memory();
  Task task(std::int64_t index, float* scratch) const;
  void transform_chunk(const KernelCall& call, std::int64_t first, std::int64_t tiles) const;
  void transform_windows(const KernelCall& call, std::int64_t first, std::int64_t tile) const;
  void transform_grads(const KernelCall& call, std::int64_t first, std::int64_t tile) const;
  void multiply(const Task& task, float* scratch, std::int64_t tiles, bool more) const;
  void store(const Task& task, float* dw) const;

  PhaseConvolution conv_;
  const TileTransforms* transforms_;
  const GemmFunctions* gemm_;
  TileGrid grid_;
  std::int64_t channels_, filters_;  // of x and dy
  std::int64_t positions_;
  std::int64_t chunk_ = 0;
  std::int64_t task_channels_ = 0, task_filters_ = 0;
  std::int64_t channel_blocks_ = 0, filter_blocks_ = 0;

  // strides and offsets in floats: V [phase][panel][position][tile][column], E
  // [block][position][tile][filter], dU [task][position][filter][channel]
  std::int64_t v_position_ = 0, v_panel_ = 0, v_phase_ = 0, e_position_ = 0, e_block_ = 0;
  std::int64_t u_position_ = 0, u_task_ = 0;
  std::int64_t outside_ = 0, v_ = 0, e_ = 0, u_ = 0, unread_ = 0, unread_lane_ = 0;
  std::int64_t scratch_floats_ = 0;
  bool one_chunk_ = false;
};

}  // namespace agon
