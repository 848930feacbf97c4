#include "runners/commands/command_line.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <new>

#include "engine/base/text.h"
#include "engine/base/version.h"
#include "graphs/document/suggestion.h"
#include "runners/commands/command.h"
#include "runners/commands/help.h"
#include "runners/data/input_error.h"

namespace agon {

std::span<const Command> commands() {
  static constexpr std::array<Command, 17> kCommands = {{
      {"train",
       "CONFIG [--set PATH=VALUE]... [--quick] [--name NAME] [--from RUN [--step N]] [--profile] "
       "[--runs DIR]",
       "trains an experiment into a new run directory", add_train},
      {"resume", "RUN [--set train.steps=N] [--runs DIR]",
       "goes on with a run that was stopped or killed, as if it had not been", add_resume},
      {"reproduce", "RUN|CONFIG [--steps N] [--record] [--set PATH=VALUE]... [--json] [--runs DIR]",
       "trains again and says whether every bit is as it was", add_reproduce},
      {"compare", "RUN OTHER [--bits] [--runs DIR]",
       "says in what two runs differ, down to the first bit", add_compare},
      {"check", "CONFIG [--set PATH=VALUE]... [--quick] [--format text|json] [--runs DIR]",
       "compiles without running: layers, shapes, parameters, FLOPs, memory", add_check},
      {"sample",
       "RUN [--step N] [--spec NAME] [--walk | --interpolate] [--count N] [--seed N] [--out PATH] "
       "[--set PATH=VALUE]... [--runs DIR]",
       "draws sample grids, walks or folders of pictures from a checkpoint", add_sample},
      {"evaluate",
       "RUN [--step N] [--spec NAME] [--count N] [--set PATH=VALUE]... [--json] [--runs DIR]",
       "computes the metrics of a checkpoint", add_evaluate},
      {"bench", "CONFIG [--set PATH=VALUE]... [--quick] [--stage N] [--steps N] [--json]",
       "times the training step and says where the time goes", add_bench},
      {"explain", "CONFIG [--set PATH=VALUE]... [--quick] [--stage N] [--time] [--all]",
       "prints each instruction of a step: kernel, cost, and why others refused", add_explain},
      {"graph",
       "CONFIG [--set PATH=VALUE]... [--stage N] [--initial | --sample | --evaluate] [--dot]",
       "prints the graph of a step", add_graph},
      {"data", "CONFIG|SOURCE|DIR [--out FILE] [--split WORD] [--json], data check ...",
       "shows what a data set holds, or checks all of it", add_data},
      {"runs", "list [--json] [--runs DIR], runs remove RUN [--runs DIR]", "lists and removes runs",
       add_runs},
      {"sweep",
       "FILE [--jobs N] [--add N] [--retry-failed] [--reuse] [--stop] [--runs DIR], sweep "
       "show|best|status NAME [--json | --csv | --html FILE] [--runs DIR]",
       "searches over settings of an experiment, and shows what came of it", add_sweep},
      {"trial", "FOLDER SETTING REPEAT", "trains one trial of a sweep; sweep starts it", add_trial},
      {"zoo", "FOLDER [--skip NAME] [--seeds N] [--minutes N] [--out FILE] [--quick] [--runs DIR]",
       "trains every experiment of a folder and writes a page about them", add_zoo},
      {"schema", "[sweep]", "prints the JSON Schema of experiment files, or sweeps, for editors",
       add_schema},
      {"docs", "FILE", "fills the generated tables of a page of the docs", add_docs},
  }};
  return kCommands;
}

namespace {
std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::vector<std::string> subcommand_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands({})) names.push_back(sub->get_name());
  return names;
}

bool takes_positionals(const CLI::App& app) {
  const auto options = app.get_options();
  return std::ranges::any_of(options, [](const auto* option) { return option->get_positional(); });
}

/// What no declaration of the command took.
void refuse_remaining(const CLI::App& command) {
  std::vector<std::string> words;
  for (const std::string& word : command.remaining()) {
    if (word == "--") continue;
    if (word.size() > 1 && word.front() == '-') {
      const std::string name = word.substr(0, word.find('='));
      throw UsageError(fmt::format("unknown option '{}'{}", shown(name),
                                   suggestion(name, option_names(command))));
    }
    words.push_back(word);
  }
  if (words.empty()) return;
  const auto known = subcommand_names(command);
  if (known.empty() || takes_positionals(command))
    throw UsageError(fmt::format("unexpected argument '{}'", shown(words[0])));
  throw UsageError(
      fmt::format("unknown command '{}'{}", shown(words[0]), suggestion(words[0], known)));
}

