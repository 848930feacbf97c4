#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "runners/commands/check_report.h"
#include "runners/commands/command.h"
#include "runners/data/data_set.h"
#include "runners/data/png.h"
#include "runners/sampling/data_picture.h"
#include "runners/terminal/text.h"
#include "runners/training/sources.h"

namespace agon {

namespace {
struct Arguments {
  ConfigArguments config;
  std::string size, channels, path, split = "train", out;
  std::string runs = "runs";
  bool json = false;
};

bool is_config(const std::string& what) {
  return what.ends_with(".yaml") || what.ends_with(".yml");
}

/// The source a word names: one of the known, or a folder of pictures.
DataSpec named_source(const Arguments& arguments) {
  DataSpec spec;
  const std::string& what = arguments.config.path;
  const auto known = data_source_names();
  if (std::find(known.begin(), known.end(), what) != known.end()) {
    spec.source = what;
    spec.path = arguments.path;
  } else if (std::filesystem::is_directory(what)) {
    spec.source = "folder";
    spec.path = what;
  } else {
    throw Error(
        ExitCode::NoInput,
        fmt::format("'{}' is no experiment file (.yaml), folder or source{}; sources are {}",
                    shown(what), suggestion(what, known), joined(known)));
  }
  if (!spec.path.empty()) spec.path = std::filesystem::absolute(spec.path).string();
  spec.height = spec.width = whole_option("--size", arguments.size, 1);
  spec.channels = whole_option("--channels", arguments.channels, 1);
  return spec;
}

std::vector<DataSpec> specs_of(const Arguments& arguments) {
  if (arguments.config.path.empty()) throw UsageError("CONFIG, SOURCE or DIR is missing");
  if (is_config(arguments.config.path)) return read_config(arguments.config).data;
  return {named_source(arguments)};
}

Split chosen_split(const std::string& word) {
  if (word == "train" || word == "validate" || word == "test") return split_named(word);
  throw UsageError("--split expects train, validate or test, got '" + shown(word) + "'");
}

std::vector<std::int64_t> class_counts(const DataSet& set) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(set.facts().classes));
  for (std::int64_t i = 0; i < set.count(); ++i) ++counts[static_cast<std::size_t>(set.label(i))];
  return counts;
}

std::string class_name(const DataFacts& facts, std::size_t label) {
  return label < facts.class_names.size() ? facts.class_names[label] : std::to_string(label);
}

nlohmann::ordered_json facts_json(const DataSpec& spec, const DataSet& set, Split split) {
  const DataFacts& facts = set.facts();
  nlohmann::ordered_json json = {
      {"source", spec.source},      {"split", name_of(split)},    {"points", facts.points},
      {"channels", facts.channels}, {"height", facts.height},     {"width", facts.width},
      {"count", set.count()},       {"train_count", facts.count}, {"test_count", facts.test_count}};
  const auto counts = class_counts(set);
  json["classes"] = nlohmann::ordered_json::array();
  for (std::size_t label = 0; label < counts.size(); ++label)
    json["classes"].push_back({{"name", class_name(facts, label)}, {"count", counts[label]}});
  json["notes"] = set.notes();
  json["warnings"] = data_warnings(set);
  return json;
}

void show_facts(const DataSpec& spec, const DataSet& set, Split split, Console& console) {
  console.line(data_text(spec, set.facts()));
  const auto counts = class_counts(set);
  std::vector<std::vector<std::string>> rows;
  for (std::size_t label = 0; label < counts.size(); ++label)
    rows.push_back({class_name(set.facts(), label), thousands_text(counts[label])});
  if (!rows.empty()) {
    console.line(fmt::format("classes of the {} split:", name_of(split)));
    console.line(table_text(rows, {1}, "  "));
  }
  for (const std::string& note : set.notes()) console.line("note: " + note);
  for (const std::string& warning : data_warnings(set)) console.complain("warning: " + warning);
}

std::string picture_path(const Arguments& arguments, const DataSpec& spec) {
  if (!arguments.out.empty()) return arguments.out;
  std::filesystem::create_directories(arguments.runs);
  return fmt::format("{}/data-{}{}.png", arguments.runs, spec.source,
                     spec.name.empty() ? "" : "-" + spec.name);
}

ExitCode show(const Arguments& arguments, Console& console) {
  const Split split = chosen_split(arguments.split);
  auto list = nlohmann::ordered_json::array();
  for (const DataSpec& spec : specs_of(arguments)) {
    const auto set = open_data(spec, split);
    const Picture picture = data_picture(*set);
    const std::string path = picture_path(arguments, spec);
    write_png(path, picture, {{"source", spec.source}, {"split", name_of(split)}});
    if (arguments.json) {
      list.push_back(facts_json(spec, *set, split));
      list.back()["picture"] = path;
    } else {
      show_facts(spec, *set, split, console);
      console.line("picture: " + path);
    }
  }
  if (arguments.json) console.line(list.dump(2));
  return ExitCode::Ok;
}

ExitCode check(const Arguments& arguments, Console& console) {
  for (const DataSpec& spec : specs_of(arguments)) {
    const DataFacts facts = inspect_data(spec);
    console.line(data_text(spec, facts));
    for (const Split split : {Split::Train, Split::Validate, Split::Test}) {
      if (split == Split::Validate && spec.validate <= 0) continue;
      if (split == Split::Test && facts.test_count == 0) continue;
      const auto set = open_data(spec, split);
      set->check();
      console.line(fmt::format("{}: {} examples, all readable", name_of(split),
                               thousands_text(set->count())));
      for (const std::string& note : set->notes()) console.line("note: " + note);
      for (const std::string& warning : data_warnings(*set))
        console.complain("warning: " + warning);
    }
  }
  return ExitCode::Ok;
}

void add_source(CLI::App& app, Arguments& arguments) {
  app.add_option("WHAT", arguments.config.path, "an experiment file, a source's name or a folder");
  add_settings(app, arguments.config.options.set);
  app.add_option("--path", arguments.path, "where a named source lies")->type_name("DIR");
  app.add_option("--size", arguments.size, "side of the pictures")->type_name("N");
  app.add_option("--channels", arguments.channels, "1 or 3")->type_name("N");
}
}  // namespace

void add_data(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("data");
  CLI::App* checking = command->add_subcommand("check", "reads every example of every split");
  add_source(*command, *arguments);
  add_source(*checking, *arguments);
  command->add_option("--split", arguments->split, "train, validate or test")->type_name("WORD");
  command->add_option("--out", arguments->out, "the picture (runs/data-<source>.png)")
      ->type_name("FILE");
  command->add_flag("--json", arguments->json, "a JSON list");
  add_runs_folder(*command, arguments->runs);
  command->callback([=, &action] {
    if (!action) action = [=](Console& console) { return show(*arguments, console); };
  });
  checking->callback(
      [=, &action] { action = [=](Console& console) { return check(*arguments, console); }; });
}

}  // namespace agon
