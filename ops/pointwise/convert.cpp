#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/pointwise/pointwise.h"
#include "ops/pointwise/tables.h"

namespace agon {

namespace {

/// Nearest i32 towards zero; NaN is 0.
double whole_of(double x) {
  using Limits = std::numeric_limits<std::int32_t>;
  if (std::isnan(x)) return 0;
  return std::clamp(std::trunc(x), double{Limits::min()}, double{Limits::max()});
}

void convert_reference(const ReferenceCall& call, const ConvertAttrs& a) {
  call.out[0].values = call.in[0]->values;
  if (a.dtype == DType::I32)
    std::ranges::transform(call.out[0].values, call.out[0].values.begin(), whole_of);
}

}  // namespace

void register_convert(OpRegistry& ops) {
  ops.add(Op<ConvertAttrs>{
      .name = "convert",
      .doc = "x in another dtype: f64 to f32 rounds to nearest, floating to i32 truncates and "
             "saturates",
      .inputs = {"x"},
      .infer =
          [](std::span<const Type> in, const ConvertAttrs& a) {
            return std::vector{Type{a.dtype, in[0].shape}};
          },
      .gradient =
          [](Grad& g, const ConvertAttrs& a) {
            if (is_floating(a.dtype) && is_floating(g.in(0).dtype()))
              g.set(0, convert(g.out_grad(), g.in(0).dtype()));
          },
      .reference = convert_reference,
      .flops = count_elements,
      .is_pointwise = true});
  ops.add(Op<>{.name = "stop_gradient",
               .doc = "y = x, through which no gradient passes",
               .inputs = {"x"},
               .infer = [](std::span<const Type> in, const NoAttrs&) { return std::vector{in[0]}; },
               .stops_gradient = true,
               .reference = [](const ReferenceCall& call,
                               const NoAttrs&) { call.out[0].values = call.in[0]->values; },
               .is_view = true});
}

Value convert(Value x, DType dtype) {
  if (x.dtype() == dtype) return x;
  return x.graph().add("convert", {x}, ConvertAttrs{dtype});
}

Value stop_gradient(Value x) {
  return x.graph().add("stop_gradient", {x});
}

}  // namespace agon
