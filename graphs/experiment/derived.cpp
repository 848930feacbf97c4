#include "graphs/experiment/derived.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "engine/ir/op_def.h"

namespace agon {

namespace {

constexpr std::array kProducts = {"conv2d", "conv2d_input_grad", "matmul"};

bool is_product(const Node& node) {
  const std::string& name = node.op().name;
  return std::any_of(kProducts.begin(), kProducts.end(), [&](std::string_view product) {
    return name == product || name == std::string(product) + "_bf16";
  });
}

/// Copies values of draws into the graph that computes them once.
class Hoist {
 public:
  Hoist(const std::set<std::string>& frozen, TrainingGraphs& training)
      : frozen_(frozen), training_(training) {}

  void take_from(Graph& draw) {
    find_fixed(draw);
    const std::vector<Value> taken = boundary(draw);
    if (taken.empty()) return;
    if (!training_.derived) training_.derived = std::make_unique<Graph>(draw.ops());
    std::vector<VariableDecl> declared;
    copies_.clear();
    for (const Value& value : taken) declared.push_back(moved(value));
    for (std::size_t i = 0; i < taken.size(); ++i)
      draw.replace(taken[i], draw.variable(declared[i].name, declared[i].type));
    draw.remove_dead();
  }

 private:
  struct Facts {
    bool fixed = false;
    bool product = false;
  };

  void find_fixed(const Graph& draw) {
    facts_.clear();
    for (const Node* node : draw.topological_order()) {
      Facts facts;
      if (node->is("variable")) {
        facts.fixed = frozen_.contains(node->attrs_as<LeafAttrs>().name);
      } else if (!node->is("input")) {
        facts.fixed = true;
        facts.product = is_product(*node);
        for (const Value& in : node->inputs()) {
          facts.fixed = facts.fixed && facts_[in.node].fixed;
          facts.product = facts.product || facts_[in.node].product;
        }
      }
      facts_[node] = facts;
    }
  }

  /// Fixed values that something reads which is not.
  std::vector<Value> boundary(const Graph& draw) {
    std::vector<Value> found;
    const auto read = [&](const Value& value) {
      const Facts& facts = facts_[value.node];
      const bool new_one = std::find(found.begin(), found.end(), value) == found.end();
      if (facts.fixed && facts.product && new_one) found.push_back(value);
    };
    for (const auto& node : draw.nodes()) {
      if (facts_[node.get()].fixed) continue;
      for (const Value& in : node->inputs()) read(in);
    }
    for (const auto* named : {&draw.outputs(), &draw.updates()}) {
      for (const Graph::Named& n : *named) read(n.value);
    }
    return found;
  }

  VariableDecl moved(const Value& value) {
    const Value copy = copied(value);
    const auto& known = training_.derived->updates();
    const auto it = std::find_if(known.begin(), known.end(),
                                 [&](const Graph::Named& n) { return n.value == copy; });
    const std::string name =
        it != known.end() ? it->name : fmt::format("derived/{}", known.size() + 1);
    VariableDecl decl{.name = name,
                      .type = value.type(),
                      .file = {},
                      .role = VariableDecl::Role::Derived,
                      .network = "",
                      .weights_file = "",
                      .weights_name = ""};
    if (it == known.end()) {
      training_.derived->set_update(name, copy);
      training_.variables.push_back(decl);
    }
    return decl;
  }

  Value copied(const Value& value) {
    const auto it = copies_.find(value.node);
    if (it != copies_.end()) return {it->second, value.output};
    Graph& graph = *training_.derived;
    const Node& node = *value.node;
    Value copy;
    if (node.is("variable")) {
      copy = graph.variable(node.attrs_as<LeafAttrs>().name, node.out_type());
    } else {
      std::vector<Value> inputs;
      for (const Value& in : node.inputs()) inputs.push_back(copied(in));
      const Graph::OriginScope origin(graph, node);
      copy = graph.add(node.op().name, std::move(inputs), node.attrs());
    }
    copies_[value.node] = copy.node;
    return {copy.node, value.output};
  }

  const std::set<std::string>& frozen_;
  TrainingGraphs& training_;
  std::unordered_map<const Node*, Facts> facts_;
  std::unordered_map<const Node*, Node*> copies_;
};

}  // namespace

void compute_once(const std::set<std::string>& frozen, TrainingGraphs& training) {
  Hoist hoist(frozen, training);
  for (DrawGraph& draw : training.programs) hoist.take_from(*draw.graph);
}

}  // namespace agon
