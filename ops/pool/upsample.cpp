#include "ops/pool/upsample.h"

#include "engine/ir/op_def.h"
#include "ops/conv/window.h"
#include "ops/pointwise/pointwise.h"
#include "ops/pool/pool.h"

namespace agon {

Value upsample(Value x, std::int64_t factor) {
  return x.graph().add("upsample", {x}, UpsampleAttrs{factor});
}

namespace {

std::vector<Type> infer(std::span<const Type> in, const UpsampleAttrs& a) {
  expect_rank4("x", "[n, h, w, c]", in[0]);
  expect_one_floating_type(in);
  if (a.factor < 1)
    throw GraphError(fmt::format("expects a factor of at least 1, got {}", a.factor));
  const Shape& x = in[0].shape;
  return {Type{in[0].dtype, x.with(1, x[1] * a.factor).with(2, x[2] * a.factor)}};
}

/// The sum over each factor x factor square is its average times the area.
void gradient(Grad& g, const UpsampleAttrs& a) {
  const PoolAttrs squares{
      .kernel_h = a.factor, .kernel_w = a.factor, .stride_h = a.factor, .stride_w = a.factor};
  g.set(0, average_pool(g.out_grad(), squares) * static_cast<double>(a.factor * a.factor));
}

void reference(const ReferenceCall& call, const UpsampleAttrs& a) {
  const NdArray& x = *call.in[0];
  NdArray& y = call.out[0];
  for_each_index(y.type.shape, [&](const auto& at) {
    y[offset_of(y.type.shape, at)] =
        x[offset_of(x.type.shape, {at[0], at[1] / a.factor, at[2] / a.factor, at[3]})];
  });
}

}  // namespace

void register_upsample(OpRegistry& ops) {
  ops.add(Op<UpsampleAttrs>{.name = "upsample",
                            .doc = "y[n, i, j, c] = x[n, floor(i / factor), floor(j / factor), c]",
                            .inputs = {"x"},
                            .infer = infer,
                            .gradient = gradient,
                            .reference = reference});
}

}  // namespace agon
