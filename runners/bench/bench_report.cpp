#include "runners/bench/bench_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "engine/runtime/cpu/libraries.h"
#include "runners/runs/machine.h"
#include "runners/terminal/text.h"

namespace agon {

namespace {

constexpr std::size_t kSlowest = 10;
constexpr std::size_t kShapesWidth = 60;

void add(BenchReport::Work& work, const BenchReport::Row& row) {
  work.direct_flops += row.times * row.instruction.direct_flops;
  work.needed_flops += row.times * row.instruction.needed_flops;
  work.bytes += row.times * row.instruction.bytes;
  work.microseconds += row.microseconds;
}

void add(KernelFacts& sums, const BenchReport::Row& row) {
  const KernelFacts& facts = row.instruction.facts;
  const auto times = static_cast<int>(row.times);
  sums.activation_reorders += times * facts.activation_reorders;
  sums.weight_reorders += times * facts.weight_reorders;
  sums.reordered_bytes += static_cast<std::size_t>(times) * facts.reordered_bytes;
}

double ratio(double a, double b) {
  return b > 0 ? a / b : 0;
}

/// FLOPs or bytes in microseconds as billions in a second.
double giga_rate(double amount, double microseconds) {
  return ratio(amount, microseconds) / 1e3;
}

std::string percent(double share) {
  return fmt::format("{:.1f} %", 100 * share);
}

std::string size_text(double bytes) {
  return bytes_text(bytes);
}

std::string cut(const std::string& text) {
  return text.size() <= kShapesWidth ? text : text.substr(0, kShapesWidth - 3) + "...";
}

nlohmann::ordered_json work_json(const BenchReport::Work& work) {
  return {{"milliseconds", work.microseconds / 1e3},
          {"flops_direct", work.direct_flops},
          {"flops_needed", work.needed_flops},
          {"bytes", work.bytes},
          {"gb_per_s", giga_rate(work.bytes, work.microseconds)}};
}

std::string slowest_text(const BenchReport& report) {
  std::vector<std::vector<std::string>> rows = {
      {"us/step", "share", "GFLOP/s", "GB/s", "op", "from", "kernel", "shapes"}};
  for (const BenchReport::Row& row : report.slowest) {
    const InstructionReport& i = row.instruction;
    const double runs = row.times;
    rows.push_back({fmt::format("{:.1f}", row.microseconds),
                    percent(ratio(row.microseconds, report.all.microseconds)),
                    fmt::format("{:.1f}", giga_rate(runs * i.direct_flops, row.microseconds)),
                    fmt::format("{:.1f}", giga_rate(runs * i.bytes, row.microseconds)), cut(i.op),
                    i.origin, i.kernel, cut(i.shapes)});
  }
  return table_text(rows, {0, 1, 2, 3}, "  ");
}

}  // namespace

void add_instructions(BenchReport& report, const TrainingGraphs& training,
                      const CompiledPlan& compiled, const StepTimes& times) {
  std::vector<BenchReport::Row> rows;
  for (std::size_t p = 0; p < compiled.training.size(); ++p) {
    const double runs = training.runs_a_step(p);
    const Program& program = *compiled.training[p];
    report.live_bytes = std::max(report.live_bytes, program.live_bytes);
    for (std::size_t i = 0; i < program.instructions.size(); ++i)
      rows.push_back({report_of(program.instructions[i]), runs, times.instructions[p][i]});
  }
  for (const BenchReport::Row& row : rows) {
    add(report.all, row);
    add(row.instruction.kind == InstructionReport::Kind::Product     ? report.products
        : row.instruction.kind == InstructionReport::Kind::Pointwise ? report.pointwise
                                                                     : report.other,
        row);
    add(report.reorders, row);
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.microseconds > b.microseconds; });
  rows.resize(std::min(rows.size(), kSlowest));
  report.slowest = std::move(rows);
  report.arena_bytes = compiled.arena_bytes();
  report.waiting_microseconds = times.waiting;
}

