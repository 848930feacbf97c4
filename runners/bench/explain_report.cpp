#include "runners/bench/explain_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "engine/base/text.h"
#include "engine/passes/pipeline.h"
#include "runners/bench/instruction_report.h"
#include "runners/terminal/text.h"
#include "runners/training/device_use.h"

namespace agon {

namespace {

/// FLOPs a processor does while it moves a byte, about: what estimated costs are weighed by.
constexpr double kFlopsPerByte = 5;
constexpr std::size_t kPairsShown = 20;

std::vector<InstructionReport> reports_of(const Program& program) {
  std::vector<InstructionReport> reports;
  for (const Instruction& instruction : program.instructions)
    reports.push_back(report_of(instruction));
  return reports;
}

std::string flops_text(const InstructionReport& report) {
  if (report.direct_flops <= 0) return "";
  if (report.needed_flops == report.direct_flops) return scaled_text(report.direct_flops);
  return fmt::format("{} of {}", scaled_text(report.needed_flops),
                     scaled_text(report.direct_flops));
}

std::string layout_text(const KernelFacts& facts) {
  std::string text = facts.layout;
  if (facts.activation_reorders > 0)
    text += fmt::format(" {}", counted_text(facts.activation_reorders, "activation reorder"));
  if (facts.weight_reorders > 0)
    text += fmt::format(" {}", counted_text(facts.weight_reorders, "weight reorder"));
  return text.empty() || text[0] != ' ' ? text : text.substr(1);
}

std::string size_text(std::size_t bytes) {
  return bytes_text(static_cast<double>(bytes));
}

/// "12 onednn:matmul, 3 cpu:add", the most frequent first.
std::string kernels_text(const std::vector<InstructionReport>& reports) {
  std::map<std::string, int> counts;
  for (const InstructionReport& report : reports) ++counts[report.kernel];
  std::vector<std::pair<std::string, int>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::string> parts;
  parts.reserve(sorted.size());
  for (const auto& [name, count] : sorted) parts.push_back(fmt::format("{} {}", count, name));
  return joined(parts);
}

std::string reorders_text(const std::vector<InstructionReport>& reports) {
  int activations = 0, weights = 0;
  std::size_t bytes = 0;
  for (const InstructionReport& report : reports) {
    activations += report.facts.activation_reorders;
    weights += report.facts.weight_reorders;
    bytes += report.facts.reordered_bytes;
  }
  return fmt::format("{} of activations, {} of weights, {}", activations, weights,
                     size_text(bytes));
}

std::string memory_text(std::size_t arena, std::size_t live) {
  const double more =
      live == 0 ? 0 : 100 * (static_cast<double>(arena) / static_cast<double>(live) - 1);
  return fmt::format("arena {}, {:.1f} % above the largest live set of {}", size_text(arena), more,
                     size_text(live));
}

/// What is told of a program that uses an accelerator.
void add_device_rows(const Program& program, std::vector<std::vector<std::string>>& rows) {
  if (program.schedule.segments.empty()) return;
  std::size_t launched = 0;
  for (const Segment& segment : program.schedule.segments)
    launched += segment.device == Device::Gpu ? 1 : 0;
  rows.push_back({"transfers", transfers_text(uploads_of(program), downloads_of(program))});
  rows.push_back({"GPU memory", memory_text(program.gpu_arena_bytes, program.gpu_live_bytes)});
  rows.push_back(
      {"launches",
       fmt::format(
           "{} of the GPU among {}, {}", launched,
           counted_text(static_cast<std::int64_t>(program.schedule.segments.size()), "segment"),
           counted_text(program.schedule.queues, "queue"))});
}

std::string pairs_text(const std::vector<UnfusedPair>& pairs,
                       const std::vector<InstructionReport>& reports) {
  if (pairs.empty()) return "none";
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < std::min(pairs.size(), kPairsShown); ++i) {
    parts.push_back(fmt::format("{} {} - {} {}", pairs[i].producer + 1,
                                reports[pairs[i].producer].kernel, pairs[i].reader + 1,
                                reports[pairs[i].reader].kernel));
  }
  if (pairs.size() > kPairsShown) parts.emplace_back("...");
  return fmt::format("{}: {}", counted_text(static_cast<std::int64_t>(pairs.size()), "pair"),
                     joined(parts));
}

}  // namespace

