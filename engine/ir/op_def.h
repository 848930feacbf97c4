#pragma once
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ir/attrs.h"
#include "engine/ir/graph.h"
#include "engine/ir/ndarray.h"
#include "engine/ir/type.h"

namespace agon {

/// What a gradient rule sees: a node and the gradients of its outputs. It states the gradients of
/// the inputs as graph, out of ordinary ops, so that they can be differentiated again.
class Grad {
 public:
  Grad(Node& node, std::span<const Value> out_grads, std::vector<bool> wanted)
      : node_(node),
        out_grads_(out_grads),
        wanted_(std::move(wanted)),
        grads_(node.inputs().size()) {}

  Node& node() const { return node_; }
  Graph& graph() const { return node_.graph(); }
  Value in(int i) const { return node_.in(i); }
  Value out(int i = 0) const { return node_.out(i); }
  /// Null when nothing depends on that output (only possible for nodes of several outputs).
  Value out_grad(int i = 0) const { return out_grads_[static_cast<std::size_t>(i)]; }
  /// Whether anybody asked for the gradient of input i; setting others is allowed and wasted.
  bool wants(int i) const { return wanted_[static_cast<std::size_t>(i)]; }
  /// The gradient must have the input's type. An input never set has none.
  void set(int i, Value grad) { grads_[static_cast<std::size_t>(i)] = grad; }

  std::span<const Value> grads() const { return grads_; }

 private:
  Node& node_;
  std::span<const Value> out_grads_;
  std::vector<bool> wanted_;
  std::vector<Value> grads_;
};

/// Inputs and zero-filled outputs of one reference evaluation.
struct ReferenceCall {
  std::span<const NdArray* const> in;
  std::span<NdArray> out;
};

/// An op as the engine sees it. Written as Op<A> below.
struct OpDef {
  std::string name;
  std::string doc;
  std::vector<std::string> inputs;
  std::function<std::vector<Type>(std::span<const Type>, const Attrs&)> infer;
  std::function<void(Grad&, const Attrs&)> gradient;
  bool stops_gradient = false;
  std::function<std::vector<Value>(Node&, const Attrs&)> expand;
  std::function<void(const ReferenceCall&, const Attrs&)> reference;
  std::function<double(const Node&)> flops;
  bool is_view = false;
  bool is_pointwise = false;
  int effort = 1;
  std::function<std::vector<std::int64_t>(const Attrs&)> folded_axes;
  std::function<Attrs(std::string_view)> read_attrs;
};

/// An identity of algebra about one op, named by its formula ("x * 1 => x").
struct Rule {
  std::string name;
  std::string op;
  /// The value that output 0 of the node may be replaced by, of the same type; null where the
  /// identity does not apply. May append nodes.
  std::function<Value(Node& node)> apply;
};

/// An op, written as a value. `A` is its attribute struct (attrs.h).
template <AttrStruct A = NoAttrs>
struct Op {
  /// The one word for it: in files, graphs, docs and C++.
  std::string name;
  /// Its formula, with shapes where they are not plain.
  std::string doc;
  /// Names of the inputs. A last name ending in "..." takes any number, one at least.
  std::vector<std::string> inputs;
  /// Types of the outputs. Throws GraphError with expected against got; the op's name is put before
  /// it.
  std::function<std::vector<Type>(std::span<const Type> in, const A& attrs)> infer;
  /// Gradient as graph. Left out where `expand` gives the meaning, or with stops_gradient.
  std::function<void(Grad& g, const A& attrs)> gradient = nullptr;
  /// The derivative is zero or undefined on purpose (comparisons, draws, integer results).
  bool stops_gradient = false;
  /// The meaning in smaller ops: one value for each output.
  std::function<std::vector<Value>(Node& node, const A& attrs)> expand = nullptr;
  /// The meaning in plain loops, in double precision. Left out where `expand` is given.
  std::function<void(const ReferenceCall& call, const A& attrs)> reference = nullptr;
  /// Additions and multiplications, a fused pair counting two. Default: none.
  std::function<double(const Node& node)> flops = nullptr;
  /// Output 0 holds the bytes of input 0 in the same order: the planner may let both lie in one
  /// place.
  bool is_view = false;
  /// Each element of the one output depends on the elements of the inputs at its place alone, every
  /// input stretched to the output's shape.
  bool is_pointwise = false;
  /// Of a pointwise op: the time an element takes, an addition being 1. What is dear is rather
  /// stored than computed twice.
  int effort = 1;
  /// Set where the one output combines elements of input 0 along these axes and does nothing else.
  std::function<std::vector<std::int64_t>(const A&)> folded_axes = nullptr;
};

/// All ops of a program, by name. Built once, then only read.
class OpRegistry {
 public:
  /// Holds the leaves input, variable and constant from the start, and what passes and planner put
  /// in: `copy`, `upload`, `download`, `fused`.
  OpRegistry();
  OpRegistry(const OpRegistry&) = delete;  // ops refer to their registry
  OpRegistry& operator=(const OpRegistry&) = delete;

