#include "runners/bench/instruction_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "engine/base/text.h"
#include "engine/ir/fused.h"
#include "engine/ir/op_def.h"

namespace agon {

std::string origin_text(const Node& node) {
  const Origin& origin = node.origin();
  if (!origin.known()) return "";
  return fmt::format("{}:{}{}", std::filesystem::path(origin.file).filename().string(), origin.line,
                     node.is_gradient() ? "'" : "");
}

namespace {

std::string counted(std::size_t count, const std::string& thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

/// "sub mul add leaky_relu -> 1 output, 2 sums": words of the body in order, then what comes out.
std::string body_text(const Graph& body) {
  std::vector<std::string> words;
  std::map<std::string, std::size_t> folds;
  for (const Node* node : body.topological_order()) {
    if (node->is("input") || node->is("constant")) continue;
    if (is_fold(*node)) {
      ++folds[node->op().name];
    } else {
      words.push_back(node->op().name);
    }
  }
  std::size_t elementwise = 0;
  for (const auto& [name, value] : body.outputs()) elementwise += !is_fold(*value.node);
  std::vector<std::string> results;
  if (elementwise > 0) results.push_back(counted(elementwise, "output"));
  for (const auto& [name, count] : folds) results.push_back(counted(count, name));
  return fmt::format("{} -> {}", joined(words, " "), joined(results));
}

std::string shapes_text(const Node& node) {
  std::string text;
  for (const Value& v : node.inputs()) text += to_text(v.shape()) + " ";
  text += "->";
  for (const Type& type : node.outputs()) text += " " + to_text(type.shape);
  return text;
}

}  // namespace

double bytes_touched(const Node& node) {
  double bytes = 0;
  const auto inputs = node.inputs();
  for (auto it = inputs.begin(); it != inputs.end(); ++it) {
    if (std::find(inputs.begin(), it, *it) == it) bytes += static_cast<double>(it->type().bytes());
  }
  for (const Type& type : node.outputs()) bytes += static_cast<double>(type.bytes());
  return bytes;
}

bool is_fold(const Node& node) {
  return node.op().folded_axes != nullptr;
}

bool is_pointwise_work(const Node& node) {
  return node.op().is_pointwise || is_fold(node) || node.is("fused");
}

InstructionReport report_of(const Instruction& instruction) {
  const Node& node = *instruction.node;
  InstructionReport report;
  report.op = node.is("fused") ? "fused: " + body_text(*fused_body(node)) : node.op().name;
  report.shapes = shapes_text(node);
  report.origin = origin_text(node);
  report.kernel = instruction.kernel_name;
  report.facts = instruction.kernel->facts();
  if (node.op().flops) report.direct_flops = node.op().flops(node);
  report.needed_flops = report.facts.flops >= 0 ? report.facts.flops : report.direct_flops;
  report.bytes = bytes_touched(node);
  if (is_pointwise_work(node)) {
    report.kind = InstructionReport::Kind::Pointwise;
  } else if (report.direct_flops > 0 && !node.op().stops_gradient) {
    report.kind = InstructionReport::Kind::Product;
  }
  return report;
}

}  // namespace agon
