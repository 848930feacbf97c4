#include "engine/ir/op_def.h"
#include "ops/conv/conv2d.h"
#include "ops/matmul/matmul.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

/// Whether one window covers the whole of x [n, h, w, c] and no padding. Each picture and each
/// filter then is a row of a matrix as it lies.
bool is_one_window(const Shape& x, const Shape& w, const Conv2dAttrs& a) {
  return w[1] == x[1] && w[2] == x[2] && a.pad_top == 0 && a.pad_left == 0 && a.pad_bottom == 0 &&
         a.pad_right == 0;
}

Value as_rows(Value v) {
  const Shape& shape = v.shape();
  return reshape(v, {shape[0], shape[1] * shape[2] * shape[3]});
}

Value conv2d_of_one_window(Node& node) {
  const Value x = node.in(0), w = node.in(1);
  if (!is_one_window(x.shape(), w.shape(), node.attrs_as<Conv2dAttrs>())) return {};
  return reshape(matmul(as_rows(x), as_rows(w), {.transpose_b = true}), node.out_type().shape);
}

Value input_grad_of_one_window(Node& node) {
  const Value dy = node.in(0), w = node.in(1);
  if (!is_one_window(node.out_type().shape, w.shape(), node.attrs_as<Conv2dAttrs>())) return {};
  return reshape(matmul(as_rows(dy), as_rows(w)), node.out_type().shape);
}

Value weight_grad_of_one_window(Node& node) {
  const Value x = node.in(0), dy = node.in(1);
  if (!is_one_window(x.shape(), node.out_type().shape, node.attrs_as<Conv2dAttrs>())) return {};
  return reshape(matmul(as_rows(dy), as_rows(x), {.transpose_a = true}), node.out_type().shape);
}

}  // namespace

void register_conv2d_rules(OpRegistry& ops) {
  ops.add_rule({"conv2d of one window => matmul", "conv2d", conv2d_of_one_window});
  ops.add_rule(
      {"conv2d_input_grad of one window => matmul", "conv2d_input_grad", input_grad_of_one_window});
  ops.add_rule({"conv2d_weight_grad of one window => matmul", "conv2d_weight_grad",
                weight_grad_of_one_window});
}

}  // namespace agon
