#include <fmt/format.h>

#include "engine/base/error.h"
#include "graphs/words/function_tables.h"
#include "graphs/words/pictures.h"
#include "ops/matmul/matmul.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

Tensor plain(Value value) {
  Tensor t;
  t.value = value;
  return t;
}

Term build_gram(const FunctionCall& call) {
  const Tensor x = picture_argument(call).x;
  const Shape s = x.shape();
  const Value f = reshape(x.value, {s[0], s[2] * s[3], s[1]});
  const Value products = matmul(f, f, {.transpose_a = true});
  return plain(products / static_cast<double>(s[1] * s[2] * s[3]));
}

/// mean |x[i + 1] - x[i]| along one engine axis; 0 where there is one pixel only.
Value mean_step(Value x, int axis) {
  const std::int64_t size = x.shape()[axis];
  if (size == 1) return x.graph().constant(0, x.dtype());
  return mean(abs(slice(x, axis, 1, size) - slice(x, axis, 0, size - 1)));
}

Term build_total_variation(const FunctionCall& call) {
  const Value x = picture_argument(call).x.value;
  return plain(mean_step(x, 2) + mean_step(x, 1));
}

Extents extents_of(const std::vector<std::int64_t>& n) {
  if (n.size() > 2)
    throw GraphError(fmt::format("expects n or [height, width], got a list of {}", n.size()));
  return {checked_extent(n[0]), checked_extent(n.back())};
}

/// The word of an option, or what counts without it.
std::string word_or(const FunctionCall& call, const std::string& option,
                    const std::string& otherwise) {
  const std::string written = call.word(option);
  return written.empty() ? otherwise : written;
}

Term build_resize(const FunctionCall& call) {
  return resized(picture_argument(call), extents_of(call.wholes(1, 1)),
                 word_or(call, "by", "bilinear"));
}

Term build_upsample(const FunctionCall& call) {
  const std::int64_t factor = call.count() > 1 ? call.whole(1, 1) : 2;
  return upsampled(picture_argument(call), factor, word_or(call, "by", "nearest"));
}

Term build_blur(const FunctionCall& call) {
  return blurred(picture_argument(call), call.count() > 1 ? call.whole(1, 1) : 3);
}

Term build_pad(const FunctionCall& call) {
  return padded(picture_argument(call), call.wholes(1, 0), word_or(call, "mode", "zeros"));
}

Term build_pool(const FunctionCall& call,
                Tensor (*pooled)(const PictureTensor&, const PoolWindows&)) {
  PoolWindows windows;
  windows.kernel = extents_of(call.wholes(1, 1));
  windows.stride = windows.kernel;
  if (const Term* stride = call.option("stride"))
    windows.stride = extents_of(whole_numbers(*stride, 1));
  if (const Term* padding = call.option("padding"))
    windows.padding = extents_of(whole_numbers(*padding, 0));
  windows.ceil = call.number_option("ceil", 0) != 0;
  return pooled(picture_argument(call), windows);
}

Term build_instance_norm(const FunctionCall& call) {
  return instance_normalised(picture_argument(call).x, call.number_option("eps", 1e-5));
}

FunctionDef pool(const std::string& name, const std::string& doc,
                 Tensor (*pooled)(const PictureTensor&, const PoolWindows&)) {
  return {.name = name,
          .doc = doc,
          .parameters = {"x", "kernel"},
          .options = {{"stride", {}, "the kernel where not given"},
                      {"padding", {}, "0 where not given"},
                      {"ceil", {}, "whether a last window may hang over the end"}},
          .build = [pooled](const FunctionCall& call) { return build_pool(call, pooled); }};
}

FunctionDef regrouping(const std::string& name, const std::string& doc,
                       Tensor (*regrouped)(const PictureTensor&, std::int64_t)) {
  return {.name = name,
          .doc = doc,
          .parameters = {"x", "factor"},
          .build = [regrouped](const FunctionCall& call) -> Term {
            return regrouped(picture_argument(call), call.whole(1, 1));
          }};
}

/// The words that are layers too; their attributes are described there.
std::vector<FunctionDef> layer_functions() {
  return {
      {.name = "resize",
       .doc = "a picture of another size, n or [height, width], as the layer",
       .parameters = {"x", "size"},
       .options = {{"by", resize_rules(), "bilinear where not given"}},
       .build = build_resize},
      {.name = "upsample",
       .doc = "a picture factor times as high and wide; 2 where not given",
       .parameters = {"x", "factor?"},
       .options = {{"by", {"nearest", "bilinear", "bicubic"}, "nearest where not given"}},
       .build = build_upsample},
      {.name = "blur",
       .doc = "binomial means of kernel pixels along rows and columns; 3 where not given",
       .parameters = {"x", "kernel?"},
       .build = build_blur},
      {.name = "pad",
       .doc = "a border around a picture: n on each side, [rows, columns] or [top, bottom, left, "
              "right]",
       .parameters = {"x", "sizes"},
       .options = {{"mode", {"zeros", "reflect", "replicate"}, "zeros where not given"}},
       .build = build_pad},
      pool("max_pool", "the largest of each window", max_pooled),
      pool("average_pool", "the mean of each window", average_pooled),
      regrouping("depth_to_space", "channels become blocks of factor x factor pixels",
                 depth_to_space),
      regrouping("space_to_depth", "blocks of factor x factor pixels become channels",
                 space_to_depth),
      {.name = "instance_norm",
       .doc = "each channel of each example brought to mean 0 and variance 1, as for adaptive "
              "scales and shifts",
       .parameters = {"x"},
       .options = {{"eps", {}, "added to the variance; 1e-5 where not given"}},
       .build = build_instance_norm},
  };
}

}  // namespace

std::vector<FunctionDef> picture_functions() {
  std::vector<FunctionDef> all = layer_functions();
  std::vector<FunctionDef> more = {
      {.name = "gram",
       .doc = "F F^T / (channels height width) of each example's features F [channels, height * "
              "width]: [batch, channels, channels]",
       .parameters = {"x"},
       .build = build_gram},
      {.name = "total_variation",
       .doc = "mean |x[.., j + 1] - x[.., j]| + mean |x[.., i + 1, ..] - x[.., i, ..]| over "
              "neighbouring pixels",
       .parameters = {"x"},
       .build = build_total_variation},
  };
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace agon
