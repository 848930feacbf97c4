#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ir/op_def.h"
#include "engine/ir/print.h"

namespace agon {

namespace {
class Verifier {
 public:
  explicit Verifier(const Graph& graph) : graph_(graph) {
    for (const auto& node : graph.nodes()) members_.insert(node.get());
  }

  void run() const {
    for (const auto& node : graph_.nodes()) {
      for (const Value& v : node->inputs()) check_value(v, described(*node));
    }
    for (const auto& [name, value] : graph_.outputs()) check_value(value, "output '" + name + "'");
    for (const auto& [name, value] : graph_.updates()) check_value(value, "update '" + name + "'");
    graph_.topological_order();  // throws for a cycle
    for (const auto& node : graph_.nodes()) {
      check_types(*node);
      check_attrs(*node);
    }
    check_updates();
  }

 private:
  static std::string described(const Node& node) {
    const std::string place = to_text(node.origin());
    return fmt::format("node {} ({}{}{})", node.id(), node.op().name, place.empty() ? "" : ", ",
                       place);
  }

  /// Looks the node up before touching it: it may be gone.
  void check_value(Value v, const std::string& reader) const {
    if (!members_.contains(v.node))
      throw InternalError(reader + ": reads a node that is not in the graph");
    if (v.output < 0 || v.output >= static_cast<int>(v.node->outputs().size())) {
      throw InternalError(fmt::format("{}: reads output {} of {} which has {}", reader, v.output,
                                      described(*v.node), v.node->outputs().size()));
    }
  }

  static std::string types_text(std::span<const Type> types) {
    std::vector<std::string> parts;
    for (const Type& type : types) parts.push_back(to_text(type));
    return joined(parts);
  }

  static void check_types(const Node& node) {
    std::vector<Type> in;
    for (const Value& v : node.inputs()) in.push_back(v.type());
    std::vector<Type> inferred;
    try {
      inferred = node.op().infer(in, node.attrs());
    } catch (const GraphError& e) {
      throw InternalError(described(node) + ": " + e.what());
    }
    if (!std::ranges::equal(inferred, node.outputs())) {
      throw InternalError(fmt::format("{}: is {}, but its inputs give {}", described(node),
                                      types_text(node.outputs()), types_text(inferred)));
    }
  }

  static void check_attrs(const Node& node) {
    const std::string text = node.attrs().text();
    std::string again;
    try {
      again = node.op().read_attrs(text).text();
    } catch (const GraphError& e) {
      again = e.what();
    }
    if (again != text) {
      throw InternalError(fmt::format("{}: attributes {} do not survive printing: {}",
                                      described(node), text, again));
    }
  }

  void check_updates() const {
    for (const auto& node : graph_.nodes()) {
      if (!node->is("variable")) continue;
      for (const auto& [name, value] : graph_.updates()) {
        if (name == node->attrs_as<LeafAttrs>().name && value.type() != node->out_type()) {
          throw InternalError(fmt::format("update '{}' is {}, the variable is {}", name,
                                          to_text(value.type()), to_text(node->out_type())));
        }
      }
    }
  }

  const Graph& graph_;
  std::unordered_set<const Node*> members_;
};
}  // namespace

void verify(const Graph& graph) {
  Verifier(graph).run();
}

}  // namespace agon
