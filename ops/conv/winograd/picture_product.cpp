#include "ops/conv/winograd/picture_product.h"

#include <algorithm>

#include "engine/runtime/cpu/lanes.h"
#include "ops/conv/winograd/blocking.h"

namespace agon {

using namespace winograd;

namespace {

constexpr std::int64_t kWidth = 512;  // terms of the sum that one product takes at once
constexpr std::int64_t kStep = 64;    // terms for which taps are laid out at once
constexpr std::int64_t kPiece = 128;  // terms for which a task makes U at once
constexpr std::int64_t kTaskChannels = 64;
constexpr std::int64_t kChunkFloats = std::int64_t{1} << 18;  // of V for each lane
/// U is made once for more tasks than this that would need the same of it: below, making it again
/// costs less than writing it to memory and reading it back.
constexpr std::int64_t kTasksMakingWeights = 3;

}  // namespace

WinogradPicture::WinogradPicture(const PhaseConvolution& conv, Direction direction)
    : conv_(conv),
      direction_(direction),
      transforms_(find_tile_transforms(conv.m, conv.r)),
      gemm_(find_gemm()),
      positions_(conv.n() * conv.n()) {
  if (direction == Direction::Forward) {
    grid_ = conv.output_grid();
    Stage all{{}, {}, conv.output_pixels()};
    for (std::int64_t phase = 0; phase < conv.phases(); ++phase) {
      all.phases.push_back(phase);
      all.windows.push_back(conv.window_pixels(phase));
    }
    stages_.push_back(std::move(all));
  } else {
    grid_ = conv.input_grad_grid();
    for (std::int64_t phase = 0; phase < conv.phases(); ++phase) {
      stages_.push_back(
          {{phase}, {conv.input_grad_window_pixels(phase)}, conv.input_grad_pixels(phase)});
    }
  }
  from_channels_ = stages_[0].windows[0].channels;
  to_channels_ = stages_[0].result.channels;
  plan_sum();
  plan_blocks();
  plan_memory();
}

void WinogradPicture::plan_sum() {
  const auto windows = static_cast<std::int64_t>(stages_[0].windows.size());
  const std::int64_t c = from_channels_;
  sum_ = windows * c;
  // blocks of whole windows, or several blocks for each window
  std::int64_t together = windows;
  while (together > 1 && (together * c > kWidth || windows % together != 0)) --together;
  const std::int64_t parts = divide_up(c, kWidth);
  const std::int64_t width = parts == 1 ? c : round_up(divide_up(c, parts), kLine);
  for (std::int64_t window = 0; window < windows; ++window) {
    for (std::int64_t channel = 0; channel < c; channel += width) {
      const std::int64_t count = std::min(width, c - channel);
      if (window % together == 0) block_widths_.push_back(0);
      const auto block = static_cast<std::int64_t>(block_widths_.size()) - 1;
      runs_.push_back(
          {static_cast<std::size_t>(window), channel, count, block, block_widths_.back()});
      block_widths_.back() += count;
    }
  }
  width_ = spread(*std::max_element(block_widths_.begin(), block_widths_.end()));
}

void WinogradPicture::plan_blocks() {
  const std::int64_t tiles = grid_.tiles();
  task_channels_ = std::min(kTaskChannels, round_up(to_channels_, kPanelColumns));
  const std::int64_t most = std::max(kTaskFloats / (positions_ * task_channels_), kPanelRows);
  task_tiles_ =
      std::min(tiles, round_up(even_blocks(tiles, most / kPanelRows * kPanelRows), kPanelRows));
  // as few tiles at once as give every lane a task and fill its second cache: the order of
  // additions does not depend on it
  const auto stages = static_cast<std::int64_t>(stages_.size());
  const std::int64_t tile_floats =
      stages * positions_ * static_cast<std::int64_t>(block_widths_.size()) * width_;
  const std::int64_t across = stages * divide_up(to_channels_, task_channels_);
  const std::int64_t along = std::max(divide_up(lane_count(), across),
                                      lane_count() * kChunkFloats / (tile_floats * task_tiles_));
  chunk_ = std::min(tiles, along * task_tiles_);
  weights_once_ = divide_up(tiles, task_tiles_) > kTasksMakingWeights;
}

void WinogradPicture::plan_memory() {
  const auto stages = static_cast<std::int64_t>(stages_.size());
  const auto blocks = static_cast<std::int64_t>(block_widths_.size());
  const std::int64_t panels = divide_up(to_channels_, kPanelColumns);
  const std::int64_t taps = conv_.r * conv_.r * kStep * kPanelColumns;
  v_block_ = chunk_ * width_;
  v_position_ = spread(blocks * v_block_);
  u_panel_ = (weights_once_ ? sum_ : kPiece) * kPanelColumns;
  u_position_ = spread((weights_once_ ? panels : task_channels_ / kPanelColumns) * u_panel_);
  m_position_ = spread(task_tiles_ * task_channels_);

  const std::int64_t u = positions_ * u_position_;
  Layout lane;
  lane_m_ = lane.take(positions_ * m_position_);
  lane_u_ = lane.take(weights_once_ ? 0 : u);
  lane_taps_ = lane.take(taps);
  lane_unread_ = lane.take(to_channels_);
  lane_floats_ = spread(lane.floats());
  Layout all;
  outside_ = all.take(from_channels_);
  v_ = all.take(stages * positions_ * v_position_);
  u_ = all.take(weights_once_ ? stages * u : 0);
  lanes_ = all.take(lane_floats_ * lane_count());
  scratch_floats_ = all.floats();
}

std::size_t WinogradPicture::scratch_bytes() const {
  return static_cast<std::size_t>(scratch_floats_) * sizeof(float);
}

void WinogradPicture::run(const KernelCall& call) {
  auto* const scratch = static_cast<float*>(call.scratch);
  std::fill_n(scratch + outside_, from_channels_, 0.0f);
  if (weights_once_) transform_all_weights(call);
  for (std::int64_t first = 0; first < grid_.tiles(); first += chunk_) {
    const std::int64_t tiles = std::min(chunk_, grid_.tiles() - first);
    transform_windows(call, first, tiles);
    const auto stages = static_cast<std::int64_t>(stages_.size());
    const std::int64_t across = divide_up(to_channels_, task_channels_);
    const std::int64_t along = divide_up(tiles, task_tiles_);
    parallel_for(stages * across * along, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t tile = i % along * task_tiles_;
        const std::int64_t channel = i / along % across * task_channels_;
        const Task task{static_cast<std::size_t>(i / along / across),
                        first,
                        tile,
                        std::min(task_tiles_, tiles - tile),
                        channel,
                        std::min(task_channels_, to_channels_ - channel),
                        scratch + lanes_ + current_lane() * lane_floats_};
        if (weights_once_) {
          multiply(call, task);
        } else {
          multiply_in_pieces(call, task);
        }
        store(call, task);
      }
    });
  }
}

