#include <fmt/format.h>

#include "tests/ops/harness.h"

namespace agon::op_cases {

namespace {

/// Two operands as they meet: equal shapes, scalars, channels, rows, stretching on both sides, long
/// and short rows, across pieces and tiles.
struct Pair {
  std::string label;
  Input a, b;
  bool large = false;
};

std::vector<Pair> pairs() {
  return {
      {"equal", f32(3, 5), f32(3, 5)},
      {"scalar_left", f32(), f32(7, 3)},
      {"scalar_right", f32(2, 3, 4), f32()},
      {"scalars", f32(), f32()},
      {"one_element", f32(1, 1), f32(1, 1)},
      {"channels", f32(2, 3, 2, 5), f32(1, 1, 1, 5)},
      {"examples", f32(4, 6), f32(4, 1)},
      {"outer_product", f32(5, 1), f32(1, 4)},
      {"both_stretch", f32(2, 1, 3, 1), f32(1, 4, 3, 2)},
      {"middle", f32(2, 3, 2), f32(2, 1, 2)},
      {"large", f32(7, 5003), f32(7, 5003), true},
      {"large_channels", f32(9, 31, 33, 3), f32(1, 1, 1, 3), true},
      {"large_wide_channels", f32(5, 17, 3, 257), f32(1, 1, 1, 257), true},
      {"large_examples", f32(6, 20, 21, 16), f32(6, 1, 1, 16), true},
      {"large_rows", f32(1200, 19), f32(1200, 1), true},
      {"large_scalar", f32(40001), f32(), true},
      {"f64", f64(3, 5), f64(1, 5)},
  };
}

struct Binary {
  std::string op;
  bool distinct = false;          // kinks lie where the operands are equal
  double low_a = -1, low_b = -1;  // both below 2
};

std::vector<Case> binary_rows() {
  std::vector<Case> rows;
  const std::vector<Binary> ops = {{"add"},
                                   {"sub"},
                                   {"mul"},
                                   {"div", false, -1, 0.5},
                                   {"pow", false, 0.2, -1},
                                   {"min", true},
                                   {"max", true},
                                   {"equal", true},
                                   {"not_equal", true},
                                   {"less", true},
                                   {"less_equal", true},
                                   {"greater", true},
                                   {"greater_equal", true}};
  for (const Binary& op : ops) {
    for (const Pair& pair : pairs()) {
      Case row;
      row.op = op.op;
      row.label = pair.label;
      row.inputs = {pair.a.between(op.low_a, 2), pair.b.between(op.low_b, 2)};
      row.distinct = op.distinct && !pair.large;
      row.gradients = !pair.large;
      if (pair.a.type.dtype == DType::F32) row.accepts = {"cpu:fused"};
      rows.push_back(row);
    }
  }
  return rows;
}

const CaseTable kBinary(binary_rows());

const CaseTable kMoreBinary({
    {.op = "equal", .label = "ties", .inputs = {f32(9, 7).below(3), f32(9, 7).below(3)}},
    {.op = "less_equal", .label = "ties", .inputs = {f32(9, 7).below(3), f32(9, 7).below(3)}},
    {.op = "greater", .label = "ties", .inputs = {f32(9, 7).below(3), f32(9, 7).below(3)}},
    {.op = "equal", .label = "labels", .inputs = {i32(40).below(4), i32().below(4)}},
    {.op = "not_equal", .label = "labels", .inputs = {i32(40, 3).below(4), i32(1, 3).below(4)}},
    {.op = "add", .label = "labels", .inputs = {i32(40).below(4), i32(40).below(9)}},
    {.op = "sub", .label = "labels", .inputs = {i32(4, 3).below(4), i32(4, 1).below(9)}},
    {.op = "mul", .label = "labels", .inputs = {i32(40).below(40), i32().below(9)}},
    {.op = "min", .label = "labels", .inputs = {i32(40).below(40), i32(40).below(40)}},
    {.op = "pow", .label = "half_and_two", .inputs = {f32(50).between(0.1, 3), f32(1).below(3)}},
    {.op = "where",
     .label = "equal",
     .inputs = {f32(4, 3).below(2), f32(4, 3), f32(4, 3)},
     .accepts = {"cpu:fused"}},
    {.op = "where", .label = "scalars", .inputs = {f32(30).below(2), f32(), f32()}},
    {.op = "where", .label = "scalar_a", .inputs = {f32(3, 3).below(2), f32(), f32(3, 3)}},
    {.op = "where", .label = "scalar_b", .inputs = {f32(3, 3).below(2), f32(3, 3), f32()}},
    {.op = "where", .label = "scalar_condition", .inputs = {f32().below(2), f32(3, 3), f32(3, 1)}},
    {.op = "where",
     .label = "examples",
     .inputs = {f32(4, 1, 1).below(2), f32(4, 3, 2), f32(1, 3, 2)}},
    {.op = "where",
     .label = "large",
     .inputs = {f32(70, 1, 3).below(2), f32(70, 91, 3), f32(1, 1, 3)},
     .gradients = false},
    {.op = "where", .label = "f64", .inputs = {f64(5).below(2), f64(5), f64()}},
    {.op = "where", .label = "by_labels", .inputs = {i32(8).below(2), f32(8), f32(8)}},
    {.op = "where",
     .label = "labels",
     .inputs = {f32(8).below(2), i32(8).below(9), i32().below(9)}},
});

struct Unary {
  std::string op;
  double low = -4, high = 4;
  std::vector<double> kinks = {};
  std::string attrs = {};
};

std::vector<Case> unary_rows() {
  std::vector<Case> rows;
  const std::vector<Unary> ops = {
      {"neg"},
      {"exp", -6, 6},
      {"log", 0.05, 30},
      {"sqrt", 0.05, 30},
      {"abs", -4, 4, {0}},
      {"sign", -4, 4, {0}},
      {"floor"},
      {"sin", -9, 9},
      {"cos", -9, 9},
      {"tanh"},
      {"sigmoid", -9, 9},
      {"softplus", -9, 9},
      {"erf", -3, 3},
      {"relu", -4, 4, {0}},
      {"leaky_relu", -4, 4, {0}, "{slope: 0.2}"},
      {"leaky_relu", -4, 4, {0}, "{slope: -0.5}"},
      {"elu", -4, 4, {0}, "{alpha: 1}"},
      {"elu", -4, 4, {0}, "{alpha: 0.3}"},
      {"selu", -4, 4, {0}},
      {"gelu", -6, 6},
      {"silu", -9, 9},
  };
  for (const Unary& op : ops) {
    for (const Input& shape : {f32(), f32(3, 5), f64(2, 9), f32(40003)}) {
      Case row;
      row.op = op.op;
      row.inputs = {shape.between(op.low, op.high)};
      row.attrs = op.attrs;
      row.kinks = op.kinks;
      row.gradients = shape.type.shape.elements() < 1000;
      if (shape.type.dtype == DType::F32) row.accepts = {"cpu:fused"};
      rows.push_back(row);
    }
  }
  return rows;
}

const CaseTable kUnary(unary_rows());

const CaseTable kMoreUnary({
    {.op = "neg", .label = "labels", .inputs = {i32(9).below(5)}},
    {.op = "abs", .label = "labels", .inputs = {i32(9).below(5)}},
    {.op = "sign", .label = "labels", .inputs = {i32(9).below(2)}},
    {.op = "convert", .label = "f32_f64", .inputs = {f32(3, 5)}, .attrs = "{dtype: f64}"},
    {.op = "convert", .label = "f64_f32", .inputs = {f64(3, 5)}, .attrs = "{dtype: f32}"},
    {.op = "convert",
     .label = "f32_i32",
     .inputs = {f32(50).between(-9, 9)},
     .attrs = "{dtype: i32}"},
    {.op = "convert",
     .label = "f64_i32",
     .inputs = {f64().between(-9, 9)},
     .attrs = "{dtype: i32}"},
    {.op = "convert", .label = "i32_f32", .inputs = {i32(33).below(1000)}, .attrs = "{dtype: f32}"},
    {.op = "convert", .label = "i32_f64", .inputs = {i32(33).below(1000)}, .attrs = "{dtype: f64}"},
    {.op = "convert",
     .label = "large",
     .inputs = {f32(99, 401)},
     .attrs = "{dtype: f64}",
     .gradients = false},
    {.op = "stop_gradient", .inputs = {f32(3, 5)}},
    {.op = "stop_gradient", .inputs = {i32(3).below(4)}},
});

const RefusedTable kRefused({
    {.op = "add",
     .inputs = {f32(64, 3), f32(64, 4)},
     .message = "add: expects equal shapes or axes of size 1, got [64, 3] and [64, 4]"},
    {.op = "mul",
     .inputs = {f32(64, 3), f32(3)},
     .message = "mul: expects equal shapes or axes of size 1, got [64, 3] and [3]"},
    {.op = "sub",
     .inputs = {f32(2), f64(2)},
     .message = "sub: expects operands of one dtype, got f32[2] and f64[2]"},
    {.op = "div",
     .inputs = {i32(2), i32(2)},
     .message = "div: expects a floating value, got i32[2]"},
    {.op = "exp", .inputs = {i32(2)}, .message = "exp: expects a floating value, got i32[2]"},
    {.op = "where",
     .inputs = {f32(2), f32(2), i32(2)},
     .message = "where: expects a and b of one dtype, got f32[2] and i32[2]"},
    {.op = "where",
     .inputs = {f32(2, 1), f32(2, 3), f32(4, 3)},
     .message = "where: expects equal shapes or axes of size 1, got [2, 3] and [4, 3]"},
    {.op = "leaky_relu",
     .inputs = {i32(2)},
     .message = "leaky_relu: expects a floating value, got i32[2]"},
});

}  // namespace
}  // namespace agon::op_cases
