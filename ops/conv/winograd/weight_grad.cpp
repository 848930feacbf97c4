#include "ops/conv/winograd/weight_grad.h"

#include <algorithm>

#include "engine/runtime/cpu/lanes.h"
#include "ops/conv/winograd/blocking.h"

namespace agon {

using namespace winograd;

namespace {
constexpr std::int64_t kChunkFloats = std::int64_t{1} << 21;  // of V and E
/// Channels of x and of dy that a task owns at most.
constexpr std::int64_t kTaskChannels = 64;
}  // namespace

WinogradWeightGrad::WinogradWeightGrad(const PhaseConvolution& conv)
    : conv_(conv),
      transforms_(find_tile_transforms(conv.m, conv.r)),
      gemm_(find_gemm()),
      grid_(conv.output_grid()),
      channels_(conv.x[3]),
      filters_(conv.y[3]),
      positions_(std::int64_t{conv.n()} * conv.n()) {
  plan_blocks();
  plan_memory();
}

void WinogradWeightGrad::plan_blocks() {
  // smaller blocks only where there would be too few for the lanes: each reads all of E or V again
  std::int64_t most_channels = kTaskChannels, most_filters = kTaskChannels;
  const auto tasks = [&] {
    return conv_.phases() * divide_up(channels_, most_channels) * divide_up(filters_, most_filters);
  };
  while (tasks() < std::int64_t{2} * lane_count() && most_filters > kLine) {
    if (most_channels >= most_filters && most_channels > kPanelColumns) {
      most_channels /= 2;
    } else {
      most_filters /= 2;
    }
  }
  task_channels_ = round_up(even_blocks(channels_, most_channels), kPanelColumns);
  task_filters_ = round_up(even_blocks(filters_, most_filters), kLine);
  channel_blocks_ = divide_up(channels_, task_channels_);
  filter_blocks_ = divide_up(filters_, task_filters_);
  const std::int64_t sums = positions_ * conv_.phases() * channels_ * filters_;
  const std::int64_t tile_floats = positions_ * (conv_.phases() * channels_ + filters_);
  // what the tiles of a chunk take is at least what passing dU to the next chunk costs
  chunk_ = even_blocks(grid_.tiles(),
                       std::max<std::int64_t>(1, std::max(kChunkFloats, sums) / tile_floats));
  one_chunk_ = chunk_ == grid_.tiles();
}

void WinogradWeightGrad::plan_memory() {
  v_position_ = spread(chunk_ * kPanelColumns);
  v_panel_ = positions_ * v_position_;
  v_phase_ = divide_up(channels_, kPanelColumns) * v_panel_;
  e_position_ = spread(chunk_ * task_filters_);
  e_block_ = positions_ * e_position_;
  u_position_ = spread(task_filters_ * task_channels_);
  u_task_ = positions_ * u_position_;
  unread_lane_ = spread(channels_);
  const std::int64_t tasks = conv_.phases() * channel_blocks_ * filter_blocks_;
  Layout layout;
  outside_ = layout.take(std::max(channels_, filters_));
  v_ = layout.take(conv_.phases() * v_phase_);
  e_ = layout.take(filter_blocks_ * e_block_);
  u_ = layout.take((one_chunk_ ? lane_count() : tasks) * u_task_);
  unread_ = layout.take(lane_count() * unread_lane_);
  scratch_floats_ = layout.floats();
}

std::size_t WinogradWeightGrad::scratch_bytes() const {
  return static_cast<std::size_t>(scratch_floats_) * sizeof(float);
}

void WinogradWeightGrad::run(const KernelCall& call) {
  auto* const scratch = static_cast<float*>(call.scratch);
  std::fill_n(scratch + outside_, std::max(channels_, filters_), 0.0f);
  const std::int64_t tasks = conv_.phases() * channel_blocks_ * filter_blocks_;
  for (std::int64_t first = 0; first < grid_.tiles(); first += chunk_) {
    const std::int64_t tiles = std::min(chunk_, grid_.tiles() - first);
    transform_chunk(call, first, tiles);
    parallel_for(tasks, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const Task owned = task(i, scratch);
        multiply(owned, scratch, tiles, first > 0);
        if (first + tiles == grid_.tiles()) store(owned, call.output<float>());
      }
    });
  }
}

