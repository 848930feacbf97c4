#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "graphs/document/suggestion.h"
#include "runners/commands/check_report.h"
#include "runners/commands/command.h"
#include "runners/data/data_set.h"
#include "runners/data/png.h"
#include "runners/sampling/data_picture.h"
#include "runners/terminal/text.h"
#include "runners/training/sources.h"

namespace agon {

namespace {
constexpr std::int64_t kMostShown = 40;   // classes of a list
constexpr std::int64_t kWordsShown = 12;  // examples whose words are printed

struct Arguments {
  ConfigArguments config;
  std::string size, channels, path, style, split = "train", out;
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
        fmt::format("'{}' is no experiment file (.yaml), folder or source{} (sources are {})",
                    shown(what), suggestion(what, known), joined(known)));
  }
  if (!spec.path.empty()) spec.path = std::filesystem::absolute(spec.path).string();
  spec.height = spec.width = whole_option("--size", arguments.size, 1);
  spec.channels = whole_option("--channels", arguments.channels, 1);
  spec.style = arguments.style;
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

/// How often each class of each list that is one number occurs; empty for rows of words.
std::vector<std::vector<std::int64_t>> class_counts(const DataSet& set) {
  const DataFacts& facts = set.facts();
  std::vector<std::vector<std::int64_t>> counts;
  for (const LabelFacts& list : facts.labels)
    counts.emplace_back(static_cast<std::size_t>(list.length == 0 ? list.classes : 0));
  std::vector<std::int32_t> numbers(static_cast<std::size_t>(facts.label_numbers()));
  for (std::int64_t i = 0; i < set.count(); ++i) {
    set.labels(i, numbers);
    std::size_t at = 0;
    for (std::size_t list = 0; list < counts.size(); ++list) {
      if (!counts[list].empty()) ++counts[list][static_cast<std::size_t>(numbers[at])];
      at += static_cast<std::size_t>(facts.labels[list].numbers());
    }
  }
  return counts;
}

nlohmann::ordered_json facts_json(const DataSpec& spec, const DataSet& set, Split split) {
  const DataFacts& facts = set.facts();
  nlohmann::ordered_json json = {
      {"source", spec.source},      {"split", name_of(split)},    {"points", facts.points},
      {"channels", facts.channels}, {"height", facts.height},     {"width", facts.width},
      {"count", set.count()},       {"train_count", facts.count}, {"test_count", facts.test_count}};
  if (!spec.name.empty()) json["name"] = spec.name;
  if (facts.frames > 0) json["frames"] = facts.frames;
  const auto counts = class_counts(set);
  json["labels"] = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < facts.labels.size(); ++i) {
    const LabelFacts& list = facts.labels[i];
    nlohmann::ordered_json entry = {{"name", list.name}, {"length", list.length}};
    entry["classes"] = nlohmann::ordered_json::array();
    for (std::int64_t label = 0; label < list.classes; ++label) {
      nlohmann::ordered_json one = {{"name", class_name(list, label)}};
      if (list.length == 0) one["count"] = counts[i][static_cast<std::size_t>(label)];
      entry["classes"].push_back(std::move(one));
    }
    json["labels"].push_back(std::move(entry));
  }
  json["notes"] = set.notes();
  json["warnings"] = data_warnings(set);
  return json;
}

/// A line for each list: "colour: red 1,003, green 998".
void show_labels(const DataSet& set, Split split, Console& console) {
  const DataFacts& facts = set.facts();
  if (facts.labels.empty()) return;
  console.line(fmt::format("labels of the {} split:", name_of(split)));
  const auto counts = class_counts(set);
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < facts.labels.size(); ++i) {
    const LabelFacts& list = facts.labels[i];
    std::vector<std::string> classes;
    for (std::int64_t label = 0; label < std::min(list.classes, kMostShown); ++label) {
      const std::string name = class_name(list, label);
      classes.push_back(
          list.length > 0
              ? name
              : fmt::format("{} {}", name,
                            thousands_text(counts[i][static_cast<std::size_t>(label)])));
    }
    if (list.classes > kMostShown)
      classes.push_back(fmt::format("{} more", list.classes - kMostShown));
    const std::string what =
        list.length > 0 ? fmt::format("{} of {} words: ", list.length, list.classes) : "";
    rows.push_back({list.name, what + joined(classes)});
  }
  console.line(table_text(rows, {}, "  "));
}

/// The first rows of words, each with the number of its example.
void show_words(const DataSet& set, Console& console) {
  const DataFacts& facts = set.facts();
  std::vector<std::int32_t> numbers(static_cast<std::size_t>(facts.label_numbers()));
  std::size_t at = 0;
  for (const LabelFacts& list : facts.labels) {
    if (list.length > 0) {
      console.line(fmt::format("{} of the first examples:", list.name));
      for (std::int64_t i = 0; i < std::min(kWordsShown, set.count()); ++i) {
        set.labels(i, numbers);
        console.line(fmt::format("  {}: {}", i,
                                 words_text(list, std::span(numbers).subspan(
                                                      at, static_cast<std::size_t>(list.length)))));
      }
    }
    at += static_cast<std::size_t>(list.numbers());
  }
}

void show_facts(const DataSpec& spec, const DataSet& set, Split split, Console& console) {
  console.line(data_text(spec, set.facts()));
  show_labels(set, split, console);
  show_words(set, console);
  for (const std::string& note : set.notes()) console.line("note: " + note);
  for (const std::string& warning : data_warnings(set)) console.complain("warning: " + warning);
}

std::string picture_path(const Arguments& arguments, const DataSpec& spec) {
  if (!arguments.out.empty()) return arguments.out;
  std::filesystem::create_directories(arguments.config.runs);
  return fmt::format("{}/data-{}{}.png", arguments.config.runs, spec.source,
                     spec.name.empty() ? "" : "-" + spec.name);
}

ExitCode show(const Arguments& arguments, Console& console) {
  const Split split = chosen_split(arguments.split);
  auto list = nlohmann::ordered_json::array();
  for (const DataSpec& spec : specs_of(arguments)) {
    const bool one_picture = inspect_data(spec).picture != nullptr;
    const auto set = open_data(spec, one_picture ? Split::Train : split);
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
  app.add_option("--style", arguments.style, "how faces are drawn")->type_name("WORD");
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
  add_runs_folder(*command, arguments->config.runs);
  command->callback(
      [=, &action] { action = [=](Console& console) { return show(*arguments, console); }; });
  checking->callback(
      [=, &action] { action = [=](Console& console) { return check(*arguments, console); }; });
}

}  // namespace agon
