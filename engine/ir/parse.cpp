#include <fmt/format.h>

#include <charconv>
#include <map>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ir/op_def.h"
#include "engine/ir/print.h"

namespace agon {

namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

[[noreturn]] void refuse(std::string_view expected, std::string_view text) {
  throw GraphError(fmt::format("expected {}, got '{}'", expected, printable(text)));
}

/// The text before and after `mark`, which was found at `at`.
std::pair<std::string_view, std::string_view> split_at(std::string_view text, std::size_t at,
                                                       std::string_view mark) {
  if (at == std::string_view::npos) refuse(fmt::format("'{}'", mark), text);
  return {text.substr(0, at), text.substr(at + mark.size())};
}

class Parser {
 public:
  explicit Parser(const OpRegistry& ops) : graph_(std::make_unique<Graph>(ops)) {}

  void line(std::string_view text) {
    if (text.starts_with("%")) return node(text);
    const bool is_output = text.starts_with("output ");
    if (!is_output && !text.starts_with("update ")) refuse("a node, an output or an update", text);
    const auto [name, read] = split_at(text.substr(7), text.substr(7).rfind(" = "), " = ");
    std::string plain;
    attr_text::parse(name, plain);
    if (is_output) {
      graph_->set_output(plain, value(read));
    } else {
      graph_->set_update(plain, value(read));
    }
  }

  std::unique_ptr<Graph> finish() { return std::move(graph_); }

 private:
  void node(std::string_view text) {
    const auto [name, meaning] = split_at(text, text.find(" = "), " = ");
    const auto [call, types] = split_at(meaning, meaning.rfind(" : "), " : ");
    const std::size_t op_end = std::min(call.find_first_of(" ("), call.size());
    const std::string op(call.substr(0, op_end));
    if (graph_->ops().find(op) == nullptr) refuse("the name of an op", op);
    std::string_view rest = call.substr(op_end);
    std::vector<Value> inputs;
    if (rest.starts_with("(")) {
      const auto [list, after] = split_at(rest, rest.find(')'), ")");
      inputs = values(list.substr(1));
      rest = after;
    }
    const Device device = taken_device(rest);
    Attrs attrs = graph_->ops().at(op).read_attrs(trimmed(rest));
    Node* made = graph_->add(op, std::move(inputs), std::move(attrs)).node;
    Graph::place(*made, device);
    if (made->device() != device) refuse("no device of " + op, text);
    check_types(*made, types);
    if (!nodes_.emplace(number(name), made).second) refuse("a new number", name);
  }

  /// Takes " @gpu" from the end of what stands behind the inputs.
  static Device taken_device(std::string_view& rest) {
    constexpr std::string_view kMark = " @gpu";
    if (!rest.ends_with(kMark)) return Device::Cpu;
    rest.remove_suffix(kMark.size());
    return Device::Gpu;
  }

  static void check_types(const Node& node, std::string_view written) {
    std::vector<std::string> inferred;
    for (const Type& type : node.outputs()) inferred.push_back(to_text(type));
    if (joined(inferred) != written) {
      throw GraphError(
          fmt::format("{}: written as {}, inferred {}", node.op().name, written, joined(inferred)));
    }
  }

  static int number(std::string_view name) {
    int parsed = -1;
    if (!name.starts_with("%")) refuse("a number after %", name);
    const auto [end, failure] = std::from_chars(name.data() + 1, name.data() + name.size(), parsed);
    if (failure != std::errc() || end != name.data() + name.size() || parsed < 0)
      refuse("a number after %", name);
    return parsed;
  }

  Value value(std::string_view text) const {
    const std::size_t colon = std::min(text.find(':'), text.size());
    const auto it = nodes_.find(number(text.substr(0, colon)));
    if (it == nodes_.end()) refuse("a node written before", text);
    std::int64_t output = 0;
    if (colon < text.size()) attr_text::parse(text.substr(colon + 1), output);
    if (output < 0 || output >= static_cast<std::int64_t>(it->second->outputs().size()))
      refuse("an output the node has", text);
    return it->second->out(static_cast<int>(output));
  }

  std::vector<Value> values(std::string_view list) const {
    std::vector<Value> read;
    while (!list.empty()) {
      const std::size_t comma = std::min(list.find(','), list.size());
      read.push_back(value(trimmed(list.substr(0, comma))));
      list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return read;
  }

  std::unique_ptr<Graph> graph_;
  std::map<int, Node*> nodes_;
};

}  // namespace

std::unique_ptr<Graph> parse_graph(std::string_view text, const OpRegistry& ops) {
  Parser parser(ops);
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    try {
      parser.line(line);
    } catch (const GraphError& e) {
      throw GraphError(fmt::format("line {}: {}", number, e.what()));
    }
  }
  return parser.finish();
}

}  // namespace agon
