#include <algorithm>

#include "graphs/keys/forms.h"
#include "graphs/words/function_tables.h"
#include "graphs/words/layer_tables.h"
#include "graphs/words/spectral_norm.h"
#include "ops/conv/conv2d.h"
#include "ops/matmul/matmul.h"
#include "ops/pointwise/pointwise.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

struct Attention {
  std::optional<Whole> channels;
  bool spectral = false;
};

const Keys<Attention>& attention_keys() {
  static const Keys<Attention> keys =
      Keys<Attention>(
          "self_attention",
          "x + gamma o, gamma from 0: o is at each pixel the mean of h(x) over all pixels, weighed "
          "by softmax over them of g(x there) . f(x); f, g, h are convolutions with kernel 1 "
          "(Zhang "
          "2019)",
          {key("channels", &Attention::channels,
               "those of f and g; an eighth of x's, at least 1, where not given", whole(1)),
           key("spectral_norm", &Attention::spectral,
               "of f, g and h, as for conv; false where not given", boolean())})
          .argument("channels");
  return keys;
}

/// A convolution with kernel 1, as [batch, pixels, channels].
Value each_pixel(LayerCall& call, const Tensor& x, const std::string& name, std::int64_t channels,
                 bool spectral) {
  const Shape s = x.shape();
  const Shape file{channels, s[1], 1, 1};
  const Value w = weight_of(call, {.type = {x.dtype(), {channels, 1, 1, s[1]}},
                                   .file = {file, file, {0, 2, 3, 1}},
                                   .initial = Initial::by_network(s[1], channels),
                                   .spectral = spectral,
                                   .matrix = {.weight = name + ".weight"}});
  const Value b = channel_parameter(call, name + ".bias", channels, Initial::constant(0));
  const Value y = conv2d(x.value, w, {});
  return reshape(y + along_channels(b, picture_or_plain(y)), {s[0], s[2] * s[3], channels});
}

Tensor build_attention(LayerCall& call, const Attention& attributes) {
  const Tensor x = picture_of(call, "self_attention");
  const std::int64_t all = x.size(1);
  const std::int64_t few = attributes.channels ? attributes.channels->value(call.scope())
                                               : std::max<std::int64_t>(all / 8, 1);
  const Value f = each_pixel(call, x, "f", few, attributes.spectral);
  const Value g = each_pixel(call, x, "g", few, attributes.spectral);
  const Value h = each_pixel(call, x, "h", all, attributes.spectral);
  // row j: how much pixel j takes from each
  const Tensor scores = picture_or_plain(matmul(g, f, {.transpose_b = true}));
  const Value o = matmul(softmax(scores, 2).value, h);
  const Value gamma = channel_parameter(call, "gamma", 1, Initial::constant(0));
  return like(x, x.value + reshape(gamma, {}) * reshape(o, x.value.shape()));
}

}  // namespace

std::vector<LayerDef> attention_layers() {
  return {layer<Attention>("self_attention", attention_keys(), build_attention)};
}

}  // namespace agon
