#include <fmt/format.h>

#include <filesystem>

#include "engine/base/text.h"
#include "engine/ir/op_def.h"
#include "ops/ops.h"
#include "runners/commands/command.h"
#include "runners/runs/read_with_data.h"
#include "runners/runs/run_state.h"
#include "runners/training/device_use.h"

namespace agon {

void add_settings(CLI::App& app, std::vector<std::string>& settings, const std::string& help) {
  app.add_option("--set", settings, help)
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_runs_folder(CLI::App& app, std::string& folder) {
  app.add_option("--runs", folder, "folder of all runs (runs)")->type_name("DIR");
}

void add_stage(CLI::App& app, std::string& stage) {
  app.add_option("--stage", stage, "which of train.stages, from 1 (the first)")->type_name("N");
}

std::size_t chosen_stage(const std::string& stage, const std::vector<Plan>& plans) {
  const auto number = whole_option("--stage", stage, 1).value_or(1);
  if (number > static_cast<std::int64_t>(plans.size())) {
    throw UsageError(
        fmt::format("--stage expects a stage from 1 to {}, got {}", plans.size(), number));
  }
  return static_cast<std::size_t>(number - 1);
}

void add_config(CLI::App& app, ConfigArguments& arguments) {
  app.add_option("CONFIG", arguments.path, "the experiment file");
  add_settings(app, arguments.options.set);
  app.add_flag("--quick", arguments.options.quick, "applies the file's quick: section");
  add_runs_folder(app, arguments.runs);
}

Experiment read_config(const ConfigArguments& arguments) {
  if (arguments.path.empty()) throw UsageError("CONFIG is missing");
  OpRegistry ops;
  register_all_ops(ops);
  ReadOptions options = arguments.options;
  options.ops = &ops;
  options.find_state = states_in(arguments.runs);
  return read_with_data(
      [&](const Inspect& inspect) { return read_experiment(arguments.path, options, inspect); });
}

std::optional<std::int64_t> whole_option(const std::string& option, const std::string& text,
                                         std::int64_t least) {
  if (text.empty()) return std::nullopt;
  const auto number = parse_number(text);
  if (!number || *number != static_cast<double>(static_cast<std::int64_t>(*number)) ||
      *number < static_cast<double>(least) || *number > 1e15) {
    throw UsageError(fmt::format("{} expects a whole number of at least {}, got '{}'", option,
                                 least, shown(text)));
  }
  return static_cast<std::int64_t>(*number);
}

std::vector<Diagnostic> merged(const std::vector<Diagnostic>& a, const std::vector<Diagnostic>& b) {
  Diagnostics all;
  for (const auto* list : {&a, &b}) {
    for (const Diagnostic& d : *list) {
      if (d.severity == Severity::Note) {
        all.note(d.origin, d.message);
      } else {
        all.warning(d.origin, d.message);
      }
    }
  }
  return all.sorted();
}

namespace {
Diagnostic absent_device(const Experiment& experiment, const std::string& missing) {
  Origin origin;
  for (const Text& device : written_devices(experiment.sections)) {
    if (!origin.known() && device.text.starts_with("cuda")) origin = device.origin;
  }
  return {Severity::Warning, origin,
          missing + "; planned without it and without its kernels' scratch memory"};
}
}  // namespace

std::vector<Diagnostic> device_warnings(const Experiment& experiment, const Backend& backend) {
  const DeviceChoice& device = backend.device();
  std::vector<Diagnostic> warnings;
  if (!device.missing.empty()) warnings.push_back(absent_device(experiment, device.missing));
  if (const std::string why = why_tf32_is_idle(device.placement); !why.empty())
    warnings.push_back({Severity::Warning, experiment.sections.precision.origin, why});
  return warnings;
}

std::string tf32_text(const Placement& placement) {
  return fmt::format(
      "tf32: products on {} may round factors to 10 bits of fraction; sums and all else are "
      "float32",
      device_name(placement, Device::Gpu));
}

void show_warnings(const std::vector<Diagnostic>& warnings, Console& console) {
  for (const Diagnostic& warning : warnings) console.complain(to_text(warning));
}

}  // namespace agon
