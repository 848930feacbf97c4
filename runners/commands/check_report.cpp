#include "runners/commands/check_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "engine/ir/op_def.h"
#include "graphs/experiment/health.h"
#include "runners/commands/command.h"
#include "runners/commands/report_json.h"
#include "runners/data/batches.h"
#include "runners/terminal/text.h"

namespace agon {

namespace {
double flops_of(const Program& program) {
  double sum = 0;
  for (const Instruction& instruction : program.instructions) {
    const auto& flops = instruction.node->op().flops;
    if (flops) sum += flops(*instruction.node);
  }
  return sum;
}

std::size_t bytes_ahead(const Experiment& experiment) {
  std::size_t bytes = 0;
  for (const DataFacts& facts : experiment.facts) {
    if (facts.picture != nullptr) continue;  // counted with the constants
    bytes += kLoaderBuffers * batch_bytes(facts, experiment.batch);
  }
  return bytes;
}

/// "label (6), caption (6 of 30)": classes of each list, and how many stand in a row.
std::string lists_text(const std::vector<LabelFacts>& lists) {
  std::vector<std::string> parts;
  for (const LabelFacts& list : lists) {
    parts.push_back(list.length == 0
                        ? fmt::format("{} ({})", list.name, list.classes)
                        : fmt::format("{} ({} of {})", list.name, list.length, list.classes));
  }
  return joined(parts);
}

std::string size_text(std::size_t bytes) {
  return bytes_text(static_cast<double>(bytes));
}
}  // namespace

std::string data_text(const DataSpec& spec, const DataFacts& facts) {
  std::string text = (spec.name.empty() ? "" : spec.name + ": ") + spec.source + ": ";
  if (facts.points) {
    text += "points";
  } else {
    text += fmt::format("{}x{} {}", facts.height, facts.width,
                        facts.channels == 3 && facts.frames == 0 ? "RGB" : "grey");
  }
  if (facts.picture != nullptr) return text + ", one picture";
  if (facts.frames > 0) text += fmt::format(", {} frames", facts.frames);
  if (facts.labels.size() == 1) text += fmt::format(", {} classes", facts.classes());
  if (facts.labels.size() > 1) text += ", labels " + lists_text(facts.labels);
  text += fmt::format(", {} training", thousands_text(facts.count));
  if (facts.test_count > 0) text += fmt::format(" and {} test", thousands_text(facts.test_count));
  return text + " examples";
}

CheckReport::CheckReport(const Experiment& e, const Plan& p, const CompiledPlan& compiled,
                         const Backend& backend)
    : experiment(e), plan(p), placement(backend.device().placement) {
  for (const LayerReport& layer : plan.layers) {
    if (std::find(networks.begin(), networks.end(), layer.network) == networks.end())
      networks.push_back(layer.network);
    parameters += layer.parameters;
  }
  for (std::size_t i = 0; i < compiled.training.size(); ++i)
    step_flops += plan.training.runs_a_step(i) * flops_of(*compiled.training[i]);
  for (const VariableDecl& decl : plan.training.variables) memory.variables += decl.type.bytes();
  memory.arena = compiled.arena_bytes();
  memory.constants = compiled.constant_bytes();
  memory.batches = bytes_ahead(experiment);
  if (placement.uses(Device::Gpu)) device = device_use(plan, compiled);
}

std::string CheckReport::layers_text(const std::string& network) const {
  std::vector<std::vector<std::string>> rows;
  rows.push_back({network, "", "output", "parameters", "FLOPs/example"});
  std::int64_t total = 0;
  double flops = 0;
  for (const LayerReport& layer : plan.layers) {
    if (layer.network != network) continue;
    rows.push_back({"  " + layer.name, layer.word, to_text(layer.shape),
                    layer.parameters == 0 ? "" : thousands_text(layer.parameters),
                    layer.flops == 0 ? "" : scaled_text(layer.flops)});
    total += layer.parameters;
    flops += layer.flops;
    if (layer.any > 0) rows[0][0] = fmt::format("{} (any = {})", network, layer.any);
  }
  rows.push_back({"  total", "", "", thousands_text(total), scaled_text(flops)});
  return table_text(rows, {3, 4});
}

std::string CheckReport::variables_text() const {
  std::vector<std::vector<std::string>> rows = {{"variables", "shape", ""}};
  const std::string prefix = "variables.";
  for (const VariableDecl& decl : plan.training.variables) {
    if (!decl.name.starts_with(prefix)) continue;
    const Shape& shape = decl.file.shape.rank() > 0 ? decl.file.shape : decl.type.shape;
    rows.push_back({"  " + decl.name.substr(prefix.size()), to_text(shape),
                    decl.role == VariableDecl::Role::Parameter ? "trained" : "moved by next"});
  }
  return rows.size() == 1 ? "" : "\n" + table_text(rows) + "\n";
}

/// Which signals of health are on, on what, and which are not, and why.
std::string CheckReport::health_text() const {
  if (plan.health == nullptr) {
    return fmt::format("\nhealth: not watched: {} end before the first look, after {}\n",
                       counted_text(experiment.stage_steps, "step"),
                       thousands_text(experiment.health_every));
  }
  std::string text =
      fmt::format("\nhealth, every {}:\n", counted_text(experiment.health_every, "step"));
  for (const std::string& signal : plan.health->on) text += "  on   " + signal + "\n";
  for (const std::string& signal : plan.health->off) text += "  off  " + signal + "\n";
  return text;
}

/// Where something is computed on an accelerator.
std::vector<std::vector<std::string>> CheckReport::device_rows() const {
  if (!placement.uses(Device::Gpu)) return {};
  std::vector<std::vector<std::string>> rows = {
      {"computed", placement_text(placement)},
      {"transfers", transfers_text(device.uploads, device.downloads) + " a step"},
      {"GPU memory",
       fmt::format("{} at most: variables {}, activations and scratch {}, batches {}, "
                   "constants {}",
                   size_text(device.memory()), size_text(device.variables), size_text(device.arena),
                   size_text(device.inputs), size_text(device.constants))}};
  if (placement.tf32) rows.insert(rows.begin() + 1, {"precision", tf32_text(placement)});
  return rows;
}

std::string CheckReport::text() const {
  std::string text;
  for (std::size_t i = 0; i < experiment.data.size(); ++i)
    text += data_text(experiment.data[i], experiment.facts[i]) + "\n";
  for (const std::string& network : networks) text += "\n" + layers_text(network) + "\n";
  text += variables_text();
  text += health_text();
  text += "\n" + plan.reading + "\n\n";
  std::vector<std::vector<std::string>> totals = {
      {"steps", thousands_text(experiment.stage_steps)},
      {"parameters", thousands_text(parameters)},
      {"FLOPs a step", scaled_text(step_flops)},
      {"memory",
       fmt::format("{} at most: variables {}, activations and scratch {}, batches {}, constants {}",
                   size_text(memory.peak()), size_text(memory.variables), size_text(memory.arena),
                   size_text(memory.batches), size_text(memory.constants))}};
  for (const auto& row : device_rows()) totals.push_back(row);
  return text + table_text(totals);
}

nlohmann::ordered_json CheckReport::json() const {
  using Json = nlohmann::ordered_json;
  Json layers = Json::array();
  for (const LayerReport& layer : plan.layers) {
    const auto sizes = layer.shape.sizes();
    layers.push_back({{"network", layer.network},
                      {"name", layer.name},
                      {"word", layer.word},
                      {"shape", std::vector<std::int64_t>(sizes.begin(), sizes.end())},
                      {"parameters", layer.parameters},
                      {"flops", layer.flops},
                      {"any", layer.any},
                      {"file", layer.origin.file},
                      {"line", layer.origin.line},
                      {"column", layer.origin.column},
                      {"path", layer.origin.path}});
  }
  Json json = {{"reading", plan.reading},
               {"steps", experiment.stage_steps},
               {"batch", experiment.batch},
               {"parameters", parameters},
               {"flops_per_step", step_flops},
               {"memory_bytes",
                {{"peak", memory.peak()},
                 {"variables", memory.variables},
                 {"arena", memory.arena},
                 {"constants", memory.constants},
                 {"batches", memory.batches}}},
               {"health",
                {{"every", experiment.health_every},
                 {"on", plan.health ? plan.health->on : std::vector<std::string>{}},
                 {"off", plan.health ? plan.health->off : std::vector<std::string>{}}}},
               {"layers", layers}};
  if (placement.uses(Device::Gpu)) {
    const auto transfers = [](const DeviceUse::Transfers& of) {
      return Json{{"per_step", of.count}, {"bytes_per_step", of.bytes}};
    };
    json["device"] = {{"placement", placement_json(placement)},
                      {"uploads", transfers(device.uploads)},
                      {"downloads", transfers(device.downloads)},
                      {"memory_bytes",
                       {{"peak", device.memory()},
                        {"variables", device.variables},
                        {"arena", device.arena},
                        {"inputs", device.inputs},
                        {"constants", device.constants}}}};
  }
  return json;
}

std::string check_text(const Experiment& experiment, const std::vector<CheckReport>& stages) {
  std::string text = experiment.name;
  if (experiment.sections.about) text += ": " + experiment.sections.about->text;
  for (const CheckReport& stage : stages)
    text += (stage.plan.stage.empty() ? "\n" : "\n\n" + stage.plan.stage + "\n") + stage.text();
  return text;
}

nlohmann::ordered_json check_json(const Experiment& experiment,
                                  const std::vector<CheckReport>& stages,
                                  const std::vector<Diagnostic>& warnings) {
  using Json = nlohmann::ordered_json;
  Json all = {{"valid", true}, {"name", experiment.name}, {"config_hash", experiment.hash}};
  all["data"] = Json::array();
  for (std::size_t i = 0; i < experiment.data.size(); ++i)
    all["data"].push_back(source_json(experiment.data[i], experiment.facts[i]));
  if (experiment.stages.empty()) {
    all.update(stages[0].json());
  } else {
    all["steps"] = experiment.steps;
    all["stages"] = Json::array();
    for (const CheckReport& stage : stages) {
      Json entry = {{"stage", stage.plan.stage}};
      entry.update(stage.json());
      all["stages"].push_back(std::move(entry));
    }
  }
  all["diagnostics"] = diagnostics_json(warnings);
  return all;
}

}  // namespace agon
