#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "graphs/keys/forms.h"
#include "graphs/words/layer_tables.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

const Range kAboveZero{.low = 0, .low_open = true};
const Range kShare{.low = 0, .high = 1};

struct Norm {
  Number eps = 1e-5;
  Number momentum = 0.1;
  std::optional<bool> affine;  // nothing: as PyTorch has it
  Whole groups = 32;
};

Key<Norm> eps_key() {
  return key("eps", &Norm::eps, "added to the variance; 1e-5 where not given", number(kAboveZero));
}

Key<Norm> affine_key(const std::string& otherwise) {
  return key("affine", &Norm::affine, "whether scale and shift are learnt; " + otherwise,
             boolean());
}

const Keys<Norm>& batch_norm_keys() {
  static const Keys<Norm> keys(
      "batch_norm",
      "each channel brought to mean 0 and variance 1 over the batch, then scaled and shifted; "
      "running statistics where it infers",
      {eps_key(),
       key("momentum", &Norm::momentum,
           "share of the new in running statistics; 0.1 where not given", number(kShare)),
       affine_key("true where not given")});
  return keys;
}

const Keys<Norm>& layer_norm_keys() {
  static const Keys<Norm> keys(
      "layer_norm", "each example brought to mean 0 and variance 1, then scaled and shifted",
      {eps_key(), affine_key("true where not given")});
  return keys;
}

const Keys<Norm>& instance_norm_keys() {
  static const Keys<Norm> keys("instance_norm",
                               "each channel of each example brought to mean 0 and variance 1",
                               {eps_key(), affine_key("false where not given")});
  return keys;
}

const Keys<Norm>& group_norm_keys() {
  static const Keys<Norm> keys =
      Keys<Norm>("group_norm",
                 "each group of channels of each example brought to mean 0 and variance 1, then "
                 "scaled and shifted",
                 {key("groups", &Norm::groups, "how many; 32 where not given", whole(1)), eps_key(),
                  affine_key("true where not given")})
          .argument("groups");
  return keys;
}

/// The mean over `axes`, one after another where others lie between them: so that the first, and
/// largest, is part of a fused loop.
Value mean_over(Value x, const std::vector<std::int64_t>& axes) {
  if (axes.back() - axes.front() + 1 == static_cast<std::int64_t>(axes.size()))
    return mean(x, axes, true);
  for (const std::int64_t axis : axes) x = mean(x, {axis}, true);
  return x;
}

/// (x - mean) / sqrt(variance + eps) over `axes`, the variance biased.
struct Normalised {
  Value mean;
  Value variance;
  Value y;
};

Normalised normalised(Value x, const std::vector<std::int64_t>& axes, double eps) {
  Normalised n;
  n.mean = mean_over(x, axes);
  const Value centred = x - n.mean;
  n.variance = mean_over(centred * centred, axes);
  n.y = centred / sqrt(n.variance + eps);
  return n;
}

Tensor scaled_by_channel(LayerCall& call, const Tensor& y, bool affine) {
  if (!affine) return y;
  const std::int64_t channels = y.size(1);
  const Value w = channel_parameter(call, "weight", channels, Initial::constant(1));
  const Value b = channel_parameter(call, "bias", channels, Initial::constant(0));
  return like(y, y.value * along_channels(w, y) + along_channels(b, y));
}

/// [batch, channels] or a picture, kept channels-last.
Tensor with_channels(LayerCall& call, const std::string& word) {
  expect_real_current(call, word);
  const Tensor& x = call.current();
  if (x.rank() != 2 && x.rank() != 4) {
    throw GraphError(fmt::format("{} expects [features] or [channels, height, width], got {}", word,
                                 current_text(call)));
  }
  return as_channels_last(x);
}

/// All engine axes but the channels, which are last.
std::vector<std::int64_t> batch_axes(const Tensor& x) {
  if (x.rank() == 2) return {0};
  return {0, 1, 2};
}