void WinogradPicture::transform_windows(const KernelCall& call, std::int64_t first,
                                        std::int64_t tiles) const {
  const auto stages = static_cast<std::int64_t>(stages_.size());
  const std::int64_t grain = std::max<std::int64_t>(1, kGrain / (positions_ * sum_));
  parallel_for(stages * tiles, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      transform_windows_of(call, static_cast<std::size_t>(i / tiles), first, i % tiles);
  });
}

void WinogradPicture::transform_windows_of(const KernelCall& call, std::size_t stage,
                                           std::int64_t first, std::int64_t tile) const {
  auto* const scratch = static_cast<float*>(call.scratch);
  float* const v = scratch + v_ + static_cast<std::int64_t>(stage) * positions_ * v_position_;
  const float* pixels[kMostPositions];
  const float* in[kMostPositions];
  float* out[kMostPositions];
  for (const Run& run : runs_) {
    if (run.channel == 0) {
      const TilePixels& window = stages_[stage].windows[run.window];
      window.addresses<const float>(call.input<float>(0), grid_.at(first + tile),
                                    scratch + outside_, pixels);
    }
    for (std::int64_t i = 0; i < positions_; ++i) {
      in[i] = pixels[i] + run.channel;
      out[i] = v + i * v_position_ + run.block * v_block_ + tile * width_ + run.at;
    }
    transforms_->input({in, out, run.count, kPanelColumns});
  }
}

void WinogradPicture::transform_all_weights(const KernelCall& call) const {
  auto* const scratch = static_cast<float*>(call.scratch);
  const auto stages = static_cast<std::int64_t>(stages_.size());
  const auto runs = static_cast<std::int64_t>(runs_.size());
  const std::int64_t panels = divide_up(to_channels_, kPanelColumns);
  parallel_for(stages * panels * runs, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const auto stage = static_cast<std::size_t>(i / runs / panels);
      const Run& run = runs_[static_cast<std::size_t>(i % runs)];
      const std::int64_t panel = i / runs % panels, channel = panel * kPanelColumns;
      const std::int64_t term =
          static_cast<std::int64_t>(run.window) * from_channels_ + run.channel;
      float* const u = scratch + u_ + static_cast<std::int64_t>(stage) * positions_ * u_position_ +
                       panel * u_panel_ + term * kPanelColumns;
      transform_weights(call, stages_[stage].phases[run.window], {run.channel, run.count},
                        {channel, std::min(kPanelColumns, to_channels_ - channel)}, u,
                        scratch + lanes_ + current_lane() * lane_floats_ + lane_taps_);
    }
  });
}

