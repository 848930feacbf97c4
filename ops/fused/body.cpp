#include "ops/fused/body.h"

#include <fmt/format.h>

#include <unordered_map>

#include "engine/ir/fused.h"
#include "engine/ir/op_def.h"
#include "ops/pointwise/tables.h"

namespace agon {

namespace {

bool is_leaf(const Node& node) {
  return node.is("input") || node.is("constant");
}

/// Nodes that outputs need, in order.
std::vector<Node*> needed_nodes(const Graph& graph) {
  std::unordered_map<const Node*, bool> needed;
  for (const auto& [name, value] : graph.outputs()) needed[value.node] = true;
  std::vector<Node*> order = graph.topological_order();
  for (std::size_t i = order.size(); i-- > 0;) {
    if (!needed[order[i]]) continue;
    for (const Value& v : order[i]->inputs()) needed[v.node] = true;
  }
  std::erase_if(order, [&](Node* node) { return !needed[node]; });
  return order;
}

/// The largest shape that something is computed over.
Shape loop_shape(const Graph& graph, const std::vector<Node*>& nodes) {
  Shape largest = graph.outputs()[0].value.shape();
  bool found = false;
  for (const Node* node : nodes) {
    if (is_leaf(*node)) continue;
    const Shape& shape = node->op().folded_axes ? node->in(0).shape() : node->out_type().shape;
    const std::int64_t more = shape.elements() - largest.elements();
    if (!found || more > 0 || (more == 0 && shape.rank() > largest.rank())) largest = shape;
    found = true;
  }
  return largest;
}

bool stretches(const Shape& shape, const Shape& to) {
  bool fits = shape.rank() == 0 || shape.rank() == to.rank();
  for (int axis = 0; fits && axis < shape.rank(); ++axis)
    fits = shape[axis] == 1 || shape[axis] == to[axis];
  return fits;
}

class BodyReader {
 public:
  explicit BodyReader(TileBody& body) : body_(body) {}

  std::string read() {
    const std::vector<Node*> nodes = needed_nodes(*body_.graph);
    body_.shape = loop_shape(*body_.graph, nodes);
    if (body_.shape.elements() == 0) return "a loop without elements";
    for (Node* node : nodes) {
      if (std::string wrong = read_node(*node); !wrong.empty()) return wrong;
    }
    for (const auto& [name, value] : body_.graph->outputs()) {
      const Node& node = *value.node;
      const int output = static_cast<int>(body_.outputs.size());
      const bool folded = node.op().folded_axes != nullptr;
      if (!folded && value.shape().elements() != body_.shape.elements())
        return other_shape(value.shape());
      body_.outputs.push_back(folded ? -1 : value_of(value));
      if (folded) body_.folds.push_back({fold_of(node), value_of(node.in(0)), output, &node});
    }
    count_uses();
    return "";
  }

 private:
  static Fold fold_of(const Node& node) { return node.is("sum") ? Fold::Sum : Fold::Max; }

  std::string other_shape(const Shape& shape) const {
    return fmt::format("a value of shape {} in a loop over {}", to_text(shape),
                       to_text(body_.shape));
  }

  int value_of(const Value& v) const { return known_.at(v.node); }

  int add(BodyValue value) {
    body_.values.push_back(std::move(value));
    return static_cast<int>(body_.values.size()) - 1;
  }

  int add_number(double number) {
    return add({.is = BodyValue::Is::Number, .number = static_cast<float>(number)});
  }

  std::string read_node(Node& node) {
    if (node.out_type().dtype != DType::F32) return "needs f32 throughout";
    if (node.is("input")) {
      const int input = std::stoi(node.attrs_as<LeafAttrs>().name);
      known_[&node] = add({.is = BodyValue::Is::Input, .input = input});
      return "";
    }
    if (node.is("constant")) {
      const auto& values = node.attrs_as<ConstantAttrs>().values;
      if (values.size() != 1) return "a constant of several numbers";
      known_[&node] = add_number(values[0]);
      return "";
    }
    if (node.op().folded_axes) {
      return node.in(0).shape() == body_.shape ? "" : other_shape(node.in(0).shape());
    }
    if (!stretches(node.out_type().shape, body_.shape)) return other_shape(node.out_type().shape);
    known_[&node] = read_step(node);
    return "";
  }

  int read_step(const Node& node) {
    std::vector<int> in;
    for (const Value& v : node.inputs()) in.push_back(value_of(v));
    if (node.is("broadcast") || node.is("convert") || node.is("stop_gradient")) return in[0];
    if (node.is("leaky_relu"))
      return add_step("leaky_relu", {in[0], add_number(node.attrs_as<LeakyReluAttrs>().slope)});
    if (node.is("elu"))
      return add_step("elu", {in[0], add_number(node.attrs_as<EluAttrs>().alpha)});
    if (node.is("pow") && body_.values[at(in[1])].is == BodyValue::Is::Number) {
      const float exponent = body_.values[at(in[1])].number;
      if (exponent == 1) return in[0];
      if (exponent == 2) return add_step("mul", {in[0], in[0]});
      if (exponent == 0.5f) return add_step("sqrt", {in[0]});
    }
    return add_step(node.op().name, std::move(in));
  }

  int add_step(std::string op, std::vector<int> operands) {
    return add({.op = std::move(op), .operands = std::move(operands)});
  }

  static std::size_t at(int value) { return static_cast<std::size_t>(value); }

  /// Last to first: a value that nobody uses makes no use of its operands either.
  void count_uses() {
    for (const int v : body_.outputs) {
      if (v >= 0) ++body_.values[at(v)].uses;
    }
    for (const BodyFold& fold : body_.folds) ++body_.values[at(fold.value)].uses;
    for (std::size_t v = body_.values.size(); v-- > 0;) {
      if (body_.values[v].uses == 0) continue;
      for (const int operand : body_.values[v].operands) ++body_.values[at(operand)].uses;
    }
  }

  TileBody& body_;
  std::unordered_map<const Node*, int> known_;
};

}  // namespace

std::string read_body(const Node& node, TileBody& body) {
  body.graph = fused_body(node);
  for (const Value& v : node.inputs()) body.inputs.push_back(v.shape());
  return BodyReader(body).read();
}

}  // namespace agon
