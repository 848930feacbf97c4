#include "runners/commands/dot.h"

#include <fmt/format.h>

#include "engine/ir/op_def.h"

namespace agon {

namespace {
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + "\"";
}

std::string leaf_name(const Node& node) {
  const bool named = node.is("input") || node.is("variable");
  return named ? node.op().name + " " + node.attrs().text() : node.op().name;
}
}  // namespace

std::string dot_text(const Graph& graph) {
  std::string text = "digraph step {\n  rankdir=TB; node [shape=box, fontname=\"sans-serif\"];\n";
  for (const auto& node : graph.nodes()) {
    text += fmt::format("  n{} [label={}{}];\n", node->id(),
                        quoted(leaf_name(*node) + " " + to_text(node->out_type())),
                        node->is_gradient() ? ", style=dashed" : "");
    for (const Value& input : node->inputs())
      text += fmt::format("  n{} -> n{};\n", input.node->id(), node->id());
  }
  int number = 0;
  const auto add_ends = [&](const std::vector<Graph::Named>& ends, const char* kind) {
    for (const Graph::Named& end : ends) {
      text += fmt::format("  e{} [label={}, shape=ellipse];\n  n{} -> e{};\n", number,
                          quoted(std::string(kind) + " " + end.name), end.value.node->id(), number);
      ++number;
    }
  };
  add_ends(graph.outputs(), "output");
  add_ends(graph.updates(), "update");
  return text + "}";
}

}  // namespace agon
