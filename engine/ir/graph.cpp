#include "engine/ir/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "engine/base/error.h"
#include "engine/ir/op_def.h"

namespace agon {

const Type& Value::type() const {
  return node->out_type(output);
}

Graph& Value::graph() const {
  return node->graph();
}

bool Node::is(std::string_view op_name) const {
  return op_->name == op_name;
}

Graph::Graph(const OpRegistry& ops) : ops_(ops), origin_(std::make_shared<const Origin>()) {}

Graph::~Graph() = default;

namespace {
/// Gradients of gradients double with each: twenty of them would fill any memory.
constexpr std::size_t kMostNodes = 100'000;

bool takes_any_number(const OpDef& op) {
  return !op.inputs.empty() && op.inputs.back().ends_with("...");
}

void check_arity(const OpDef& op, std::size_t count) {
  const bool any = takes_any_number(op);
  if (any ? count < op.inputs.size() : count != op.inputs.size()) {
    throw GraphError(fmt::format("{}: expects {}{} inputs, got {}", op.name, any ? "at least " : "",
                                 op.inputs.size(), count));
  }
}
}  // namespace

Value Graph::add(std::string_view op_name, std::vector<Value> inputs, Attrs attrs) {
  const OpDef& op = ops_.at(op_name);
  check_arity(op, inputs.size());
  if (nodes_.size() >= kMostNodes)
    throw GraphError(fmt::format("{}: a graph of more than {} nodes", op.name, kMostNodes));
  std::vector<Type> types;
  types.reserve(inputs.size());
  for (const Value& v : inputs) {
    if (!v || &v.graph() != this) throw InternalError(op.name + ": an input is of another graph");
    types.push_back(v.type());
  }
  auto node = std::unique_ptr<Node>(new Node());
  try {
    node->outputs_ = op.infer(types, attrs);
  } catch (const GraphError& e) {
    throw GraphError(op.name + ": " + e.what());
  }
  node->id_ = next_id_++;
  node->op_ = &op;
  node->attrs_ = std::move(attrs);
  node->inputs_ = std::move(inputs);
  node->origin_ = origin_;
  node->is_gradient_ = is_gradient_;
  place(*node, device_);
  node->graph_ = this;
  nodes_.push_back(std::move(node));
  index(*nodes_.back());
  return nodes_.back()->out();
}

namespace {
std::string leaf_key(std::string_view op, std::string_view name) {
  return fmt::format("{} {}", op, name);
}
}  // namespace

void Graph::index(Node& node) {
  for (const Value& v : node.inputs_) v.node->readers_.push_back(&node);
  if (node.is("input") || node.is("variable"))
    leaves_.emplace(leaf_key(node.op_->name, node.attrs_as<LeafAttrs>().name), &node);
}

Value Graph::leaf(std::string_view op, const std::string& name, const Type& type) {
  const auto known = leaves_.find(leaf_key(op, name));
  if (known == leaves_.end()) return add(op, {}, LeafAttrs{name, type.dtype, type.shape});
  Node& node = *known->second;
  if (node.out_type() != type) {
    throw InternalError(
        fmt::format("{} '{}' is {} and {}", op, name, to_text(node.out_type()), to_text(type)));
  }
  return node.out();
}

Value Graph::input(const std::string& name, const Type& type) {
  return leaf("input", name, type);
}

Value Graph::variable(const std::string& name, const Type& type) {
  return leaf("variable", name, type);
}

Value Graph::constant(double value, DType dtype, const Shape& shape) {
  return constant(std::vector<double>{value}, dtype, shape);
}

Value Graph::constant(std::vector<double> values, DType dtype, const Shape& shape) {
  return add("constant", {}, ConstantAttrs{dtype, shape, std::move(values)});
}

void Graph::place(Node& node, Device device) {
  if (!node.is("input") && !node.is("variable")) node.device_ = device;
}

namespace {
void set_named(std::vector<Graph::Named>& list, const std::string& name, Value value) {
  for (Graph::Named& entry : list) {
    if (entry.name == name) {
      entry.value = value;
      return;
    }
  }
  list.push_back({name, value});
}
}  // namespace

void Graph::set_output(const std::string& name, Value value) {
  set_named(outputs_, name, value);
}

void Graph::set_update(const std::string& variable, Value value) {
  set_named(updates_, variable, value);
}

std::vector<Node*> Graph::topological_order() const {
  std::vector<Node*> order;
  order.reserve(nodes_.size());
  std::vector<char> state(static_cast<std::size_t>(next_id_), 0);  // 0 new, 1 open, 2 done
  std::vector<std::pair<Node*, std::size_t>> stack;
  for (const auto& root : nodes_) {
    if (state[static_cast<std::size_t>(root->id())] == 2) continue;
    stack.emplace_back(root.get(), 0);
    state[static_cast<std::size_t>(root->id())] = 1;
    while (!stack.empty()) {
      auto& [node, next] = stack.back();
      if (next < node->inputs_.size()) {
        Node* input = node->inputs_[next++].node;
        char& seen = state[static_cast<std::size_t>(input->id())];
        if (seen == 1) throw InternalError("the graph has a cycle");
        if (seen == 0) {
          seen = 1;
          stack.emplace_back(input, 0);
        }
      } else {
        state[static_cast<std::size_t>(node->id())] = 2;
        order.push_back(node);
        stack.pop_back();
      }
    }
  }
  return order;
}

std::vector<std::vector<Node*>> Graph::users() const {
  std::vector<std::vector<Node*>> readers(static_cast<std::size_t>(next_id_));
  for (const auto& node : nodes_) {
    for (const Value& v : node->inputs_) {
      auto& list = readers[static_cast<std::size_t>(v.node->id())];
      if (list.empty() || list.back() != node.get()) list.push_back(node.get());
    }
  }
  return readers;
}

void Graph::replace(Value from, Value to) {
  if (from.type() != to.type()) {
    throw InternalError(
        fmt::format("replacing {} by {}", to_text(from.type()), to_text(to.type())));
  }
  for (Node* reader : std::exchange(from.node->readers_, {})) {
    bool rewired = false;
    bool still_reads = false;
    for (Value& input : reader->inputs_) {
      rewired = rewired || input == from;
      if (input == from) input = to;
      still_reads = still_reads || input.node == from.node;
    }
    if (rewired) to.node->readers_.push_back(reader);
    if (still_reads) from.node->readers_.push_back(reader);
  }
  for (auto* list : {&outputs_, &updates_}) {
    for (Named& entry : *list) {
      if (entry.value == from) entry.value = to;
    }
  }
}

void Graph::replace_input(Node& node, int input, Value to) {
  node.inputs_[static_cast<std::size_t>(input)] = to;
  to.node->readers_.push_back(&node);
}

int Graph::remove_dead() {
  std::vector<char> live(static_cast<std::size_t>(next_id_), 0);
  std::vector<Node*> stack;
  const auto reach = [&](Node* node) {
    if (std::exchange(live[static_cast<std::size_t>(node->id())], 1) == 0) stack.push_back(node);
  };
  for (const Named& entry : outputs_) reach(entry.value.node);
  for (const Named& entry : updates_) reach(entry.value.node);
  while (!stack.empty()) {
    Node* node = stack.back();
    stack.pop_back();
    for (const Value& v : node->inputs_) reach(v.node);
  }
  const auto removed = std::erase_if(
      nodes_, [&](const auto& node) { return live[static_cast<std::size_t>(node->id())] == 0; });
  leaves_.clear();
  for (const auto& node : nodes_) node->readers_.clear();
  for (const auto& node : nodes_) index(*node);
  return static_cast<int>(removed);
}

void Graph::resequence(const std::vector<Node*>& order) {
  std::vector<int> position(static_cast<std::size_t>(next_id_), -1);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto id = static_cast<std::size_t>(order[i]->id());
    if (order[i]->graph_ != this || position[id] >= 0)
      throw InternalError("resequence: a node of another graph, or one twice");
    position[id] = static_cast<int>(i);
  }
  if (order.size() != nodes_.size()) {
    throw InternalError(
        fmt::format("resequence: expected {} nodes, got {}", nodes_.size(), order.size()));
  }
  const auto place = [&](const Node* node) {
    return position[static_cast<std::size_t>(node->id())];
  };
  for (const Node* node : order) {
    for (const Value& v : node->inputs_) {
      if (place(v.node) >= place(node)) throw InternalError("resequence: a node before its input");
    }
  }
  std::ranges::sort(nodes_, {}, [&](const auto& node) { return place(node.get()); });
  next_id_ = 0;
  for (const auto& node : nodes_) node->id_ = next_id_++;
}

