#include "ops/conv/product_onednn.h"

#include <algorithm>

#include "engine/runtime/cpu/onednn.h"

namespace agon {

std::string append_product(onednn::PrimitiveSequence& sequence, const DenseProduct& product) {
  const auto [m, k, n, transpose_a, add] = product;
  const auto a = transpose_a ? onednn::dense({DType::F32, {k, m}}, {1, 0})
                             : onednn::dense({DType::F32, {m, k}}, {0, 1});
  const auto b = onednn::dense({DType::F32, {k, n}}, {0, 1});
  const auto y = onednn::dense({DType::F32, {m, n}}, {0, 1});
  dnnl::primitive_attr attributes = onednn::attributes();
  if (add) {
    dnnl::post_ops onto_y;
    onto_y.append_sum();
    attributes.set_post_ops(onto_y);
  }
  const dnnl::matmul::primitive_desc matmul(onednn::engine(), a, b, y, attributes);
  if (std::string why = onednn::refusal_of_slow(matmul.impl_info_str()); !why.empty()) return why;
  const auto in_a = sequence.input(0, a), in_b = sequence.input(1, b), out = sequence.output(y);
  sequence.add(dnnl::matmul(matmul), matmul.scratchpad_desc(),
               {{DNNL_ARG_SRC, in_a}, {DNNL_ARG_WEIGHTS, in_b}, {DNNL_ARG_DST, out}});
  return "";
}

std::size_t line_bytes(std::int64_t floats) {
  return (static_cast<std::size_t>(floats) * sizeof(float) + 63) / 64 * 64;
}

std::int64_t pieces_at_once(std::int64_t count, std::int64_t elements) {
  constexpr std::int64_t kElements = std::int64_t{1} << 19;
  std::int64_t pieces = std::clamp<std::int64_t>(kElements / elements, 1, count);
  while (count % pieces != 0) --pieces;
  return pieces;
}

}  // namespace agon
