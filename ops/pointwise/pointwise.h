#pragma once
#include "engine/ir/graph.h"

namespace agon {

/// Pointwise arithmetic. Operands have one dtype and equal rank, an axis of size 1 stretches; a
/// scalar (rank 0) fits everything. Comparisons give 1 or 0 in the floating type of their operands
/// (f32 for integers).
Value add(Value a, Value b);
Value sub(Value a, Value b);
Value mul(Value a, Value b);
Value div(Value a, Value b);
/// a^b; the gradient with respect to b is taken as 0 where a <= 0.
Value pow(Value a, Value b);
Value min(Value a, Value b);  // gradient to a where a <= b
Value max(Value a, Value b);  // gradient to a where a >= b
Value equal(Value a, Value b);
Value not_equal(Value a, Value b);
Value less(Value a, Value b);
Value less_equal(Value a, Value b);
Value greater(Value a, Value b);
Value greater_equal(Value a, Value b);
/// Where condition != 0: a, else b. No gradient to the condition.
Value where(Value condition, Value a, Value b);

Value neg(Value x);
Value exp(Value x);
Value log(Value x);
Value sqrt(Value x);  // gradient 0 at 0
Value abs(Value x);   // gradient 0 at 0
Value sign(Value x);
Value floor(Value x);
Value sin(Value x);  // of an angle in radians
Value cos(Value x);
Value tanh(Value x);
Value sigmoid(Value x);
Value softplus(Value x);  // log(1 + e^x), exact for large |x|
Value erf(Value x);       // 2/sqrt(pi) times the integral of e^(-t^2) from 0 to x
Value relu(Value x);
Value leaky_relu(Value x, double slope);
Value elu(Value x, double alpha);
Value selu(Value x);
Value gelu(Value x);  // x * Phi(x), the exact form with erf
Value silu(Value x);

/// Another dtype; f64 -> f32 rounds to nearest, floating -> i32 truncates.
Value convert(Value x, DType dtype);
/// x, but no gradient passes.
Value stop_gradient(Value x);

/// A number beside a value: a constant of the value's dtype.
inline Value operator+(Value a, Value b) {
  return add(a, b);
}
inline Value operator-(Value a, Value b) {
  return sub(a, b);
}
inline Value operator*(Value a, Value b) {
  return mul(a, b);
}
inline Value operator/(Value a, Value b) {
  return div(a, b);
}
inline Value operator-(Value a) {
  return neg(a);
}
Value operator+(Value a, double b);
Value operator-(Value a, double b);
Value operator*(Value a, double b);
Value operator/(Value a, double b);
Value operator+(double a, Value b);
Value operator-(double a, Value b);
Value operator*(double a, Value b);
Value operator/(double a, Value b);

}  // namespace agon
