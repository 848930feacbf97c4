#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "runners/commands/command.h"
#include "runners/training/restored.h"

namespace agon {

namespace {
struct Arguments {
  std::string run, step, out;
  std::string runs = "runs";
  std::vector<std::string> set;
};

/// FILE, or FILE-<spec>.png where a file has several specs.
std::string named(const std::string& out, const std::string& spec, std::size_t specs) {
  if (specs == 1 || spec.empty()) return out;
  const std::filesystem::path path(out);
  return (path.parent_path() / (path.stem().string() + "-" + spec + path.extension().string()))
      .string();
}

ExitCode sample(const Arguments& arguments, Console& console) {
  if (arguments.run.empty()) throw UsageError("RUN is missing");
  const auto step = whole_option("--step", arguments.step, 0);
  const RestoredRun run(find_run(arguments.runs, arguments.run), arguments.set, step, Look::Sample,
                        console);
  if (run.samplers().empty())
    throw Error(ExitCode::Config, "the experiment has no sample: section");
  for (const auto& sampler : run.samplers()) {
    const std::string& spec = sampler->spec().name;
    const std::string path = arguments.out.empty()
                                 ? run.directory().sample(run.step(), spec)
                                 : named(arguments.out, spec, run.samplers().size());
    write_png(path, sampler->draw(), picture_texts(run.experiment(), run.step()));
    console.line(path);
  }
  return ExitCode::Ok;
}
}  // namespace

void add_sample(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("sample");
  command->add_option("RUN", arguments->run, "a run's directory, its name (newest) or name/number");
  command->add_option("--step", arguments->step, "checkpoint to draw from (the newest)")
      ->type_name("N");
  command->add_option("--out", arguments->out, "the picture (in the run's samples)")
      ->type_name("FILE");
  add_settings(*command, arguments->set);
  add_runs_folder(*command, arguments->runs);
  command->callback(
      [=, &action] { action = [=](Console& console) { return sample(*arguments, console); }; });
}

}  // namespace agon
