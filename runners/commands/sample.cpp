#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "engine/base/text.h"
#include "graphs/document/suggestion.h"
#include "runners/commands/command.h"
#include "runners/terminal/text.h"
#include "runners/training/restored.h"

namespace agon {

namespace {
struct Arguments {
  std::string run, step, out, spec, count, seed;
  bool walk = false, interpolate = false;
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

/// What is asked for besides the file's grids.
std::optional<Drawing> drawing_of(const Arguments& arguments) {
  const auto count = whole_option("--count", arguments.count, 1);
  if (arguments.walk && arguments.interpolate)
    throw UsageError("--walk and --interpolate exclude each other");
  if (arguments.interpolate && count)
    throw UsageError("--interpolate draws the spec's grid; --count goes with --walk or alone");
  if (count && arguments.out.empty())
    throw UsageError("--count writes a folder of pictures; name it with --out DIR");
  if (!count && !arguments.walk && !arguments.interpolate) return std::nullopt;
  Drawing drawing;
  drawing.spec = arguments.spec;
  drawing.count = count;
  if (arguments.walk) drawing.form = Drawing::Form::Walk;
  if (arguments.interpolate) drawing.form = Drawing::Form::Interpolate;
  return drawing;
}

/// The specs' names; throws UsageError where none of them is the one asked for.
std::vector<std::string> known_specs(const Experiment& experiment, const std::string& asked) {
  std::vector<std::string> known;
  for (const auto& spec : experiment.sections.sample) known.push_back(spec.name);
  if (known.empty()) throw Error(ExitCode::Config, "the experiment has no sample: section");
  if (!asked.empty() && std::ranges::find(known, asked) == known.end()) {
    throw UsageError(
        fmt::format("no sample spec named '{}'{}", shown(asked), suggestion(asked, known)));
  }
  return known;
}

/// samples/step-000500-<spec>-walk-seed-7.png and the like where no --out was given.
std::string picture_path(const Arguments& arguments, const RestoredRun& run,
                         const std::string& spec, const std::string& form, std::size_t specs) {
  if (!arguments.out.empty()) return named(arguments.out, spec, specs);
  std::string mark = spec;
  for (const std::string& part : {form, arguments.seed.empty() ? "" : "seed-" + arguments.seed}) {
    if (!part.empty()) mark += (mark.empty() ? "" : "-") + part;
  }
  return run.directory().sample(run.step(), mark);
}

void write_series(const Arguments& arguments, const RestoredRun& run, Console& console) {
  const PngTexts texts = picture_texts(run.experiment(), run.step());
  for (const auto& series : run.series()) {
    if (!arguments.count.empty()) {
      series->write_folder(arguments.out, texts);
      console.line(
          fmt::format("{}: {}", arguments.out, counted_text(series->spec().total, "picture")));
      continue;
    }
    const std::string path =
        picture_path(arguments, run, series->spec().name, arguments.walk ? "walk" : "interpolate",
                     run.series().size());
    write_png(path, series->grid(), texts);
    console.line(path);
  }
}

ExitCode sample(const Arguments& arguments, Console& console) {
  if (arguments.run.empty()) throw UsageError("RUN is missing");
  const auto step = whole_option("--step", arguments.step, 0);
  const auto seed = whole_option("--seed", arguments.seed, 0);
  const auto drawing = drawing_of(arguments);
  OpenedRun opened = open_run(find_run(arguments.runs, arguments.run), arguments.set);
  const auto specs = known_specs(opened.experiment, arguments.spec);
  if (!arguments.count.empty() && arguments.spec.empty() && specs.size() > 1)
    throw UsageError("several specs would fill one folder; choose with --spec " +
                     joined(specs, " or "));
  if (seed) {
    opened.experiment.seed = *seed;
    for (Experiment& stage : opened.experiment.stages) stage.seed = *seed;
  }
  const RestoredRun run(std::move(opened), step, Look::Sample, drawing ? &*drawing : nullptr,
                        console);
  if (drawing) {
    write_series(arguments, run, console);
    return ExitCode::Ok;
  }
  for (const auto& sampler : run.samplers()) {
    const std::string& spec = sampler->spec().name;
    if (!arguments.spec.empty() && spec != arguments.spec) continue;
    const std::string path = picture_path(arguments, run, spec, "", specs.size());
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
  command
      ->add_option("--out", arguments->out,
                   "the picture (in the run's samples), or the folder of --count")
      ->type_name("PATH");
  command->add_option("--spec", arguments->spec, "only the spec of this name")->type_name("NAME");
  command
      ->add_option("--count", arguments->count,
                   "a folder of so many pictures, by class where classes are known")
      ->type_name("N");
  command->add_flag("--walk", arguments->walk,
                    "a walk through latent space: a row for each key point, or --count frames");
  command->add_flag("--interpolate", arguments->interpolate,
                    "each row of the grid goes from one draw to another");
  command->add_option("--seed", arguments->seed, "of the random numbers (the run's)")
      ->type_name("N");
  add_settings(*command, arguments->set);
  add_runs_folder(*command, arguments->runs);
  command->callback(
      [=, &action] { action = [=](Console& console) { return sample(*arguments, console); }; });
}

}  // namespace agon