NodeCounts count_nodes(const Graph& graph) {
  const auto work = graph.clone();
  NodeCounts counts;
  const auto count = [](const Graph& g) { return static_cast<int>(g.nodes().size()); };
  counts.written = count(graph);
  int before = counts.written;
  PassOptions options;
  options.after = [&](const std::string& pass, const Graph& after) {
    if (pass == "eliminate_common_subexpressions") counts.repeated += before - count(after);
    before = count(after);
  };
  run_passes(*work, options);
  counts.left = count(*work);
  return counts;
}

std::vector<double> ExplainReport::costs() const {
  std::vector<double> costs = microseconds;
  if (costs.empty()) {
    for (const InstructionReport& report : reports_of(program))
      costs.push_back(std::max(report.needed_flops, kFlopsPerByte * report.bytes));
  }
  const double sum = std::accumulate(costs.begin(), costs.end(), 0.0);
  for (double& cost : costs) cost = sum > 0 ? cost / sum : 0;
  return costs;
}

std::string ExplainReport::instructions_text() const {
  const auto reports = reports_of(program);
  const auto shares = costs();
  std::vector<std::vector<std::string>> rows = {{"", microseconds.empty() ? "" : "us", "cost",
                                                 "FLOPs", "moved", "kernel", "from", "computes"}};
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const InstructionReport& report = reports[i];
    const std::string layout = layout_text(report.facts);
    rows.push_back({std::to_string(i + 1),
                    microseconds.empty() ? "" : fmt::format("{:.1f}", microseconds[i]),
                    fmt::format("{:.1f} %", 100 * shares[i]), flops_text(report),
                    bytes_text(report.bytes), report.kernel, report.origin,
                    report.op + " " + report.shapes + (layout.empty() ? "" : "  " + layout)});
  }
  // the table's lines stand one for one for its rows; refusals go between them
  const std::string table = table_text(rows, {0, 1, 2, 3, 4});
  std::string text;
  std::size_t begin = 0;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::size_t end = std::min(table.find('\n', begin), table.size());
    text += table.substr(begin, end - begin) + "\n";
    begin = end + 1;
    if (row == 0) continue;
    for (const std::string& refusal : program.instructions[row - 1].refusals)
      text += "        not " + refusal + "\n";
  }
  return text;
}

std::string ExplainReport::summary_text() const {
  const auto reports = reports_of(program);
  double direct = 0, needed = 0, pointwise = 0;
  for (const InstructionReport& report : reports) {
    direct += report.direct_flops;
    needed += report.needed_flops;
    if (report.kind == InstructionReport::Kind::Pointwise) pointwise += report.bytes;
  }
  std::vector<std::vector<std::string>> rows = {
      {"kernels", kernels_text(reports)},
      {"FLOPs", fmt::format("{} direct, {} needed", scaled_text(direct), scaled_text(needed))},
      {"pointwise", bytes_text(pointwise) + " moved"},
      {"reorders", reorders_text(reports)},
      {"unfused", pairs_text(unfused_pairs(program), reports)},
      {"memory", memory_text(program.arena_bytes, program.live_bytes)},
      {"copies",
       fmt::format("{} of new values to their variables at the end", program.copies.size())},
      {"nodes", fmt::format("{} written, {} shared with an equal one, {} left, {}", nodes.written,
                            nodes.repeated, nodes.left,
                            counted_text(static_cast<std::int64_t>(program.instructions.size()),
                                         "instruction"))},
  };
  add_device_rows(program, rows);
  return table_text(rows);
}

std::string ExplainReport::text() const {
  return fmt::format(
      "{}: {}, cost {}\n{}\n{}", title,
      counted_text(static_cast<std::int64_t>(program.instructions.size()), "instruction"),
      microseconds.empty() ? fmt::format("estimated, a byte moved weighing {} FLOPs", kFlopsPerByte)
                           : std::string("measured"),
      instructions_text(), summary_text());
}

}  // namespace agon