void WinogradPicture::transform_weights(const KernelCall& call, std::int64_t phase, Channels from,
                                        Channels to, float* u, float* taps) const {
  const bool forward = direction_ == Direction::Forward;
  const std::int64_t c = conv_.w[3], area = conv_.w[1] * conv_.w[2];
  const int r = conv_.r;
  const float* in[kMostPositions];
  float* out[kMostPositions];
  for (std::int64_t k = 0; k < from.count; k += kStep) {
    const std::int64_t terms = std::min(kStep, from.count - k);
    for (int i = 0; i < r * r; ++i) {
      float* const laid = taps + i * kStep * kPanelColumns;
      in[i] = laid;
      const int mirrored = r * r - 1 - i;  // both axes backwards
      const std::int64_t tap =
          forward ? conv_.tap(phase, i / r, i % r) : conv_.tap(phase, mirrored / r, mirrored % r);
      if (tap < 0) {
        std::fill_n(laid, terms * kPanelColumns, 0.0f);
        continue;
      }
      const std::int64_t filter = forward ? to.first : from.first + k;
      const std::int64_t channel = forward ? from.first + k : to.first;
      gemm_->pack_right(terms, to.count, call.input<float>(1) + (filter * area + tap) * c + channel,
                        area * c, forward, laid);
    }
    for (std::int64_t i = 0; i < positions_; ++i) out[i] = u + i * u_position_ + k * kPanelColumns;
    transforms_->weights({in, out, terms * kPanelColumns, kPanelColumns});
  }
}

void WinogradPicture::multiply(const KernelCall& call, const Task& task) const {
  auto* const scratch = static_cast<float*>(call.scratch);
  const std::int64_t stage = static_cast<std::int64_t>(task.stage) * positions_;
  for (std::int64_t i = 0; i < positions_; ++i) {
    const float* v = scratch + v_ + (stage + i) * v_position_ + task.tile * width_;
    const float* u =
        scratch + u_ + (stage + i) * u_position_ + task.channel / kPanelColumns * u_panel_;
    bool more = false;
    for (const std::int64_t terms : block_widths_) {
      gemm_->multiply({task.tiles, task.channels, terms}, GemmLeft::rows(v, width_),
                      {u, kPanelColumns, u_panel_},
                      {task.lane + lane_m_ + i * m_position_, task_channels_}, more);
      v += v_block_;
      u += terms * kPanelColumns;
      more = true;
    }
  }
}

void WinogradPicture::multiply_in_pieces(const KernelCall& call, const Task& task) const {
  const float* const v = static_cast<float*>(call.scratch) + v_ +
                         static_cast<std::int64_t>(task.stage) * positions_ * v_position_ +
                         task.tile * width_;
  float* const u = task.lane + lane_u_;
  bool more = false;
  for (const Run& run : runs_) {
    for (std::int64_t k = 0; k < run.count; k += kPiece) {
      const std::int64_t terms = std::min(kPiece, run.count - k);
      for (std::int64_t channel = 0; channel < task.channels; channel += kPanelColumns) {
        transform_weights(
            call, stages_[task.stage].phases[run.window], {run.channel + k, terms},
            {task.channel + channel, std::min(kPanelColumns, task.channels - channel)},
            u + channel / kPanelColumns * u_panel_, task.lane + lane_taps_);
      }
      for (std::int64_t i = 0; i < positions_; ++i) {
        gemm_->multiply(
            {task.tiles, task.channels, terms},
            GemmLeft::rows(v + i * v_position_ + run.block * v_block_ + run.at + k, width_),
            {u + i * u_position_, kPanelColumns, u_panel_},
            {task.lane + lane_m_ + i * m_position_, task_channels_}, more);
      }
      more = true;
    }
  }
}

void WinogradPicture::store(const KernelCall& call, const Task& task) const {
  const float* in[kMostPositions];
  float* pixels[kMostPositions];
  float* const unread = task.lane + lane_unread_;
  for (std::int64_t tile = 0; tile < task.tiles; ++tile) {
    stages_[task.stage].result.addresses<float>(call.output<float>() + task.channel,
                                                grid_.at(task.first + task.tile + tile), unread,
                                                pixels);
    for (std::int64_t i = 0; i < positions_; ++i)
      in[i] = task.lane + lane_m_ + i * m_position_ + tile * task_channels_;
    transforms_->output({in, pixels, task.channels, kPanelColumns});
  }
}

KernelFacts WinogradPicture::facts() const {
  const TileFlops each = tile_flops(conv_.m, conv_.r);
  const auto tiles = static_cast<double>(grid_.tiles());
  const auto from = static_cast<double>(from_channels_), to = static_cast<double>(to_channels_);
  const auto phases = static_cast<double>(conv_.phases());
  const double weights =
      weights_once_ ? 1 : static_cast<double>(divide_up(grid_.tiles(), task_tiles_));
  const auto stages = static_cast<double>(stages_.size());
  return {.flops = tiles * phases *
                       (2 * static_cast<double>(positions_) * from * to + each.input * from) +
                   tiles * stages * each.output * to + weights * phases * each.weights * from * to,
          .layout = "winograd"};
}

}  // namespace agon