WinogradWeightGrad::Task WinogradWeightGrad::task(std::int64_t index, float* scratch) const {
  const std::int64_t filter = index % filter_blocks_ * task_filters_;
  const std::int64_t channel = index / filter_blocks_ % channel_blocks_ * task_channels_;
  return {index / filter_blocks_ / channel_blocks_,
          channel,
          std::min(task_channels_, channels_ - channel),
          filter,
          std::min(task_filters_, filters_ - filter),
          scratch + u_ + (one_chunk_ ? current_lane() : index) * u_task_,
          scratch + unread_ + current_lane() * unread_lane_};
}

void WinogradWeightGrad::transform_chunk(const KernelCall& call, std::int64_t first,
                                         std::int64_t tiles) const {
  const std::int64_t floats = positions_ * (conv_.phases() * channels_ + filters_);
  parallel_for(tiles, std::max<std::int64_t>(1, kGrain / floats),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t tile = begin; tile < end; ++tile) {
                   transform_windows(call, first, tile);
                   transform_grads(call, first, tile);
                 }
               });
}

void WinogradWeightGrad::transform_windows(const KernelCall& call, std::int64_t first,
                                           std::int64_t tile) const {
  auto* const scratch = static_cast<float*>(call.scratch);
  const float* pixels[kMostPositions];
  float* out[kMostPositions];
  for (std::int64_t phase = 0; phase < conv_.phases(); ++phase) {
    conv_.window_pixels(phase).addresses<const float>(call.input<float>(0), grid_.at(first + tile),
                                                      scratch + outside_, pixels);
    float* const v = scratch + v_ + phase * v_phase_ + tile * kPanelColumns;
    for (std::int64_t i = 0; i < positions_; ++i) out[i] = v + i * v_position_;
    transforms_->input({pixels, out, channels_, v_panel_});
  }
}

void WinogradWeightGrad::transform_grads(const KernelCall& call, std::int64_t first,
                                         std::int64_t tile) const {
  auto* const scratch = static_cast<float*>(call.scratch);
  const float* pixels[kMostPositions];
  float* out[kMostPositions];
  conv_.output_pixels().addresses<const float>(call.input<float>(1), grid_.at(first + tile),
                                               scratch + outside_, pixels);
  for (std::int64_t filter = 0; filter < filters_; filter += task_filters_) {
    float* const e = scratch + e_ + filter / task_filters_ * e_block_ + tile * task_filters_;
    for (std::int64_t i = 0; i < positions_; ++i) out[i] = e + i * e_position_;
    transforms_->output_grad(
        {pixels, out, std::min(task_filters_, filters_ - filter), kPanelColumns});
    for (int i = 0; i < conv_.m * conv_.m; ++i) pixels[i] += task_filters_;
  }
}

void WinogradWeightGrad::multiply(const Task& task, float* scratch, std::int64_t tiles,
                                  bool more) const {
  const float* const v =
      scratch + v_ + task.phase * v_phase_ + task.channel / kPanelColumns * v_panel_;
  const float* const e = scratch + e_ + task.filter / task_filters_ * e_block_;
  for (std::int64_t i = 0; i < positions_; ++i) {
    gemm_->multiply({task.filters, task.channels, tiles},
                    GemmLeft::columns(e + i * e_position_, task_filters_),
                    {v + i * v_position_, kPanelColumns, v_panel_},
                    {task.sums + i * u_position_, task_channels_}, more);
  }
}

void WinogradWeightGrad::store(const Task& task, float* dw) const {
  const std::int64_t area = conv_.w[1] * conv_.w[2];
  const float* in[kMostPositions];
  float* out[kMostPositions];
  for (std::int64_t filter = 0; filter < task.filters; ++filter) {
    for (std::int64_t i = 0; i < positions_; ++i)
      in[i] = task.sums + i * u_position_ + filter * task_channels_;
    for (int i = 0; i < conv_.r * conv_.r; ++i) {
      const std::int64_t tap = conv_.tap(task.phase, i / conv_.r, i % conv_.r);
      out[i] = tap < 0 ? task.unread
                       : dw + ((task.filter + filter) * area + tap) * channels_ + task.channel;
    }
    transforms_->weight_grad({in, out, task.channels, kPanelColumns});
  }
}

KernelFacts WinogradWeightGrad::facts() const {
  const TileFlops each = tile_flops(conv_.m, conv_.r);
  const auto tiles = static_cast<double>(grid_.tiles());
  const auto channels = static_cast<double>(conv_.phases() * channels_);
  const auto filters = static_cast<double>(filters_);
  return {.flops = tiles * (2 * static_cast<double>(positions_) * channels * filters +
                            each.input * channels + each.output_grad * filters) +
                   each.weight_grad * channels * filters,
          .layout = "winograd"};
}

}  // namespace agon
