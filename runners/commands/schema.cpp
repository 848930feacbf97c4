#include "graphs/experiment/json_schema.h"
#include "runners/commands/command.h"

namespace agon {

void add_schema(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("schema");
  command->callback([&action] {
    action = [](Console& console) {
      console.line(experiment_json_schema().dump(1));
      return ExitCode::Ok;
    };
  });
}

}  // namespace agon
