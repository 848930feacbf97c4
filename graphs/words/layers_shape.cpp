#include <fmt/format.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "graphs/keys/forms.h"
#include "graphs/words/function_tables.h"
#include "graphs/words/layer_tables.h"
#include "ops/pool/pool.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

/// A layer that takes no argument.
LayerDef bare_layer(const std::string& word, std::string doc, Tensor (*build)(LayerCall&)) {
  LayerDef def{.word = word, .doc = std::move(doc), .keys = nullptr, .read = nullptr};
  def.read = [word, build](const Yaml& argument, const std::string& path, KeyReader& reader) {
    if (!argument.is_null()) report_mistyped("no argument for " + word, argument, path, reader);
    return BuildLayer{build};
  };
  return def;
}

Tensor build_flatten(LayerCall& call) {
  return flattened(call.current());
}

struct Reshape {
  Origin origin;
  std::vector<Whole> shape;
};

const Keys<Reshape>& reshape_keys() {
  static const Keys<Reshape> keys =
      Keys<Reshape>("reshape", "the same numbers, channels first, in another shape",
                    {key("shape", &Reshape::shape, "sizes without batch",
                         list_of(whole(1), 1, Shape::kMaxRank - 1))
                         .required()})
          .argument("shape")
          .origin(&Reshape::origin);
  return keys;
}

std::vector<std::int64_t> sizes_of(const Reshape& attributes, const NumberScope& scope) {
  std::vector<std::int64_t> sizes;
  for (const Whole& size : attributes.shape) sizes.push_back(size.value(scope));
  return sizes;
}

std::optional<Shape> picture_of_reshape(const Reshape& attributes, const NumberScope& scope) {
  return attributes.shape.size() == 3 ? std::optional(Shape(sizes_of(attributes, scope)))
                                      : std::nullopt;
}

/// The picture that was flattened, or that a layer before has laid out as one.
Tensor picture_again(const Tensor& x) {
  const Shape& p = x.flattened->picture;
  return picture_or_plain(reshape(x.flattened->in_memory, {x.size(0), p[1], p[2], p[0]}));
}

Tensor build_reshape(LayerCall& call, const Reshape& attributes) {
  const Tensor& x = call.current();
  std::vector<std::int64_t> sizes = sizes_of(attributes, call.scope());
  const std::int64_t needed = Shape(sizes).elements();
  const std::int64_t got = x.value.shape().elements() / std::max<std::int64_t>(x.size(0), 1);
  if (needed != got) {
    const std::string name = call.current_name();
    throw GraphError(fmt::format("reshape {} needs {} numbers, {}{}", list_text(sizes), needed,
                                 name.empty() ? "got " : name + " has ", got));
  }
  const bool again = x.flattened && x.flattened->picture == Shape(sizes);
  sizes.insert(sizes.begin(), x.size(0));
  // what becomes a picture is kept as pictures are
  Tensor y = again ? picture_again(x) : as_channels_last(reshaped(x, Shape(sizes)));
  y.made_by = x.made_by;
  y.bounds = x.bounds;
  return y;
}

struct Pad {
  Origin origin;
  std::vector<Whole> sizes;
};

const Keys<Pad>& pad_keys() {
  static const Keys<Pad> keys =
      Keys<Pad>("pad", "zeros around a picture",
                {key("sizes", &Pad::sizes,
                     "n on each side, [rows, columns], or [top, bottom, left, right]",
                     one_or_list(whole(0), 1, 4))
                     .required()})
          .argument("sizes")
          .origin(&Pad::origin)
          .check([](Pad& pad, const Yaml& value, const std::string& path, KeyReader& reader) {
            if (pad.sizes.size() == 3) report_mistyped("1, 2 or 4 numbers", value, path, reader);
          });
  return keys;
}

Tensor build_pad(LayerCall& call, const Pad& attributes) {
  const Tensor x = picture_of(call, "pad");
  std::vector<std::int64_t> n;
  for (const Whole& size : attributes.sizes) n.push_back(size.value(call.scope()));
  if (n.size() == 1) n = {n[0], n[0], n[0], n[0]};
  if (n.size() == 2) n = {n[0], n[0], n[1], n[1]};
  return like(x, pad(x.value, {0, n[0], n[2], 0}, {0, n[1], n[3], 0}));
}

struct Upsample {
  Whole factor = 2;
};

const Keys<Upsample>& upsample_keys() {
  static const Keys<Upsample> keys =
      Keys<Upsample>("upsample", "each pixel repeated factor x factor times",
                     {key("factor", &Upsample::factor, "2 where not given", whole(1))})
          .argument("factor");
  return keys;
}

Tensor build_upsample(LayerCall& call, const Upsample& attributes) {
  const Tensor x = picture_of(call, "upsample");
  const std::int64_t factor = attributes.factor.value(call.scope());
  return factor == 1 ? x : like(x, upsample(x.value, factor));
}

struct DepthToSpace {
  Whole factor;
};

const Keys<DepthToSpace>& depth_to_space_keys() {
  static const Keys<DepthToSpace> keys =
      Keys<DepthToSpace>(
          "depth_to_space",
          "[channels factor^2, height, width] to [channels, height factor, width factor], channel "
          "c "
          "factor^2 + i factor + j going to row i, column j of its block",
          {key("factor", &DepthToSpace::factor, "of height and width", whole(1)).required()})
          .argument("factor");
  return keys;
}

Tensor build_depth_to_space(LayerCall& call, const DepthToSpace& attributes) {
  const Tensor x = picture_of(call, "depth_to_space");
  const std::int64_t r = attributes.factor.value(call.scope());
  const Shape s = x.shape();
  if (s[1] % (r * r) != 0) {
    throw GraphError(fmt::format("depth_to_space expects channels that {} divides, got {}", r * r,
                                 current_text(call)));
  }
  const std::int64_t channels = s[1] / (r * r);
  const Value blocks = reshape(x.value, {s[0], s[2], s[3], channels, r, r});
  return like(x,
              reshape(transpose(blocks, {0, 1, 4, 2, 5, 3}), {s[0], s[2] * r, s[3] * r, channels}));
}

}  // namespace

std::vector<LayerDef> shape_layers() {
  return {bare_layer("flatten", "[channels, height, width] to [channels * height * width]",
                     build_flatten),
          layer<Reshape>("reshape", reshape_keys(), build_reshape, picture_of_reshape),
          layer<Pad>("pad", pad_keys(), build_pad),
          layer<Upsample>("upsample", upsample_keys(), build_upsample),
          layer<DepthToSpace>("depth_to_space", depth_to_space_keys(), build_depth_to_space)};
}

}  // namespace agon
