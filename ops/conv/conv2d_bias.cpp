#include "ops/conv/conv2d_bias.h"

#include <fmt/format.h>

#include "engine/ir/op_def.h"
#include "ops/pointwise/pointwise.h"

namespace agon {

namespace {

Attrs of_convolution(const Conv2dBiasAttrs& a) {
  return Attrs(static_cast<const Conv2dAttrs&>(a));
}

std::vector<Type> infer(const OpDef& convolution, std::span<const Type> in,
                        const Conv2dBiasAttrs& a) {
  std::vector<Type> out = convolution.infer(in.first(2), of_convolution(a));
  const Type bias{out[0].dtype, Shape{1, 1, 1, out[0].shape[3]}};
  if (in[2] != bias)
    throw GraphError(fmt::format("expects b {}, got {}", to_text(bias), to_text(in[2])));
  return out;
}

std::vector<Value> expand(const OpDef& convolution, Node& node, const Conv2dBiasAttrs& a) {
  const Value y =
      node.graph().add(convolution.name, {node.in(0), node.in(1)}, of_convolution(a)) + node.in(2);
  return {a.relu ? relu(y) : y};
}

void reference(const OpDef& convolution, const ReferenceCall& call, const Conv2dBiasAttrs& a) {
  convolution.reference({call.in.first(2), call.out}, of_convolution(a));
  const NdArray& bias = *call.in[2];
  NdArray& y = call.out[0];
  const std::int64_t channels = bias.type.shape.elements();
  for (std::int64_t i = 0; i < y.type.shape.elements(); ++i) {
    const double biased = y[i] + bias[i % channels];
    y[i] = a.relu && biased < 0 ? 0 : biased;
  }
}

double flops(const OpDef& convolution, const Node& node) {
  const bool relu = node.attrs_as<Conv2dBiasAttrs>().relu;
  return convolution.flops(node) +
         (relu ? 2.0 : 1.0) * static_cast<double>(node.out_type().shape.elements());
}

}  // namespace

void register_conv2d_bias(OpRegistry& ops) {
  for (const char* name : {"conv2d", "conv2d_tf32", "conv2d_bf16"}) {
    const OpDef& convolution = ops.at(name);
    ops.add(Op<Conv2dBiasAttrs>{
        .name = convolution.name + "_bias",
        .doc = convolution.name +
               " plus b[o], and relu of that where `relu`; put in by the pass join_bias",
        .inputs = {"x", "w", "b"},
        .infer = [&convolution](std::span<const Type> in,
                                const Conv2dBiasAttrs& a) { return infer(convolution, in, a); },
        .expand = [&convolution](Node& node,
                                 const Conv2dBiasAttrs& a) { return expand(convolution, node, a); },
        .reference = [&convolution](const ReferenceCall& call,
                                    const Conv2dBiasAttrs& a) { reference(convolution, call, a); },
        .flops = [&convolution](const Node& node) { return flops(convolution, node); }});
  }
}

}  // namespace agon
