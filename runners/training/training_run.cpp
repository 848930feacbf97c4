#include "runners/training/training_run.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "engine/base/text.h"
#include "engine/runtime/durable_file.h"
#include "graphs/document/writer.h"
#include "runners/runs/lock.h"
#include "runners/runs/machine.h"
#include "runners/terminal/text.h"
#include "runners/training/restored.h"
#include "runners/training/saved.h"
#include "runners/training/state.h"
#include "runners/training/stop_request.h"

namespace agon {

bool is_due(std::int64_t step, std::int64_t every, std::int64_t last) {
  return step == last || (every > 0 && step % every == 0);
}

std::int64_t log_cadence(const Experiment& experiment) {
  return experiment.log_every > 0 ? experiment.log_every
                                  : std::max<std::int64_t>(1, experiment.steps / 200);
}

namespace {
std::int64_t kept(const Experiment& experiment) {
  return experiment.checkpoint_keep > 0 ? experiment.checkpoint_keep : kCheckpointsKept;
}

void write_whole(const std::string& path, const std::string& text) {
  DurableFile file(path);
  file.write(text);
  file.commit();
}

/// "generator 1,234, discriminator 567".
std::string parameters_text(const Plan& plan) {
  std::map<std::string, std::int64_t> parameters;
  std::vector<std::string> order;
  for (const LayerReport& layer : plan.layers) {
    if (!parameters.contains(layer.network)) order.push_back(layer.network);
    parameters[layer.network] += layer.parameters;
  }
  std::vector<std::string> networks;
  for (const std::string& name : order)
    networks.push_back(fmt::format("{} {}", name, thousands_text(parameters[name])));
  return joined(networks);
}
}  // namespace

TrainingRun::TrainingRun(const Experiment& experiment, const std::vector<Plan>& plans,
                         const std::string& runs, Console& console, bool profile)
    : experiment_(experiment),
      plans_(plans),
      console_(console),
      backend_(experiment.lanes.value_or(Lanes::automatic())) {
  const auto stages = stages_of(experiment);
  for (std::size_t i = 0; i < plans.size(); ++i) {
    compiled_.push_back(compile_plan(plans[i], backend_));
    sources_.push_back(std::make_unique<Sources>(*stages[i]));
  }
  begin_stage(0);
  check_space(runs, stage_->variables().bytes() * static_cast<std::size_t>(kept(experiment) + 1));
  for (std::size_t i = 1; i < plans.size(); ++i) open_sources(*sources_[i], plans[i], compiled_[i]);
  directory_ = create_run(runs, experiment.name);
  held_ = std::make_unique<RunLock>(directory_);
  console_.open_log(directory_.log());
  metrics_ = std::make_unique<LineFile>(directory_.metrics());
  timing_ = std::make_unique<LineFile>(directory_.timing());
  write_lock();
  write_specification();
  if (profile) trace_ = std::make_unique<Trace>(compiled_[0].training);
}

TrainingRun::~TrainingRun() = default;

void TrainingRun::begin_stage(std::size_t number) {
  stage_ = std::make_unique<TrainingStage>(experiment_, plans_, number, compiled_[number], backend_,
                                           *sources_[number], stage_.get());
  number_ = number;
  if (!progress_) return;
  progress_->set_examples(stage_->examples());
  console_.line(plans_[number].stage);
}

void TrainingRun::write_lock() {
  write_whole(directory_.experiment(), to_yaml(with_absolute_paths(experiment_)));
  write_whole(directory_.lock(),
              lock_record(experiment_, sources_, backend_.lanes.count()).dump(2) + "\n");
}

void TrainingRun::write_specification() {
  if (stage_->evaluations().empty()) return;
  write_whole(directory_.metrics_specification(),
              specification_of(stage_->evaluations()).dump(2) + "\n");
}

void TrainingRun::introduce() {
  console_.line(fmt::format("{}  seed {}, {}, {}", directory_.path, experiment_.seed,
                            counted_text(backend_.lanes.count(), "lane"),
                            counted_text(experiment_.steps, "step")));
  for (const Plan& plan : plans_) {
    if (!plan.stage.empty()) console_.line(plan.stage);
    const std::string parameters = parameters_text(plan);
    if (!parameters.empty()) console_.line("parameters: " + parameters);
    console_.line(plan.reading);
  }
  std::set<std::string> said;  // stages may read the same set
  const auto say = [&](const std::string& text) { return said.insert(text).second; };
  for (const auto& sources : sources_) {
    for (const Sources::Opened& opened : sources->opened()) {
      const std::string what =
          fmt::format("{} ({})", experiment_.data[opened.source].source, name_of(opened.split));
      for (const std::string& note : opened.set->notes()) {
        const std::string text = fmt::format("note {}: {}", what, note);
        if (say(text)) console_.line(text);
      }
      for (const std::string& warning : data_warnings(*opened.set)) {
        const std::string text = fmt::format("warning {}: {}", what, warning);
        if (say(text)) console_.complain(text);
      }
    }
  }
}

void TrainingRun::draw_samples(std::int64_t step, bool all) {
  const auto& samplers = stage_->samplers();
  last_samples_.resize(samplers.size());
  for (std::size_t i = 0; i < samplers.size(); ++i) {
    const SampleGraph& spec = samplers[i]->spec();
    if (!all && !is_due(step, spec.every, experiment_.steps)) continue;
    last_samples_[i] = directory_.sample(step, spec.name);
    write_png(last_samples_[i], samplers[i]->draw(), picture_texts(experiment_, step));
  }
}

void TrainingRun::record(std::int64_t step, bool last) {
  Measures evaluated;
  for (const auto& evaluation : stage_->evaluations()) {
    if (!is_due(step, evaluation->spec().every, experiment_.steps)) continue;
    const Measures found = evaluation->run();
    evaluated.insert(evaluated.end(), found.begin(), found.end());
  }
  const bool logged = is_due(step, log_cadence(experiment_), experiment_.steps);
  if (!logged && evaluated.empty()) return;
  Measures all = stage_->trainer().losses();
  all.insert(all.end(), evaluated.begin(), evaluated.end());
  metrics_->write(metrics_line(step, all));
  if (!evaluated.empty()) {
    if (!last)
      console_.line(fmt::format("step {}  {}", thousands_text(step), measures_text(evaluated)));
    last_evaluation_ = evaluated;
  }
  const Progress::Pace pace = progress_->take_pace();
  timing_->write(fmt::format(
      "{{\"step\": {}, \"seconds\": {:.3f}, \"ms_per_step\": {:.4g}, "
      "\"images_per_second\": {:.6g}, \"memory_bytes\": {}}}",
      step, pace.seconds, pace.ms_per_step, pace.examples_per_second, resident_bytes()));
}

void TrainingRun::save(std::int64_t step) {
  last_checkpoint_ =
      save_state(directory_, experiment_, stage_->variables(), step, kept(experiment_));
}

void TrainingRun::train_step() {
  const std::int64_t step = stage_->trainer().steps_done();
  const std::int64_t first = std::min(kProfileWarmUp, stage_->last_step() / 2);
  if (!trace_ || step < first) return stage_->trainer().step();
  stage_->trainer().step_timed(draw_times_);
  trace_->add_step(step + 1, draw_times_);
  if (step + 1 < std::min(first + kProfiledSteps, stage_->last_step())) return;
  write_whole(directory_.profile(), trace_->json().dump() + "\n");
  trace_.reset();
  profiled_ = true;
}

ExitCode TrainingRun::run() {
  const StopRequest stop;
  introduce();
  draw_samples(0, true);
  const bool points = !experiment_.facts.empty() && experiment_.facts[0].points;
  progress_ = std::make_unique<Progress>(console_, 0, experiment_.steps, stage_->examples(),
                                         points ? "points" : "images", experiment_.log_show);
  while (stage_->trainer().steps_done() < experiment_.steps && !stop.made()) {
    if (stage_->trainer().steps_done() == stage_->last_step()) begin_stage(number_ + 1);
    progress_->begin_step();
    train_step();
    const std::int64_t step = stage_->trainer().steps_done();
    progress_->end_step(step, stage_->trainer().losses());
    const bool last = step == experiment_.steps;
    record(step, last);
    draw_samples(step, false);
    if (last || is_due(step, experiment_.checkpoint_every, experiment_.steps)) save(step);
  }
  const std::int64_t step = stage_->trainer().steps_done();
  const bool complete = step == experiment_.steps;
  if (!complete) save(step);
  progress_->finish(stage_->trainer().losses());
  const ExitCode code = complete ? ExitCode::Ok : ExitCode::Stopped;
  summarize(code);
  return code;
}

void TrainingRun::summarize(ExitCode code) {
  const Progress::Pace pace = progress_->whole_pace();
  const std::int64_t step = stage_->trainer().steps_done();
  console_.line();
  console_.line(fmt::format("{} {} in {}: {:.3g} ms a step, {}",
                            code == ExitCode::Ok ? "done:" : "stopped after",
                            counted_text(step, "step"), duration_text(pace.seconds),
                            pace.ms_per_step, progress_->rate_text(pace)));
  std::vector<std::vector<std::string>> rows;
  if (step > 0) rows.push_back({"losses", measures_text(stage_->trainer().losses())});
  if (!last_evaluation_.empty()) rows.push_back({"evaluated", measures_text(last_evaluation_)});
  for (const std::string& sample : last_samples_)
    rows.push_back({&sample == last_samples_.data() ? "samples" : "", sample});
  rows.push_back({"checkpoint", last_checkpoint_});
  rows.push_back({"metrics", directory_.metrics()});
  if (profiled_) rows.push_back({"profile", directory_.profile()});
  console_.line(table_text(rows, {}, "  "));
}

}  // namespace agon
