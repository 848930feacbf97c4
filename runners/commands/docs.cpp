#include "runners/commands/docs.h"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <iterator>
#include <memory>

#include "engine/base/text.h"
#include "engine/ir/op_def.h"
#include "graphs/document/suggestion.h"
#include "graphs/keys/sections.h"
#include "graphs/words/initial.h"
#include "graphs/words/markdown.h"
#include "ops/ops.h"
#include "runners/commands/command.h"
#include "runners/sweep/sweep_sections.h"

namespace agon {

namespace {

std::string ops_markdown() {
  OpRegistry ops;
  register_all_ops(ops);
  std::string table = "| op | inputs | meaning | gradient |\n|---|---|---|---|\n";
  for (const OpDef* op : ops.all()) {
    const char* gradient = op->stops_gradient   ? "none on purpose"
                           : op->gradient       ? "yes"
                           : op->inputs.empty() ? ""
                                                : "through its expansion";
    table += fmt::format("| `{}` | {} | {} | {} |\n", op->name, joined(op->inputs),
                         table_cell(op->doc), gradient);
  }
  return table;
}

struct Part {
  std::string_view name;
  std::string (*text)();
};

constexpr std::array kParts = {
    Part{"layers", layers_markdown},
    Part{"functions", functions_markdown},
    Part{"optimizers", optimizers_markdown},
    Part{"metrics", metrics_markdown},
    Part{"initials", initials_markdown},
    Part{"keys", [] { return keys_markdown(experiment_keys()); }},
    Part{"sweep keys", [] { return keys_markdown(sweep_keys()); }},
    Part{"ops", ops_markdown},
};

std::string part_text(const std::string& name) {
  std::vector<std::string> known;
  for (const Part& part : kParts) {
    if (part.name == name) return part.text();
    known.emplace_back(part.name);
  }
  throw Error(ExitCode::Data,
              fmt::format("no generated part '{}'{}", name, suggestion(name, known)));
}

ExitCode docs(const std::string& path, Console& console) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error(ExitCode::NoInput, fmt::format("cannot read '{}'", path));
  const std::string page((std::istreambuf_iterator<char>(in)), {});
  const std::string filled = with_generated_parts(page);
  if (filled == page) {
    console.line(path + " is up to date");
    return ExitCode::Ok;
  }
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << filled;
  if (!out.flush()) throw Error(ExitCode::Io, fmt::format("cannot write '{}'", path));
  console.line(path + " rewritten");
  return ExitCode::Ok;
}

}  // namespace

std::string with_generated_parts(const std::string& page) {
  static const std::string opening = "<!-- generated: ";
  static const std::string closing = "<!-- end -->";
  std::string result;
  std::size_t at = 0;
  for (;;) {
    const std::size_t begin = page.find(opening, at);
    if (begin == std::string::npos) return result + page.substr(at);
    const std::size_t name_at = begin + opening.size();
    const std::size_t line_end = page.find(" -->\n", name_at);
    const std::size_t end = page.find(closing, name_at);
    if (line_end == std::string::npos || end == std::string::npos)
      throw Error(ExitCode::Data, "a generated part has no <!-- end -->");
    result += page.substr(at, line_end + 5 - at) + "\n" +
              part_text(page.substr(name_at, line_end - name_at)) + "\n";
    at = end;
  }
}

void add_docs(CLI::App& app, Action& action) {
  auto path = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("docs");
  command->add_option("FILE", *path)->required();
  command->callback(
      [=, &action] { action = [=](Console& console) { return docs(*path, console); }; });
}

}  // namespace agon
