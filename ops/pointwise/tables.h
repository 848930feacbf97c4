#pragma once
#include <span>
#include <string>

#include "engine/ir/op_def.h"
#include "ops/pointwise/stretch.h"

namespace agon {

/// y = f(x), element by element. A row is an op: definition, reference, and the kernel of the
/// dtypes that are not worth vector code.
struct UnaryRow {
  const char* name;
  const char* doc;
  Takes takes;
  double (*f)(double x);
  /// dx as graph; null where the derivative stops.
  Value (*dx)(const Grad& g);
  int effort = 8;  // OpDef::effort
};

/// y = f(a, b) with stretching. `da` and `db` are of the stretched shape; they are summed back.
struct BinaryRow {
  const char* name;
  const char* doc;
  Takes takes;
  double (*f)(double a, double b);
  Value (*da)(const Grad& g);
  Value (*db)(const Grad& g);
  int effort = 1;
};

/// neg exp log sqrt abs sign floor sin cos tanh sigmoid softplus erf.
std::span<const UnaryRow> function_rows();
/// relu selu gelu silu.
std::span<const UnaryRow> activation_rows();
/// add sub mul div pow min max.
std::span<const BinaryRow> arithmetic_rows();
/// equal not_equal less less_equal greater greater_equal: 1 or 0, in f32 for integers.
std::span<const BinaryRow> compare_rows();

/// leaky_relu and elu.
struct LeakyReluAttrs {
  double slope = 0.01;
  static constexpr auto fields() { return std::tuple{field("slope", &LeakyReluAttrs::slope)}; }
  bool operator==(const LeakyReluAttrs&) const = default;
};
struct EluAttrs {
  double alpha = 1;
  static constexpr auto fields() { return std::tuple{field("alpha", &EluAttrs::alpha)}; }
  bool operator==(const EluAttrs&) const = default;
};
/// Klambauer, Unterthiner, Mayr, Hochreiter: "Self-normalizing neural networks", 2017.
inline constexpr double kSeluScale = 1.0507009873554804934193349852946;
inline constexpr double kSeluAlpha = 1.6732632423543772848170429916717;
double leaky_relu_of(double x, double slope);
double elu_of(double x, double alpha);

struct ConvertAttrs {
  DType dtype = DType::F32;
  static constexpr auto fields() { return std::tuple{field("dtype", &ConvertAttrs::dtype)}; }
  bool operator==(const ConvertAttrs&) const = default;
};

void add_unary(OpRegistry& ops, const UnaryRow& row);

}  // namespace agon
