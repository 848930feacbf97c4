#include "runners/commands/help.h"

#include <fmt/format.h>

#include <vector>

#include "runners/commands/command.h"
#include "runners/terminal/text.h"

namespace agon {

namespace {
const Command* find_command(const std::string& name) {
  for (const Command& command : commands()) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

void add_options(const CLI::App& app, std::vector<std::vector<std::string>>& rows) {
  for (const CLI::Option* option : app.get_options()) {
    std::string name = option->get_positional() ? option->get_name(true) : "";
    for (const std::string& s : option->get_snames()) name += (name.empty() ? "-" : ", -") + s;
    for (const std::string& l : option->get_lnames()) name += (name.empty() ? "--" : ", --") + l;
    if (!option->get_positional() && option->get_expected_max() > 0)
      name += " " + option->get_type_name();
    rows.push_back({name, option->get_description()});
  }
}
}  // namespace

std::string usage_text(const std::string& name) {
  const Command* command = find_command(name);
  if (command == nullptr) return "usage: agon COMMAND ...; agon --help lists the commands";
  return fmt::format("usage: agon {} {}", command->name, command->usage);
}

std::string help_text(const CLI::App& app, const std::string& name) {
  std::vector<std::vector<std::string>> rows;
  const Command* command = find_command(name);
  if (command == nullptr) {
    for (const Command& c : commands())
      rows.push_back({std::string(c.name), std::string(c.summary)});
    return fmt::format(
        "agon trains image-generating networks from experiment files.\n\n"
        "usage: agon COMMAND ...\n\n{}\n\n"
        "agon COMMAND --help tells more; agon --version says what this is.\n"
        "Begin with: agon train configs/gan/mlp.yaml",
        table_text(rows, {}, "  "));
  }
  const CLI::App& sub = *app.get_subcommand(name);
  add_options(sub, rows);
  for (const CLI::App* inner : sub.get_subcommands({})) {
    rows.push_back({inner->get_name(), inner->get_description()});
    std::vector<std::vector<std::string>> own;
    add_options(*inner, own);
    for (auto& row : own) {
      row[0] = "  " + row[0];
      rows.push_back(row);
    }
  }
  return fmt::format("{}\n\n{}\n\n{}", usage_text(name), command->summary,
                     table_text(rows, {}, "  "));
}

}  // namespace agon