std::string BenchReport::text() const {
  const auto flops_line = [&](double flops) {
    return fmt::format("{} FLOPs, {:.1f} GFLOP/s, {} of the GEMM peak", scaled_text(flops),
                       gflops(flops), percent(ratio(gflops(flops), limits.gemm_gflops)));
  };
  const auto part = [&](const Work& work) {
    return fmt::format("{:.3f} ms, {}", work.microseconds / 1e3,
                       percent(ratio(work.microseconds, all.microseconds)));
  };
  const double pointwise_rate = giga_rate(pointwise.bytes, pointwise.microseconds);
  std::vector<std::vector<std::string>> rows = {
      {"step",
       fmt::format("median {:.4g} ms, min {:.4g} ms ({} x {})", speed.median(), speed.least(),
                   speed.ms_per_step.size(), counted_text(speed.steps_per_repeat, "step"))},
      {"examples", fmt::format("{} a second",
                               scaled_text(1e3 * static_cast<double>(examples) / speed.median()))},
      {"direct", flops_line(all.direct_flops)},
      {"needed", flops_line(all.needed_flops)},
      {"GEMM peak", fmt::format("{:.1f} GFLOP/s{} in this run", limits.gemm_gflops,
                                accelerator.empty() ? "" : " of " + accelerator)},
      {"products", fmt::format("{}, {:.1f} GFLOP/s", part(products),
                               giga_rate(products.direct_flops, products.microseconds))},
      {"pointwise",
       fmt::format("{}, {} moved, {:.1f} GB/s, {} of memory's {:.1f} GB/s", part(pointwise),
                   size_text(pointwise.bytes), pointwise_rate,
                   percent(ratio(pointwise_rate, limits.copy_gb_per_s)), limits.copy_gb_per_s)},
      {"other", part(other)},
      {"input", fmt::format("{:.1f} us of waiting", waiting_microseconds)},
      {"reorders", fmt::format("{} of activations, {} of weights, {}", reorders.activation_reorders,
                               reorders.weight_reorders,
                               size_text(static_cast<double>(reorders.reordered_bytes)))},
      {"memory", fmt::format("peak {}; arena {} of which {} live at once, variables {}",
                             size_text(static_cast<double>(peak_bytes)),
                             size_text(static_cast<double>(arena_bytes)),
                             size_text(static_cast<double>(live_bytes)),
                             size_text(static_cast<double>(variable_bytes)))},
      {"start", fmt::format("{:.3f} s to the end of the first step", first_step_seconds)},
  };
  if (!accelerator.empty()) {
    rows.insert(rows.begin(), {"computed", placement});
    rows.push_back({"transfers", transfers_text(use.uploads, use.downloads) + " a step"});
    rows.push_back({"GPU memory", size_text(static_cast<double>(use.memory()))});
  }
  return fmt::format(
      "{}: batch {}, {} on {}{}\n\n{}\n\n{}", name, batch, counted_text(lanes, "lane"), cpu_model(),
      accelerator.empty() ? "" : " and " + accelerator, table_text(rows), slowest_text(*this));
}

nlohmann::ordered_json BenchReport::json() const {
  using Json = nlohmann::ordered_json;
  Json slow = Json::array();
  for (const Row& row : slowest) {
    const InstructionReport& i = row.instruction;
    slow.push_back({{"op", i.op},
                    {"origin", i.origin},
                    {"kernel", i.kernel},
                    {"shapes", i.shapes},
                    {"microseconds", row.microseconds},
                    {"gflops", giga_rate(row.times * i.direct_flops, row.microseconds)},
                    {"gb_per_s", giga_rate(row.times * i.bytes, row.microseconds)}});
  }
  const double rate = giga_rate(pointwise.bytes, pointwise.microseconds);
  Json pointwise_part = work_json(pointwise);
  pointwise_part["share_of_bandwidth"] = ratio(rate, limits.copy_gb_per_s);
  Json found = {
      {"name", name},
      {"batch", batch},
      {"lanes", lanes},
      {"cpu", {{"model", cpu_model()}, {"isa", cpu_isa()}}},
      {"ms_per_step",
       {{"median", speed.median()}, {"min", speed.least()}, {"repeats", speed.ms_per_step}}},
      {"steps_per_repeat", speed.steps_per_repeat},
      {"images_per_second", 1e3 * static_cast<double>(examples) / speed.median()},
      {"flops_per_step", {{"direct", all.direct_flops}, {"needed", all.needed_flops}}},
      {"gflops", {{"direct", gflops(all.direct_flops)}, {"needed", gflops(all.needed_flops)}}},
      {"gemm_peak_gflops", limits.gemm_gflops},
      {"share_of_peak",
       {{"direct", ratio(gflops(all.direct_flops), limits.gemm_gflops)},
        {"needed", ratio(gflops(all.needed_flops), limits.gemm_gflops)}}},
      {"memory_gb_per_s", limits.copy_gb_per_s},
      {"products", work_json(products)},
      {"pointwise", pointwise_part},
      {"other", work_json(other)},
      {"input_wait_microseconds", waiting_microseconds},
      {"reorders",
       {{"activations", reorders.activation_reorders},
        {"weights", reorders.weight_reorders},
        {"bytes", reorders.reordered_bytes}}},
      {"memory_bytes",
       {{"peak", peak_bytes},
        {"arena", arena_bytes},
        {"live", live_bytes},
        {"variables", variable_bytes}}},
      {"first_step_seconds", first_step_seconds},
      {"slowest", slow}};
  if (!accelerator.empty()) {
    found["accelerator"] = facts;
    found["placement"] = placement;
    found["transfer_bytes"] = {{"uploads", use.uploads.bytes}, {"downloads", use.downloads.bytes}};
    found["memory_bytes"]["accelerator"] = use.memory();
  }
  return found;
}

}  // namespace agon
