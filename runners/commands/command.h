#pragma once
#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "graphs/experiment/experiment.h"
#include "graphs/experiment/training.h"
#include "runners/terminal/console.h"
#include "runners/training/backend.h"

namespace agon {

/// What a command does once its arguments are read.
using Action = std::function<ExitCode(Console&)>;

/// A command as the table of commands lists it. `add` declares its arguments and sets `action` when
/// it is the one called.
struct Command {
  std::string_view name;
  std::string_view usage;  // after "agon <name> "
  std::string_view summary;
  void (*add)(CLI::App& app, Action& action);
};

std::span<const Command> commands();

void add_train(CLI::App& app, Action& action);
void add_resume(CLI::App& app, Action& action);
void add_reproduce(CLI::App& app, Action& action);
void add_compare(CLI::App& app, Action& action);
void add_check(CLI::App& app, Action& action);
void add_sample(CLI::App& app, Action& action);
void add_evaluate(CLI::App& app, Action& action);
void add_bench(CLI::App& app, Action& action);
void add_explain(CLI::App& app, Action& action);
void add_graph(CLI::App& app, Action& action);
void add_data(CLI::App& app, Action& action);
void add_runs(CLI::App& app, Action& action);
void add_sweep(CLI::App& app, Action& action);
void add_trial(CLI::App& app, Action& action);
void add_zoo(CLI::App& app, Action& action);
void add_schema(CLI::App& app, Action& action);
void add_docs(CLI::App& app, Action& action);

/// A mistake on the command line.
class UsageError : public Error {
 public:
  explicit UsageError(const std::string& message) : Error(ExitCode::Usage, message) {}
};

/// An experiment file and what changes it: CONFIG, --set, --quick; --runs, where its run goes and
/// where runs are that it begins from.
struct ConfigArguments {
  std::string path;
  std::string runs = "runs";
  ReadOptions options;
};
void add_config(CLI::App& app, ConfigArguments& arguments);
/// Throws UsageError without CONFIG, Error(NoInput) for a missing file, ConfigError, InputError.
Experiment read_config(const ConfigArguments& arguments);

/// --set PATH=VALUE, any number of times.
void add_settings(CLI::App& app, std::vector<std::string>& settings,
                  const std::string& help = "changes any key; repeatable: --set train.steps=300");
/// --runs DIR.
void add_runs_folder(CLI::App& app, std::string& folder);

/// --stage N, and the stage it names among the plans of an experiment: the first without it.
void add_stage(CLI::App& app, std::string& stage);
std::size_t chosen_stage(const std::string& stage, const std::vector<Plan>& plans);

/// The value of an option that takes a whole number of at least `least`; empty text is nothing.
std::optional<std::int64_t> whole_option(const std::string& option, const std::string& text,
                                         std::int64_t least);

/// Warnings of reading and building, each once, in order of position.
std::vector<Diagnostic> merged(const std::vector<Diagnostic>& a, const std::vector<Diagnostic>& b);
/// What is to be said of where a file is computed: that it was looked at for a device which is not
/// here; that `precision: tf32` changes nothing on the processors, where these compute everything.
std::vector<Diagnostic> device_warnings(const Experiment& experiment, const Backend& backend);
/// Of `precision: tf32` on a GPU: what it means.
std::string tf32_text(const Placement& placement);
void show_warnings(const std::vector<Diagnostic>& warnings, Console& console);

}  // namespace agon
