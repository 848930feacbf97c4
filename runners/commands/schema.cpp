#include <fmt/format.h>

#include <memory>

#include "engine/base/text.h"
#include "graphs/document/suggestion.h"
#include "graphs/experiment/json_schema.h"
#include "runners/commands/command.h"
#include "runners/sweep/sweep_sections.h"

namespace agon {

namespace {

ExitCode print_schema(const std::string& kind, Console& console) {
  const std::vector<std::string> known = {"experiment", "sweep"};
  if (kind == "experiment") {
    console.line(experiment_json_schema().dump(1));
  } else if (kind == "sweep") {
    console.line(file_json_schema(sweep_keys(), "agon sweep").dump(1));
  } else {
    throw UsageError(fmt::format("no schema of '{}'{}", shown(kind), suggestion(kind, known)));
  }
  return ExitCode::Ok;
}

}  // namespace

void add_schema(CLI::App& app, Action& action) {
  auto kind = std::make_shared<std::string>("experiment");
  CLI::App* command = app.add_subcommand("schema");
  command->add_option("KIND", *kind, "of files: experiment (default) or sweep");
  command->callback(
      [=, &action] { action = [=](Console& console) { return print_schema(*kind, console); }; });
}

}  // namespace agon
