#include "runners/training/training_run.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "engine/base/text.h"
#include "engine/runtime/durable_file.h"
#include "engine/runtime/fingerprint.h"
#include "graphs/document/writer.h"
#include "runners/data/png.h"
#include "runners/health/first_not_finite.h"
#include "runners/runs/lock.h"
#include "runners/runs/machine.h"
#include "runners/runs/pinned.h"
#include "runners/terminal/text.h"
#include "runners/training/device_use.h"
#include "runners/training/restored.h"
#include "runners/training/saved.h"
#include "runners/training/state.h"

namespace agon {

namespace {
void write_whole(const std::string& path, std::string_view text) {
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

/// "2 lanes", "2 lanes and cuda:0 (NVIDIA H100 80GB HBM3)".
std::string computed_by(const Backend& backend) {
  const std::string lanes = counted_text(backend.lanes.count(), "lane");
  const Accelerator* accelerator = backend.accelerator();
  return accelerator == nullptr ? lanes : lanes + " and " + described(*accelerator);
}
}  // namespace

TrainingRun::TrainingRun(const Experiment& experiment, const std::vector<Plan>& plans,
                         const std::string& runs, Console& console, const TrainingOptions& options)
    : experiment_(experiment),
      console_(console),
      course_(experiment, plans,
              Means(experiment.lanes.value_or(Lanes::automatic()), "", options.open)) {
  begun_from_ = options.from;
  course_.begin(options.from);
  check_space(runs, course_.stage().variables().bytes() *
                        static_cast<std::size_t>(kept_checkpoints(experiment) + 1));
  directory_ = create_run(runs, experiment.name);
  held_ = std::make_unique<RunLock>(directory_);
  open_files();
  write_lock(options);
  write_specification();
  begin_watch();
  if (!options.profile) return;
  const Accelerator* accelerator = course_.backend().accelerator();
  trace_ = std::make_unique<Trace>(course_.compiled().training,
                                   accelerator == nullptr ? "" : accelerator->name());
}

TrainingRun::TrainingRun(const ResumedRun& run, const std::vector<Plan>& plans, Console& console)
    : experiment_(run.opened.experiment),
      console_(console),
      course_(experiment_, plans, run.opened.means) {
  begun_from_ = run.state ? &*run.state : nullptr;
  course_.begin(begun_from_);
  directory_ = run.opened.directory;
  flush_folder(directory_.path);  // whoever began the run may have been killed before that
  check_pinned(run);
  remove_leftovers(directory_);
  // where it begins again, what was seen before its first step is written again too
  const std::int64_t kept_rows = run.state ? run.step() : -1;
  cut_after(directory_.metrics(), kept_rows);
  const auto paced =
      nlohmann::json::parse(cut_after(directory_.timing(), kept_rows), nullptr, false);
  const bool has_pace = paced.is_object() && paced.contains("seconds");
  if (has_pace && paced["seconds"].is_number()) seconds_before_ = paced["seconds"];
  open_files();
  write_specification();
  begin_watch(series_rows(directory_.metrics(), run.step()), last_rollback_);
  reopened_ = run.state ? fmt::format(", goes on after step {}", thousands_text(run.step()))
                        : ", begins again: no checkpoint yet";
}

TrainingRun::~TrainingRun() = default;

void TrainingRun::open_files() {
  console_.open_log(directory_.log());
  metrics_ = std::make_unique<LineFile>(directory_.metrics());
  timing_ = std::make_unique<LineFile>(directory_.timing());
}

void TrainingRun::write_lock(const TrainingOptions& options) {
  write_whole(directory_.experiment(), to_yaml(with_absolute_paths(experiment_)));
  auto lock = lock_record(experiment_, course_.sources(), course_.backend());
  if (options.from != nullptr) {
    lock["lineage"].push_back({{"from", options.parent},
                               {"step", options.from->step()},
                               {"config", options.from->extra().value("config", "")}});
  }
  if (!options.trial.is_null()) lock["lineage"].push_back(options.trial);
  write_whole(directory_.lock(), lock.dump(2) + "\n");
}

void TrainingRun::check_pinned(const ResumedRun& run) {
  nlohmann::ordered_json now = machine_record();
  now.update(device_record(course_.backend()));
  now["versions"] = versions_record();
  now["data"] = data_record(course_.sources());
  nlohmann::ordered_json lock = read_lock(directory_);
  const bool cut = cut_rollbacks(lock, run.step());
  const auto data = data_differences(lock, now);
  if (!data.empty()) {
    throw Error(ExitCode::Data, fmt::format("'{}': the data are not those that the run began "
                                            "with: {}",
                                            printable(directory_.path), list_text(data)));
  }
  const auto machine = machine_differences(lock, now);
  if (!machine.empty())
    console_.complain("warning bits may differ from here on: " + list_text(machine));
  if (machine.empty() && run.set.empty() && !cut) return;
  if (!machine.empty() || !run.set.empty()) {
    nlohmann::ordered_json entry = {{"resumed", run.step()}, {"set", run.set}};
    for (const PinnedDifference& difference : machine)
      entry["machine"][difference.item] = difference.found;
    lock["lineage"].push_back(std::move(entry));
  }
  lock["steps"] = experiment_.steps;
  lock["config"]["hash"] = experiment_.hash;
  write_whole(directory_.lock(), lock.dump(2) + "\n");
}

void TrainingRun::write_specification() {
  if (course_.stage().evaluations().empty()) return;
  write_whole(directory_.metrics_specification(),
              specification_of(course_.stage().evaluations()).dump(2) + "\n");
}

void TrainingRun::introduce() {
  console_.line(fmt::format("{}  seed {}, {}, {}{}", directory_.path, experiment_.seed,
                            computed_by(course_.backend()), counted_text(experiment_.steps, "step"),
                            reopened_));
  if (const std::string why = why_tf32_is_idle(course_.backend().device().placement); !why.empty())
    console_.complain("warning precision: " + why);
  for (const Plan& plan : course_.plans()) {
    if (!plan.stage.empty()) console_.line(plan.stage);
    const std::string parameters = parameters_text(plan);
    if (!parameters.empty()) console_.line("parameters: " + parameters);
    console_.line(plan.reading);
  }
  std::set<std::string> said;  // stages may read the same set
  const auto say = [&](const std::string& text) { return said.insert(text).second; };
  for (const auto& sources : course_.sources()) {
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
  if (!all && !is_sampled(step)) return;
  const auto& samplers = course_.stage().samplers();
  last_samples_.resize(samplers.size());
  for (std::size_t i = 0; i < samplers.size(); ++i) {
    const SampleGraph& spec = samplers[i]->spec();
    if (!all && !is_due(step, spec.every, experiment_.steps)) continue;
    last_samples_[i] = directory_.sample(step, spec.name);
    const auto png = encode_png(samplers[i]->draw(), picture_texts(experiment_, step));
    write_whole(last_samples_[i], {reinterpret_cast<const char*>(png.data()), png.size()});
  }
}

void TrainingRun::record(std::int64_t step, bool last, const HealthReport& health) {
  const bool logged = is_due(step, log_cadence(experiment_), experiment_.steps);
  if (!logged && !is_evaluated(step) && health.measures.empty()) return;
  Measures evaluated;
  for (const auto& evaluation : course_.stage().evaluations()) {
    if (!is_due(step, evaluation->spec().every, experiment_.steps)) continue;
    const Measures found = evaluation->run();
    evaluated.insert(evaluated.end(), found.begin(), found.end());
  }
  Measures all = course_.stage().trainer().losses();
  all.insert(all.end(), health.measures.begin(), health.measures.end());
  all.insert(all.end(), evaluated.begin(), evaluated.end());
  std::string fingerprint;
  if (is_due(step, fingerprint_cadence(experiment_), experiment_.steps))
    fingerprint = fingerprint_text(combined(fingerprints(course_.stage().variables())));
  metrics_->write(metrics_line(step, all, fingerprint, health.text()));
  if (row_judge_ && !row_judge_(step, all, health) && !last) ended_by_ = "its sweep";
  if (!evaluated.empty()) {
    if (!last)
      console_.line(fmt::format("step {}  {}", thousands_text(step), measures_text(evaluated)));
    last_evaluation_ = evaluated;
  }
  const Progress::Pace pace = progress_->take_pace();
  timing_->write(
      fmt::format("{{\"step\": {}, \"seconds\": {:.3f}, \"ms_per_step\": {:.4g}, "
                  "\"images_per_second\": {:.6g}, \"memory_bytes\": {}}}",
                  step, seconds_before_ + pace.seconds, pace.ms_per_step, pace.examples_per_second,
                  resident_bytes()));
}

void TrainingRun::save(std::int64_t step) {
  if (const Variables::Variable* bad = not_finite(course_.stage().variables())) {
    throw NotFiniteError(
        step, fmt::format("{} is not finite after step {}", bad->name, thousands_text(step)));
  }
  const auto began = Progress::Clock::now();
  // what a resumed run will find behind it must outlive a power cut as long as the state does
  metrics_->flush_to_disk();
  timing_->flush_to_disk();
  last_checkpoint_ =
      save_state(directory_, experiment_, course_.stage().variables(),
                 course_.stage().trainer().losses(), step, kept_checkpoints(experiment_));
  const std::chrono::duration<double> taken = Progress::Clock::now() - began;
  if (taken.count() <= kSlowSave || warned_of_saving_) return;
  warned_of_saving_ = true;
  console_.complain(
      fmt::format("warning saving took {:.0f} s; whoever ends programs 30 s after "
                  "SIGTERM, as schedulers do, may cut the last one short",
                  taken.count()));
}

void TrainingRun::try_to_save(std::int64_t step) {
  try {
    save(step);
  } catch (const Error& failure) {
    if (failure.code() != ExitCode::Io || !experiment_.sections.checkpoint.goes_on) throw;
    console_.complain(
        fmt::format("warning not saved after step {}: {}", thousands_text(step), failure.what()));
  }
}

void TrainingRun::begin_next_stage() {
  course_.begin_next_stage();
  begin_watch();
  progress_->set_examples(course_.stage().examples());
  console_.line(course_.plan().stage);
}

void TrainingRun::train_step() {
  const std::int64_t step = course_.steps_done();
  const std::int64_t first = std::min(kProfileWarmUp, course_.stage().last_step() / 2);
  if (!trace_ || step < first) return course_.stage().trainer().step();
  course_.stage().trainer().step_timed(draw_times_);
  trace_->add_step(step + 1, draw_times_);
  if (step + 1 < std::min(first + kProfiledSteps, course_.stage().last_step())) return;
  write_whole(directory_.profile(), trace_->json().dump() + "\n");
  trace_.reset();
  profiled_ = true;
}

bool TrainingRun::is_evaluated(std::int64_t step) const {
  return std::ranges::any_of(course_.plan().evaluations, [&](const EvaluateGraph& spec) {
    return is_due(step, spec.every, experiment_.steps);
  });
}

bool TrainingRun::is_sampled(std::int64_t step) const {
  return std::ranges::any_of(course_.plan().samples, [&](const SampleGraph& spec) {
    return is_due(step, spec.every, experiment_.steps);
  });
}

bool TrainingRun::is_looked_at_after(std::int64_t step) const {
  return step == experiment_.steps || is_due(step, log_cadence(experiment_), experiment_.steps) ||
         is_due(step, experiment_.checkpoint_every, experiment_.steps) || watch_->looks_at(step) ||
         is_evaluated(step) || is_sampled(step) || progress_->is_due();
}

void TrainingRun::do_step() {
  if (course_.is_at_end_of_stage()) begin_next_stage();
  Trainer& trainer = course_.stage().trainer();
  const std::int64_t step = course_.steps_done() + 1;
  progress_->begin_step();
  if (watch_->looks_at(step)) trainer.settle();
  watch_->before_step(step);
  train_step();
  if (is_looked_at_after(step)) trainer.settle();  // part of the time that steps take
  progress_->end_step(step);
  if (progress_->is_due()) progress_->show(trainer.losses());
  const bool last = step == experiment_.steps;
  const HealthReport health = watch_->after_step(step);
  record(step, last, health);
  report(step, health);
  const HealthFinding* alarm = health.alarm();
  draw_samples(step, alarm != nullptr);  // to see for oneself
  if (last) return save(step);
  if (is_due(step, experiment_.checkpoint_every, experiment_.steps)) try_to_save(step);
  if (alarm != nullptr) act_on(*alarm, step);
}

/// A device that is lost takes nothing with it that was saved.
void TrainingRun::refuse_lost_device(const Error& failure) const {
  const Accelerator* accelerator = course_.backend().accelerator();
  if (failure.code() != ExitCode::Unavailable || accelerator == nullptr) return;
  throw Error(ExitCode::Stopped,
              fmt::format("device {}: {}; agon resume {} goes on from {}", accelerator->name(),
                          failure.what(), printable(directory_.path),
                          last_checkpoint_.empty() ? "where this began" : last_checkpoint_));
}

ExitCode TrainingRun::run() {
  const StopRequest stop;
  stop_ = &stop;
  introduce();
  const std::int64_t first = course_.steps_done();
  if (first == 0) {
    record_beginning();
    draw_samples(0, true);
  }
  const bool points = !experiment_.facts.empty() && experiment_.facts[0].points;
  progress_ =
      std::make_unique<Progress>(console_, first, experiment_.steps, course_.stage().examples(),
                                 points ? "points" : "images", experiment_.log_show);
  for (bool ends = false; !ends;) {
    try {
      ends = course_.is_complete() || stop.made() || !ended_by_.empty();
      if (ends) {
        course_.stage().trainer().settle();  // which may find a loss that is not finite
      } else {
        do_step();
      }
    } catch (const NotFiniteError& failure) {
      survive(failure);
    } catch (const Error& failure) {
      refuse_lost_device(failure);
      throw;
    }
  }
  const std::int64_t step = course_.steps_done();
  if (!course_.is_complete()) save(step);
  progress_->finish(course_.stage().trainer().losses());
  if (!ended_by_.empty()) console_.complain("stopped by " + ended_by_);
  const ExitCode code = course_.is_complete() ? ExitCode::Ok : ExitCode::Stopped;
  summarize(code);
  return code;
}

void TrainingRun::summarize(ExitCode code) {
  const Progress::Pace pace = progress_->whole_pace();
  const std::int64_t step = course_.steps_done();
  console_.line();
  console_.line(fmt::format("{} {} in {}: {:.3g} ms a step, {}",
                            code == ExitCode::Ok ? "done:" : "stopped after",
                            counted_text(step, "step"), duration_text(pace.seconds),
                            pace.ms_per_step, progress_->rate_text(pace)));
  std::vector<std::vector<std::string>> rows;
  if (step > 0) rows.push_back({"losses", measures_text(course_.stage().trainer().losses())});
  if (!last_evaluation_.empty()) rows.push_back({"evaluated", measures_text(last_evaluation_)});
  for (const std::string& sample : last_samples_)
    rows.push_back({&sample == last_samples_.data() ? "samples" : "", sample});
  rows.push_back({"checkpoint", last_checkpoint_});
  rows.push_back({"metrics", directory_.metrics()});
  if (profiled_) rows.push_back({"profile", directory_.profile()});
  console_.line(table_text(rows, {}, "  "));
}

}  // namespace agon
