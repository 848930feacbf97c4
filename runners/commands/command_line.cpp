#include "runners/commands/command_line.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <csignal>
#include <new>

#include "engine/base/text.h"
#include "engine/base/version.h"
#include "runners/commands/command.h"
#include "runners/commands/help.h"

namespace agon {

std::span<const Command> commands() {
  static constexpr std::array<Command, 12> kCommands = {{
      {"train", "CONFIG [--set PATH=VALUE]... [--quick] [--name NAME] [--profile] [--runs DIR]",
       "trains an experiment into a new run directory", add_train},
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
      {"zoo", "FOLDER [--skip NAME] [--seeds N] [--minutes N] [--out FILE] [--quick] [--runs DIR]",
       "trains every experiment of a folder and writes a page about them", add_zoo},
      {"schema", "", "prints the JSON Schema of experiment files, for editors", add_schema},
      {"docs", "FILE", "fills the generated tables of a page of the docs", add_docs},
  }};
  return kCommands;
}

namespace {
/// The command that the arguments chose, down to its subcommand.
CLI::App* chosen_in(CLI::App& app) {
  CLI::App* chosen = &app;
  while (!chosen->get_subcommands().empty()) chosen = chosen->get_subcommands().front();
  return chosen;
}

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

/// What no declaration took.
void refuse_remaining(CLI::App& app) {
  std::vector<std::string> words;
  for (const std::string& word : app.remaining(true)) {
    if (word == "--") continue;
    if (word.size() > 1 && word.front() == '-') {
      const std::string name = word.substr(0, word.find('='));
      throw UsageError(fmt::format("unknown option '{}'{}", shown(name),
                                   suggestion(name, option_names(*chosen_in(app)))));
    }
    words.push_back(word);
  }
  if (words.empty()) return;
  const CLI::App& chosen = *chosen_in(app);
  const auto known = subcommand_names(chosen);
  if (!known.empty()) {
    throw UsageError(
        fmt::format("unknown command '{}'{}", shown(words[0]), suggestion(words[0], known)));
  }
  throw UsageError(fmt::format("unexpected argument '{}'", shown(words[0])));
}

/// The declarations, parsed; the action of the command chosen.
class Line {
 public:
  Line() {
    app_.set_help_flag("");
    app_.allow_extras();
    app_.add_flag("-h,--help", help_, "this text");
    app_.add_flag("--version", version_, "version, build and compiler");
    for (const Command& command : commands()) command.add(app_, action_);
    for (CLI::App* sub : app_.get_subcommands({})) prepare(*sub);
  }

  ExitCode run(int argc, const char* const* argv, Console& console) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ArgumentMismatch& e) {
      throw UsageError(option_in(e.what()) + " expects a value");
    } catch (const CLI::ParseError& e) {
      throw UsageError(shown(e.what()));
    }
    if (help_) return show(help_text(app_, chosen_name()), console);
    refuse_remaining(app_);
    if (version_)
      return show(fmt::format("agon {} ({}, {})", version(), build_id(), compiler()), console);
    if (!action_) {
      if (argc <= 1) return show(help_text(app_, ""), console);
      const std::string known = joined(subcommand_names(*chosen_in(app_)), " or ");
      throw UsageError("a command is missing" + (chosen_name().empty() ? "" : ": " + known));
    }
    return action_(console);
  }

  /// Name of the first command chosen, or "".
  std::string chosen_name() {
    const auto chosen = app_.get_subcommands();
    return chosen.empty() ? "" : chosen.front()->get_name();
  }

 private:
  void prepare(CLI::App& sub) {
    sub.set_help_flag("");
    sub.add_flag("-h,--help", help_, "this text");
    sub.allow_extras();
    for (CLI::App* inner : sub.get_subcommands({})) prepare(*inner);
  }

  static ExitCode show(const std::string& text, Console& console) {
    console.line(text);
    return ExitCode::Ok;
  }

  static std::string option_in(const std::string& message) {
    return message.substr(0, message.find_first_of(": "));
  }

  CLI::App app_{"agon"};
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
    const std::string name = line.chosen_name();
    return name.empty() ? std::string("agon") : "agon " + name;
  };
  try {
    return static_cast<int>(line.run(argc, argv, console));
  } catch (const ConfigError& e) {
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
