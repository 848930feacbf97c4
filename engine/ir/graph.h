#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/base/origin.h"
#include "engine/ir/attrs.h"
#include "engine/ir/device.h"
#include "engine/ir/type.h"

namespace agon {

class Graph;
class Node;
class OpRegistry;
struct OpDef;

/// One output of a node: the edges of the graph. Cheap to copy; lives as long as its graph.
struct Value {
  Node* node = nullptr;
  int output = 0;

  explicit operator bool() const { return node != nullptr; }
  const Type& type() const;
  const Shape& shape() const { return type().shape; }
  DType dtype() const { return type().dtype; }
  int rank() const { return shape().rank(); }
  Graph& graph() const;
  bool operator==(const Value&) const = default;
};

/// An op applied to values. Made by Graph::add, owned by its graph, never moved.
class Node {
 public:
  int id() const { return id_; }
  const OpDef& op() const { return *op_; }
  bool is(std::string_view op_name) const;
  const Attrs& attrs() const { return attrs_; }
  template <AttrStruct A>
  const A& attrs_as() const {
    return attrs_.as<A>();
  }
  std::span<const Value> inputs() const { return inputs_; }
  Value in(int i) const { return inputs_[static_cast<std::size_t>(i)]; }
  std::span<const Type> outputs() const { return outputs_; }
  const Type& out_type(int i = 0) const { return outputs_[static_cast<std::size_t>(i)]; }
  Value out(int i = 0) { return {this, i}; }
  Graph& graph() const { return *graph_; }
  /// Where the user wrote what this node computes.
  const Origin& origin() const { return *origin_; }
  /// True for nodes made by differentiation.
  bool is_gradient() const { return is_gradient_; }
  /// Where it is computed; of inputs and variables always Device::Cpu.
  Device device() const { return device_; }

 private:
  friend class Graph;
  Node() = default;
  int id_ = 0;
  const OpDef* op_ = nullptr;
  Attrs attrs_;
  std::vector<Value> inputs_;
  std::vector<Type> outputs_;
  std::shared_ptr<const Origin> origin_;
  bool is_gradient_ = false;
  Device device_ = Device::Cpu;
  Graph* graph_ = nullptr;
  std::vector<Node*> readers_;  // at least the nodes that read this one
};

/// A pure function in single-assignment form: (variables, inputs) -> (outputs, new variables).
/// Nothing in it happens in an order but by data; every node is a pure function of its inputs and
/// attributes.
class Graph {
 public:
  explicit Graph(const OpRegistry& ops);
  ~Graph();
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  std::unique_ptr<Graph> clone() const;

  const OpRegistry& ops() const { return ops_; }

  /// Appends a node; infers its types. Throws GraphError ("conv2d: expects ..., got ...") when the
  /// inputs do not fit. Returns the first output. The device is that of the node which the
  /// innermost OriginScope of a node was made from, outside of any Device::Cpu.
  Value add(std::string_view op, std::vector<Value> inputs, Attrs attrs = {});

  /// The leaf of that name, made at first use. The same name with another type is an InternalError.
  Value input(const std::string& name, const Type& type);
  Value variable(const std::string& name, const Type& type);
  /// `value` everywhere.
  Value constant(double value, DType dtype = DType::F32, const Shape& shape = {});
  Value constant(std::vector<double> values, DType dtype, const Shape& shape);

  struct Named {
    std::string name;
    Value value;
  };
  /// Computes a node on `device` from now on. Inputs and variables stay where they are: they hold
  /// memory that is given, and compute nothing.
  static void place(Node& node, Device device);

  /// Names are unique; naming again replaces.
  void set_output(const std::string& name, Value value);
  void set_update(const std::string& variable, Value value);
  const std::vector<Named>& outputs() const { return outputs_; }
  const std::vector<Named>& updates() const { return updates_; }

  /// Nodes in order of creation; ids rise, gaps are removed nodes.
  const std::vector<std::unique_ptr<Node>>& nodes() const { return nodes_; }
  /// Every node after its inputs; among the possible orders the one nearest to creation order.
  std::vector<Node*> topological_order() const;
  /// For each node id the nodes that read it, in creation order; valid until the next change.
  std::vector<std::vector<Node*>> users() const;

  /// Makes every reader of `from` (nodes, outputs, updates) read `to`.
  void replace(Value from, Value to);
  void replace_input(Node& node, int input, Value to);
  /// Makes `order` the order of creation: ids are its positions. It holds every node once, each
  /// after its inputs (InternalError otherwise).
  void resequence(const std::vector<Node*>& order);
  /// Removes nodes that no output and no update depends on; returns how many. Values of removed
  /// nodes dangle.
  int remove_dead();

  /// Nodes made while a scope lives carry its origin (the innermost wins).
  class OriginScope {
   public:
    OriginScope(Graph& graph, const Origin& origin);
    /// Keeps origin and device of `node`; what is made is marked as a gradient.
    struct GradientOf {};
    OriginScope(Graph& graph, const Node& node, GradientOf);
    /// Keeps origin, device and mark of `node`, for rewrites.
    OriginScope(Graph& graph, const Node& node);
    ~OriginScope();
    OriginScope(const OriginScope&) = delete;
    OriginScope& operator=(const OriginScope&) = delete;

   private:
    Graph& graph_;
    std::shared_ptr<const Origin> origin_before_;
    bool gradient_before_;
    Device device_before_;
  };

 private:
  Value leaf(std::string_view op, const std::string& name, const Type& type);
  void index(Node& node);

  const OpRegistry& ops_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::unordered_map<std::string, Node*> leaves_;  // "input x", the first of each name
  std::vector<Named> outputs_;
  std::vector<Named> updates_;
  std::shared_ptr<const Origin> origin_;
  bool is_gradient_ = false;
  Device device_ = Device::Cpu;
  int next_id_ = 0;
};

}  // namespace agon

template <>
struct std::hash<agon::Value> {
  std::size_t operator()(const agon::Value& v) const noexcept {
    return std::hash<const void*>()(v.node) * 31 + static_cast<std::size_t>(v.output);
  }
};
