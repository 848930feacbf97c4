#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "runners/commands/command.h"
#include "runners/runs/opened_run.h"
#include "runners/runs/remove_run.h"
#include "runners/terminal/text.h"

namespace agon {

namespace {
struct Arguments {
  std::string runs = "runs";
  std::string run;
  bool json = false;
};

std::vector<RunState> states(const std::string& runs) {
  std::vector<RunState> found;
  for (const RunDirectory& run : all_runs(runs)) {
    if (auto state = run_state(run)) found.push_back(std::move(*state));
  }
  return found;
}

void list_json(const std::vector<RunState>& runs, Console& console) {
  auto list = nlohmann::ordered_json::array();
  for (const RunState& run : runs) {
    auto metrics = nlohmann::ordered_json::parse(run.last_metrics, nullptr, false);
    list.push_back({{"run", run.name},
                    {"state", run.state},
                    {"step", run.step},
                    {"steps", run.steps},
                    {"started", run.started},
                    {"config_hash", run.config_hash},
                    {"metrics", metrics.is_object() ? metrics : nlohmann::ordered_json()}});
  }
  console.line(list.dump(2));
}

/// "d 0.69  g 0.71" of a line of metrics.jsonl; losses only.
std::string losses_text(const std::string& line) {
  const auto metrics = nlohmann::ordered_json::parse(line, nullptr, false);
  std::string text;
  if (!metrics.is_object()) return text;
  for (const auto& [name, value] : metrics.items()) {
    if (name.starts_with("losses.") && value.is_number())
      text += (text.empty() ? "" : "  ") + name.substr(7) + " " + figure_text(value.get<double>());
  }
  return text;
}

ExitCode list(const Arguments& arguments, Console& console) {
  const auto runs = states(arguments.runs);
  if (arguments.json) {
    list_json(runs, console);
    return ExitCode::Ok;
  }
  if (runs.empty()) {
    console.line(fmt::format("no runs in '{}'", arguments.runs));
    return ExitCode::Ok;
  }
  std::vector<std::vector<std::string>> rows = {
      {"run", "state", "step", "of", "started", "losses"}};
  for (const RunState& run : runs) {
    rows.push_back({run.name, run.state, thousands_text(run.step), thousands_text(run.steps),
                    run.started, losses_text(run.last_metrics)});
  }
  console.line(table_text(rows, {2, 3}));
  return ExitCode::Ok;
}

ExitCode remove(const Arguments& arguments, Console& console) {
  if (arguments.run.empty()) throw UsageError("RUN is missing");
  if (arguments.run.find('/') == std::string::npos)
    throw UsageError(fmt::format("runs remove expects name/number or a directory, got '{}'",
                                 shown(arguments.run)));
  const RunDirectory run = find_run(arguments.runs, arguments.run);
  remove_run(run);
  console.line("removed " + run.path);
  return ExitCode::Ok;
}
}  // namespace

void add_runs(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("runs");
  CLI::App* listing = command->add_subcommand("list", "every run: how far it came, its losses");
  listing->add_flag("--json", arguments->json, "a JSON list");
  CLI::App* removing = command->add_subcommand("remove", "removes a run with all its files");
  removing->add_option("RUN", arguments->run, "name/number or a directory");
  for (CLI::App* inner : {listing, removing}) add_runs_folder(*inner, arguments->runs);
  listing->callback(
      [=, &action] { action = [=](Console& console) { return list(*arguments, console); }; });
  removing->callback(
      [=, &action] { action = [=](Console& console) { return remove(*arguments, console); }; });
}

}  // namespace agon