  template <AttrStruct A>
  void add(Op<A> op) {
    OpDef def;
    def.name = std::move(op.name);
    def.doc = std::move(op.doc);
    def.inputs = std::move(op.inputs);
    def.infer = [f = std::move(op.infer)](std::span<const Type> in, const Attrs& a) {
      return f(in, a.as<A>());
    };
    if (op.gradient)
      def.gradient = [f = std::move(op.gradient)](Grad& g, const Attrs& a) { f(g, a.as<A>()); };
    def.stops_gradient = op.stops_gradient;
    if (op.expand)
      def.expand = [f = std::move(op.expand)](Node& n, const Attrs& a) { return f(n, a.as<A>()); };
    if (op.reference) {
      def.reference = [f = std::move(op.reference)](const ReferenceCall& c, const Attrs& a) {
        f(c, a.as<A>());
      };
    }
    def.flops = std::move(op.flops);
    def.is_view = op.is_view;
    def.is_pointwise = op.is_pointwise;
    def.effort = op.effort;
    if (op.folded_axes) {
      def.folded_axes = [f = std::move(op.folded_axes)](const Attrs& a) { return f(a.as<A>()); };
    }
    def.read_attrs = [](std::string_view text) { return parse_attrs<A>(text); };
    insert(std::move(def));
  }

  /// Throws InternalError if there is none.
  const OpDef& at(std::string_view name) const;
  const OpDef* find(std::string_view name) const;
  /// In order of registration.
  std::vector<const OpDef*> all() const;

  /// Rules of one op are tried in order of registration.
  void add_rule(Rule rule);
  std::span<const Rule> rules_for(std::string_view op) const;

 private:
  void insert(OpDef def);

  std::vector<std::unique_ptr<OpDef>> ordered_;
  std::map<std::string, const OpDef*, std::less<>> by_name_;
  std::map<std::string, std::vector<Rule>, std::less<>> rules_;
};

/// Attributes of the leaves.
struct LeafAttrs {
  std::string name;
  DType dtype = DType::F32;
  Shape shape;
  static constexpr auto fields() {
    return std::tuple{field("name", &LeafAttrs::name), field("dtype", &LeafAttrs::dtype),
                      field("shape", &LeafAttrs::shape)};
  }
  bool operator==(const LeafAttrs&) const = default;
};

/// One value stands for every element.
struct ConstantAttrs {
  DType dtype = DType::F32;
  Shape shape;
  std::vector<double> values;
  static constexpr auto fields() {
    return std::tuple{field("dtype", &ConstantAttrs::dtype), field("shape", &ConstantAttrs::shape),
                      field("values", &ConstantAttrs::values)};
  }
  bool operator==(const ConstantAttrs&) const = default;
};

}  // namespace agon
