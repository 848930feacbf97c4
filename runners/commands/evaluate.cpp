#include <fmt/format.h>

#include <memory>

#include "engine/base/text.h"
#include "graphs/document/suggestion.h"
#include "runners/commands/command.h"
#include "runners/terminal/text.h"
#include "runners/training/restored.h"

namespace agon {

namespace {
struct Arguments {
  std::string run, step, spec, count;
  std::string runs = "runs";
  std::vector<std::string> set;
  bool json = false;
};

/// The settings given, and --count as one for every spec that is measured.
std::vector<std::string> settings_of(const Arguments& arguments, const RunDirectory& directory) {
  std::vector<std::string> settings = arguments.set;
  const auto count = whole_option("--count", arguments.count, 1);
  if (!count) return settings;
  const Experiment experiment = open_run(directory, arguments.set).experiment;
  for (const auto& spec : experiment.sections.evaluate) {
    if (!arguments.spec.empty() && spec.name != arguments.spec) continue;
    settings.push_back(
        fmt::format("evaluate{}{}.count={}", spec.name.empty() ? "" : ".", spec.name, *count));
  }
  return settings;
}

RestoredRun opened(const Arguments& arguments, const RunDirectory& directory,
                   std::optional<std::int64_t> step, Console& console) {
  const std::vector<std::string> settings = settings_of(arguments, directory);
  try {
    return {directory, settings, step, Look::Evaluate, console};
  } catch (const ConfigError& failure) {
    // what is wrong with --count stands in no setting that the user wrote
    std::vector<Diagnostic> found = failure.diagnostics();
    for (std::size_t i = arguments.set.size(); i < settings.size(); ++i) {
      for (Diagnostic& d : found) {
        if (d.origin.file == "--set " + settings[i])
          d.origin = {"--count " + arguments.count, 0, 0, d.origin.path};
      }
    }
    throw ConfigError(std::move(found));
  }
}

/// "fid: reader (sha256 0f3a...), fake against data.image, 1,000 examples of test, seed 1".
std::string specification_text(const std::string& name, const nlohmann::ordered_json& record) {
  std::string text = name + ":";
  const auto add = [&](const std::string& part) {
    text += (text.back() == ':' ? " " : ", ") + part;
  };
  const auto word = [&](const char* key) { return record.value(key, std::string()); };
  for (const char* key : {"features", "classifier"}) {
    if (!record.contains(key)) continue;
    const std::string hash = word("sha256");
    add(word(key) + (hash.empty() ? "" : fmt::format(" (sha256 {})", hash.substr(0, 12))));
  }
  if (record.contains("real")) {
    add(fmt::format("{} against {}", word("fake"), word("real")));
  } else if (record.contains("fake")) {
    add(word("fake"));
  }
  add(counted_text(record["count"].get<std::int64_t>(), "example") +
      (record.contains("on") ? " of " + word("on") : ""));
  if (record["repeats"] != 1) add(fmt::format("{} repeats", record["repeats"].get<int>()));
  add(fmt::format("seed {}", record["seed"].get<std::int64_t>()));
  return text;
}

void show(const RestoredRun& run, const Measures& all, const nlohmann::ordered_json& specification,
          Console& console) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, value] : all) rows.push_back({name, figure_text(value)});
  console.line(fmt::format("{} at step {}", run.directory().path, thousands_text(run.step())));
  console.line(table_text(rows, {1}, "  "));
  for (const auto& [name, record] : specification.items()) {
    if (record.contains("fake")) console.line("  " + specification_text(name, record));
  }
}

ExitCode evaluate(const Arguments& arguments, Console& console) {
  if (arguments.run.empty()) throw UsageError("RUN is missing");
  const auto step = whole_option("--step", arguments.step, 0);
  const RunDirectory directory = find_run(arguments.runs, arguments.run);
  const RestoredRun run = opened(arguments, directory, step, console);
  if (run.evaluations().empty())
    throw Error(ExitCode::Config, "the experiment has no evaluate: section");
  Measures all;
  nlohmann::ordered_json specification = nlohmann::ordered_json::object();
  std::vector<std::string> known;
  for (const auto& evaluation : run.evaluations()) {
    known.push_back(evaluation->spec().name);
    if (!arguments.spec.empty() && known.back() != arguments.spec) continue;
    const Measures found = evaluation->run();
    all.insert(all.end(), found.begin(), found.end());
    specification.update(evaluation->specification());
  }
  if (all.empty()) {
    throw UsageError(fmt::format("no evaluation named '{}'{}", shown(arguments.spec),
                                 suggestion(arguments.spec, known)));
  }
  if (arguments.json) {
    std::string line = metrics_line(run.step(), all);
    line.pop_back();
    console.line(line + ", \"specification\": " + specification.dump() + "}");
  } else {
    show(run, all, specification, console);
  }
  return ExitCode::Ok;
}
}  // namespace

void add_evaluate(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("evaluate");
  command->add_option("RUN", arguments->run, "a run's directory, its name (newest) or name/number");
  command->add_option("--step", arguments->step, "checkpoint to measure (the newest)")
      ->type_name("N");
  command->add_option("--spec", arguments->spec, "only the evaluation of this name")
      ->type_name("NAME");
  command->add_option("--count", arguments->count, "examples, instead of the file's")
      ->type_name("N");
  add_settings(*command, arguments->set);
  command->add_flag("--json", arguments->json, "one JSON object");
  add_runs_folder(*command, arguments->runs);
  command->callback(
      [=, &action] { action = [=](Console& console) { return evaluate(*arguments, console); }; });
}

}  // namespace agon