std::unique_ptr<Graph> Graph::clone() const {
  auto copy = std::make_unique<Graph>(ops_);
  std::unordered_map<const Node*, Node*> twin;
  const auto mapped = [&](Value v) { return Value{twin.at(v.node), v.output}; };
  for (const Node* node : topological_order()) {
    std::vector<Value> inputs;
    for (const Value& v : node->inputs_) inputs.push_back(mapped(v));
    Node* made = copy->add(node->op_->name, std::move(inputs), node->attrs_).node;
    made->origin_ = node->origin_;
    made->is_gradient_ = node->is_gradient_;
    made->device_ = node->device_;
    twin[node] = made;
  }
  for (const Named& entry : outputs_) copy->set_output(entry.name, mapped(entry.value));
  for (const Named& entry : updates_) copy->set_update(entry.name, mapped(entry.value));
  return copy;
}

Graph::OriginScope::OriginScope(Graph& graph, const Origin& origin)
    : graph_(graph),
      origin_before_(graph.origin_),
      gradient_before_(graph.is_gradient_),
      device_before_(graph.device_) {
  graph.origin_ = std::make_shared<const Origin>(origin);
}

Graph::OriginScope::OriginScope(Graph& graph, const Node& node, GradientOf)
    : OriginScope(graph, node) {
  graph.is_gradient_ = true;
}

Graph::OriginScope::OriginScope(Graph& graph, const Node& node)
    : graph_(graph),
      origin_before_(graph.origin_),
      gradient_before_(graph.is_gradient_),
      device_before_(graph.device_) {
  graph.origin_ = node.origin_;
  graph.is_gradient_ = node.is_gradient_;
  graph.device_ = node.device_;
}

Graph::OriginScope::~OriginScope() {
  graph_.origin_ = std::move(origin_before_);
  graph_.is_gradient_ = gradient_before_;
  graph_.device_ = device_before_;
}

}  // namespace agon
