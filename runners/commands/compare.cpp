#include <fmt/format.h>

#include <memory>

#include "engine/base/text.h"
#include "graphs/document/differences.h"
#include "runners/commands/command.h"
#include "runners/reproduce/bisect.h"
#include "runners/terminal/text.h"
#include "runners/training/stop_request.h"

namespace agon {

namespace {
struct Arguments {
  std::string one, other;
  std::string runs = "runs";
  bool bits = false;
};

std::string figure_of(const nlohmann::ordered_json& value) {
  return value.is_number() ? figure_text(value.get<double>()) : value.dump();
}

/// The last measures of both, side by side.
void show_measures(const OpenedRun& one, const OpenedRun& other, Console& console) {
  const auto row_of = [](const OpenedRun& run) {
    const auto state = run_state(run.directory);
    auto row = nlohmann::ordered_json::parse(state ? state->last_metrics : "", nullptr, false);
    return row.is_object() ? row : nlohmann::ordered_json::object();
  };
  const auto a = row_of(one), b = row_of(other);
  std::vector<std::vector<std::string>> rows = {{"", one.directory.path, other.directory.path}};
  for (const auto& [name, value] : a.items()) {
    if (value.is_string()) continue;
    rows.push_back({name, figure_of(value), b.contains(name) ? figure_of(b[name]) : ""});
  }
  for (const auto& [name, value] : b.items()) {
    if (!value.is_string() && !a.contains(name)) rows.push_back({name, "", figure_of(value)});
  }
  console.line(table_text(rows, {}, "  "));
}

ExitCode show_bits(const OpenedRun& one, const OpenedRun& other, Console& console) {
  const StopRequest stop;
  const Parting parting = where_they_part(one, other, [&] { return stop.made(); });
  const Verdict& verdict = parting.verdict;
  const bool same = verdict.kind == Verdict::Kind::Identical;
  console.line(fmt::format("{} ({} of {})", same ? "identical" : "different",
                           counted_text(static_cast<std::int64_t>(verdict.compared), "value"),
                           counted_text(parting.compared_to, "step")));
  std::vector<std::vector<std::string>> rows;
  if (!verdict.first.empty()) rows.push_back({"first difference", verdict.first});
  if (!parting.instruction.empty()) rows.push_back({"instruction", parting.instruction});
  if (parting.same_here) rows.push_back({"", "trained again here, both come to the same bits"});
  for (const PinnedDifference& difference : verdict.pinned)
    rows.push_back(
        {&difference == verdict.pinned.data() ? "otherwise" : "", list_text({difference})});
  if (!rows.empty()) console.line(table_text(rows, {}, "  "));
  return same ? ExitCode::Ok : ExitCode::Data;
}

ExitCode compare_runs(const Arguments& arguments, Console& console) {
  if (arguments.one.empty() || arguments.other.empty())
    throw UsageError("two runs are expected: agon compare RUN RUN");
  const OpenedRun one = open_run(find_run(arguments.runs, arguments.one), {});
  const OpenedRun other = open_run(find_run(arguments.runs, arguments.other), {});
  for (const std::string& difference :
       differences(one.experiment.document, other.experiment.document))
    console.line(difference);
  if (arguments.bits) return show_bits(one, other, console);
  show_measures(one, other, console);
  return ExitCode::Ok;
}
}  // namespace

void add_compare(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("compare");
  command->add_option("RUN", arguments->one, "a run, by directory or name: name, name/number");
  command->add_option("OTHER", arguments->other, "the run that it is compared with");
  command->add_flag("--bits", arguments->bits,
                    "finds the first step, variable and instruction that differ, and ends with 65 "
                    "if any does");
  add_runs_folder(*command, arguments->runs);
  command->callback([=, &action] {
    action = [=](Console& console) { return compare_runs(*arguments, console); };
  });
}

}  // namespace agon