/// The declarations, parsed; the action of the command chosen.
class Line {
 public:
  Line() {
    app_.add_flag("--version", version_, "version, build and compiler");
    for (const Command& command : commands()) command.add(app_, action_);
    prepare(app_);
  }

  ExitCode run(int argc, const char* const* argv, Console& console) {
    parse({argv + std::min(argc, 1), argv + argc});
    if (help_) return show(help_text(app_, chosen_name()), console);
    for (const CLI::App* part : {&app_, chosen_}) refuse_remaining(*part);
    if (version_)
      return show(fmt::format("agon {} ({}, {})", version(), build_id(), compiler()), console);
    if (!action_) {
      if (argc <= 1) return show(help_text(app_, ""), console);
      const std::string known = joined(subcommand_names(*chosen_), " or ");
      throw UsageError("a command is missing" + (chosen_name().empty() ? "" : ": " + known));
    }
    return action_(console);
  }

  /// Name of the first command chosen, or "".
  const std::string& chosen_name() const { return chosen_name_; }

 private:
  using Words = std::vector<std::string>;

  void prepare(CLI::App& app) {
    app.set_help_flag("");
    app.add_flag("-h,--help", help_, "this text");
    app.allow_extras();
    for (CLI::App* inner : app.get_subcommands({})) prepare(*inner);
  }

  /// The first words say which command it is. The others may be named like commands without being
  /// any (a run called data), for which the parser has no rule: it is given one command alone.
  void parse(const Words& words) {
    const auto begin =
        std::ranges::find_if(words, [](const auto& word) { return !word.starts_with('-'); });
    auto end = begin;
    for (; end != words.end(); ++end) {
      CLI::App* inner = find(*chosen_, *end);
      if (inner == nullptr) break;
      if (chosen_ == &app_) chosen_name_ = inner->get_name();
      chosen_ = inner;
    }
    if (chosen_ == &app_) return parse_alone(app_, words);
    parse_alone(app_, {words.begin(), begin});
    parse_alone(*chosen_, {end, words.end()});
  }

  static CLI::App* find(CLI::App& app, const std::string& name) {
    for (CLI::App* inner : app.get_subcommands({})) {
      if (inner->get_name() == name) return inner;
    }
    return nullptr;
  }

  static void parse_alone(CLI::App& app, Words words) {
    for (CLI::App* inner : app.get_subcommands({})) inner->disabled();
    std::ranges::reverse(words);  // the parser takes them from the back
    try {
      app.parse(std::move(words));
    } catch (const CLI::ArgumentMismatch& e) {
      throw UsageError(option_in(e.what()) + " expects a value");
    } catch (const CLI::ParseError& e) {
      throw UsageError(shown(e.what()));
    }
  }

  static ExitCode show(const std::string& text, Console& console) {
    console.line(text);
    return ExitCode::Ok;
  }

  static std::string option_in(const std::string& message) {
    return message.substr(0, message.find_first_of(": "));
  }

  CLI::App app_{"agon"};
  CLI::App* chosen_ = &app_;
  std::string chosen_name_;
  Action action_;
  bool help_ = false, version_ = false;
};

int fail(Console& console, ExitCode code, const std::string& where, const std::string& what) {
  console.complain(fmt::format("error[{}]{}: {}", static_cast<int>(code),
                               where.empty() ? "" : " " + where, what));
  return static_cast<int>(code);
}

int guarded(Line& line, int argc, const char* const* argv, Console& console) {
  const auto command = [&] {
    const std::string& name = line.chosen_name();
    return name.empty() ? std::string("agon") : "agon " + name;
  };
  try {
    return static_cast<int>(line.run(argc, argv, console));
  } catch (const ConfigError& e) {
    console.complain(e.what());
    return static_cast<int>(e.code());
  } catch (const InputError& e) {
    console.complain(e.what());
    return static_cast<int>(e.code());
  } catch (const UsageError& e) {
    fail(console, e.code(), command(), e.what());
    console.complain(usage_text(line.chosen_name()));
    return static_cast<int>(e.code());
  } catch (const Error& e) {
    return fail(console, e.code(), command(), e.what());
  } catch (const std::bad_alloc&) {
    return fail(console, ExitCode::Unavailable, command(), "out of memory");
  } catch (const std::exception& e) {
    return fail(console, ExitCode::Internal, command(),
                fmt::format("{}; this is a mistake of the program", e.what()));
  }
}
}  // namespace

int run_command_line(int argc, const char* const* argv, Console& console) {
  signal(SIGPIPE, SIG_IGN);  // a closed reader and a full quota are failures of a write, no more
  signal(SIGXFSZ, SIG_IGN);
  umask(umask(022) | 022);
  Line line;
  return guarded(line, argc, argv, console);
}

}  // namespace agon
