#include "engine/ir/print.h"

#include <fmt/format.h>

#include <unordered_map>

#include "engine/base/text.h"
#include "engine/ir/op_def.h"

namespace agon {

namespace {
class Printer {
 public:
  std::string print(const Graph& graph) {
    for (const Node* node : graph.topological_order()) {
      const int number = static_cast<int>(numbers_.size());
      numbers_[node] = number;
      text_ += line(*node);
    }
    for (const auto& [name, value] : graph.outputs())
      text_ += fmt::format("output \"{}\" = {}\n", name, name_of(value));
    for (const auto& [name, value] : graph.updates())
      text_ += fmt::format("update \"{}\" = {}\n", name, name_of(value));
    return std::move(text_);
  }

 private:
  std::string name_of(Value v) const {
    const int number = numbers_.at(v.node);
    return v.output == 0 ? fmt::format("%{}", number) : fmt::format("%{}:{}", number, v.output);
  }

  std::string line(const Node& node) const {
    std::vector<std::string> inputs;
    for (const Value& v : node.inputs()) inputs.push_back(name_of(v));
    std::vector<std::string> types;
    for (const Type& type : node.outputs()) types.push_back(to_text(type));
    const std::string attrs = node.attrs().text();
    return fmt::format("%{} = {}{}{}{}{} : {}\n", numbers_.at(&node), node.op().name,
                       inputs.empty() ? "" : "(" + joined(inputs) + ")", attrs.empty() ? "" : " ",
                       attrs, node.device() == Device::Gpu ? " @gpu" : "", joined(types));
  }

  std::unordered_map<const Node*, int> numbers_;
  std::string text_;
};
}  // namespace

std::string to_text(const Graph& graph) {
  return Printer().print(graph);
}

}  // namespace agon
