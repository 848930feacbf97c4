#include <algorithm>
#include <array>
#include <cmath>

#include "engine/ir/expand.h"
#include "engine/ir/op_def.h"
#include "ops/bf16/bf16.h"
#include "ops/conv/conv2d.h"
#include "ops/gemm/variants.h"
#include "ops/matmul/matmul.h"

namespace agon {

namespace {

constexpr std::string_view kEnding = "_bf16";

NdArray rounded(const NdArray& array) {
  NdArray nearest = array;
  std::ranges::transform(nearest.values, nearest.values.begin(), nearest_bf16);
  return nearest;
}

/// The op `name` of operands rounded before. Its gradient treats the rounding as y = x.
template <AttrStruct A>
void add_rounded(OpRegistry& ops, const char* name) {
  const OpDef& product = ops.at(name);
  ops.add(Op<A>{.name = product.name + std::string(kEnding),
                .doc = product.name + " of operands rounded to bfloat16, nearest even",
                .inputs = product.inputs,
                .infer = [&product](std::span<const Type> in,
                                    const A& a) { return product.infer(in, Attrs(a)); },
                .gradient = [&product](Grad& g, const A& a) { product.gradient(g, Attrs(a)); },
                .reference =
                    [&product](const ReferenceCall& call, const A& a) {
                      const NdArray x = rounded(*call.in[0]), y = rounded(*call.in[1]);
                      const std::array<const NdArray*, 2> in{&x, &y};
                      product.reference({in, call.out}, Attrs(a));
                    },
                .flops = product.flops});
}

}  // namespace

double nearest_bf16(double x) {
  constexpr int kBits = 8, kSmallestExponent = -125;  // of frexp: x = m 2^e, 1/2 <= |m| < 1
  if (x == 0 || !std::isfinite(x)) return x;
  int exponent = 0;
  std::frexp(x, &exponent);
  const double unit = std::ldexp(1.0, std::max(exponent, kSmallestExponent) - kBits);
  const double y = std::nearbyint(x / unit) * unit;
  return std::abs(y) < 0x1p128 ? y : std::copysign(HUGE_VAL, x);
}

std::string unrounded_name(const std::string& op) {
  return op.substr(0, op.size() - kEnding.size());
}

bool round_product_operands(Graph& graph) {
  expand_composites(graph);
  return !vary_products(graph, kEnding, [](const Node&) { return true; }).empty();
}

void register_products(OpRegistry& ops) {
  add_rounded<MatmulAttrs>(ops, "matmul");
  for (const char* name : {"conv2d", "conv2d_input_grad", "conv2d_weight_grad"})
    add_rounded<Conv2dAttrs>(ops, name);
}

}  // namespace agon
