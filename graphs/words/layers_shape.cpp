#include <fmt/format.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "graphs/keys/forms.h"
#include "graphs/words/function_tables.h"
#include "graphs/words/layer_tables.h"
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

std::optional<Shape> shape_of_reshape(const Reshape& attributes, const NumberScope& scope) {
  return Shape(sizes_of(attributes, scope));
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

}  // namespace

std::vector<LayerDef> shape_layers() {
  return {bare_layer("flatten", "[channels, height, width] to [channels * height * width]",
                     build_flatten),
          layer<Reshape>("reshape", reshape_keys(), build_reshape, picture_of_reshape,
                         shape_of_reshape)};
}

}  // namespace agon