Tensor train_batch_norm(LayerCall& call, const Norm& attributes, const Tensor& x, double eps) {
  const std::int64_t channels = x.size(1);
  const std::int64_t count = x.value.shape().elements() / channels;
  if (count < 2) {
    throw GraphError(
        fmt::format("batch_norm expects more than one number for each channel to "
                    "train, got {} in a batch of {}",
                    current_text(call), x.size(0)));
  }
  const Normalised n = normalised(x.value, batch_axes(x), eps);
  const double momentum = attributes.momentum.value(call.scope());
  const double unbiased = static_cast<double>(count) / static_cast<double>(count - 1);
  call.move_statistic("running_mean", reshape(n.mean, {channels}), momentum);
  call.move_statistic("running_var", reshape(n.variance, {channels}) * unbiased, momentum);
  return like(x, n.y);
}

Tensor build_batch_norm(LayerCall& call, const Norm& attributes) {
  const Tensor x = with_channels(call, "batch_norm");
  const double eps = attributes.eps.value(call.scope());
  const bool affine = attributes.affine.value_or(true);
  const Type type{x.dtype(), {x.size(1)}};
  const Value mean = call.statistic("running_mean", type, 0);
  const Value variance = call.statistic("running_var", type, 1);
  if (call.training())
    return scaled_by_channel(call, train_batch_norm(call, attributes, x, eps), affine);
  const Value centred = x.value - along_channels(mean, x);
  return scaled_by_channel(call, like(x, centred / along_channels(sqrt(variance + eps), x)),
                           affine);
}

Tensor build_layer_norm(LayerCall& call, const Norm& attributes) {
  expect_real_current(call, "layer_norm");
  const Tensor x = as_channels_last(call.current());
  if (x.rank() < 2) throw GraphError("layer_norm expects [features], got " + current_text(call));
  std::vector<std::int64_t> axes;
  for (int axis = 1; axis < x.rank(); ++axis) axes.push_back(axis);
  const Value y = normalised(x.value, axes, attributes.eps.value(call.scope())).y;
  if (!attributes.affine.value_or(true)) return like(x, y);
  const Shape kept = x.value.shape().without(0);
  const Shape written = x.shape().without(0);
  const FileForm file{
      written, written,
      x.channels_last ? std::vector<std::int64_t>{1, 2, 0} : std::vector<std::int64_t>{}};
  const Shape beside = x.value.shape().with(0, 1);
  const Type type{x.dtype(), kept};
  const Value w = call.parameter("weight", type, file, Initial::constant(1));
  const Value b = call.parameter("bias", type, file, Initial::constant(0));
  return like(x, y * reshape(w, beside) + reshape(b, beside));
}

Tensor build_instance_norm(LayerCall& call, const Norm& attributes) {
  const Tensor x = picture_of(call, "instance_norm");
  if (x.size(2) * x.size(3) == 1 && call.training())
    throw GraphError("instance_norm expects more than one pixel, got " + current_text(call));
  return scaled_by_channel(call, instance_normalised(x, attributes.eps.value(call.scope())),
                           attributes.affine.value_or(false));
}

Tensor build_group_norm(LayerCall& call, const Norm& attributes) {
  const Tensor x = picture_of(call, "group_norm");
  const Shape s = x.shape();
  const std::int64_t groups = attributes.groups.value(call.scope());
  if (s[1] % groups != 0) {
    throw GraphError(fmt::format("group_norm expects channels that {} divides, got {}", groups,
                                 current_text(call)));
  }
  const Value grouped = reshape(x.value, {s[0], s[2] * s[3], groups, s[1] / groups});
  const Value y = normalised(grouped, {1, 3}, attributes.eps.value(call.scope())).y;
  return scaled_by_channel(call, like(x, reshape(y, x.value.shape())),
                           attributes.affine.value_or(true));
}

}  // namespace

Tensor instance_normalised(const Tensor& x, double eps) {
  return like(x, normalised(x.value, {1, 2}, eps).y);
}

std::vector<LayerDef> norm_layers() {
  return {layer<Norm>("batch_norm", batch_norm_keys(), build_batch_norm),
          layer<Norm>("layer_norm", layer_norm_keys(), build_layer_norm),
          layer<Norm>("instance_norm", instance_norm_keys(), build_instance_norm),
          layer<Norm>("group_norm", group_norm_keys(), build_group_norm)};
}

}  // namespace agon
