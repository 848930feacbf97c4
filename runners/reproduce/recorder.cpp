#include "runners/reproduce/recorder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/error.h"
#include "engine/base/philox.h"
#include "runners/bench/instruction_report.h"
#include "runners/runs/lock.h"
#include "runners/runs/pinned.h"
#include "runners/runs/run_directory.h"
#include "runners/training/training_run.h"

namespace agon {

namespace {
/// So many times is a training repeated with rounded weights; see RecordedStep::spread.
constexpr std::int64_t kPerturbed = 3;

void draw_pictures(Course& course, const RecordingPlan& plan, TrainingRecord& recording) {
  for (const auto& sampler : course.stage().samplers()) {
    const std::string path = RunDirectory{}.sample(course.steps_done(), sampler->spec().name);
    const std::string name = path.substr(path.rfind('/') + 1);
    if (plan.pictures.contains(name)) recording.pictures[name] = pixel_hash(sampler->draw());
  }
}

void measure(Course& course, const Experiment& experiment, const RecordingPlan& plan,
             RecordedStep& recorded) {
  recorded.measures = course.stage().trainer().losses();
  HealthLook* health = course.stage().health();
  if (plan.looks && health != nullptr &&
      is_looked_at(course.steps_done(), experiment.health_every)) {
    const Measures found = health->look(course.steps_done());
    recorded.measures.insert(recorded.measures.end(), found.begin(), found.end());
  }
  if (!plan.evaluates) return;
  for (const auto& evaluation : course.stage().evaluations()) {
    if (!is_due(course.steps_done(), evaluation->spec().every, experiment.steps)) continue;
    const Measures found = evaluation->run();
    recorded.measures.insert(recorded.measures.end(), found.begin(), found.end());
  }
}

void record_step(Course& course, const Experiment& experiment, const RecordingPlan& plan,
                 TrainingRecord& recording) {
  const std::int64_t step = course.steps_done();
  if (plan.measured.contains(step)) {
    RecordedStep& recorded = recording.steps[step];
    measure(course, experiment, plan, recorded);
    recorded.fingerprint = fingerprint_text(combined(fingerprints(course.stage().variables())));
  }
  if (plan.named.contains(step))
    recording.steps[step].variables = fingerprints(course.stage().variables());
  draw_pictures(course, plan, recording);
}

void next_step(Course& course, const Experiment& experiment) {
  if (course.is_at_end_of_stage()) course.begin_next_stage();
  HealthLook* health = course.stage().health();
  if (health != nullptr && is_looked_at(course.steps_done() + 1, experiment.health_every)) {
    course.stage().trainer().settle();
    health->before_step();
  }
  course.stage().trainer().step();
}

/// A step, and what each of its instructions gave.
NamedFingerprints observed_step(Course& course) {
  NamedFingerprints found;
  course.stage().trainer().step_observed(
      [&](std::size_t draw, const Instruction& instruction, std::span<void* const> outputs) {
        Fingerprint fingerprint;
        for (std::size_t i = 0; i < outputs.size(); ++i) {
          const std::size_t bytes = instruction.node->outputs()[i].bytes();
          fingerprint.update(std::span(static_cast<const std::byte*>(outputs[i]), bytes));
        }
        const InstructionReport report = report_of(instruction);
        found.emplace_back(fmt::format("{}.{} {} {}", draw + 1, found.size() + 1,
                                       instruction.node->op().name, report.origin),
                           fingerprint.finish());
      });
  return found;
}

/// Every element of every float32 variable, frozen ones too, times 1 + 2^-19 or 1 - 2^-19. Adding n
/// terms of float32 in another order changes a sum by some 2^-24 sqrt(n / 2) of its terms (Higham
/// 2002, Accuracy and Stability, 2.8 and 4.2); this is n = 4,096.
void perturb(Course& course, RandomStream& random) {
  for (const Variables::Variable& variable : course.stage().variables().all()) {
    if (variable.type.dtype != DType::F32) continue;
    auto* values = static_cast<float*>(variable.memory.data());
    const auto count = static_cast<std::size_t>(variable.type.shape.elements());
    std::uint32_t signs = 0;
    for (std::size_t i = 0; i < count; ++i, signs >>= 1) {
      if (i % 32 == 0) signs = random.word();
      values[i] *= 1 + ((signs & 1) != 0 ? 0x1p-19f : -0x1p-19f);
    }
  }
}

/// By how much the losses of the first steps differ from those recorded when each step begins with
/// weights that a rounding has changed.
void spread(const Experiment& experiment, const std::vector<Plan>& plans, const Means& means,
            std::int64_t seed, TrainingRecord& recording) {
  Course course(experiment, plans, means);
  course.begin(nullptr);
  RandomStream random(seed, "perturbed");
  const std::int64_t last = std::min(recording.last, kSpreadSteps);
  while (course.steps_done() < last) {
    perturb(course, random);
    next_step(course, experiment);
    RecordedStep& recorded = recording.steps.at(course.steps_done());
    const Measures& losses = course.stage().trainer().losses();
    recorded.spread.resize(losses.size());
    for (std::size_t i = 0; i < losses.size(); ++i) {
      const double by = std::abs(losses[i].second - recorded.measures[i].second);
      recorded.spread[i] = {losses[i].first, std::max(recorded.spread[i].second, by)};
    }
  }
}
}  // namespace

RecordingPlan usual_plan(const Experiment& experiment, std::int64_t steps) {
  RecordingPlan plan;
  plan.last = steps;
  for (std::int64_t step = 1; step < steps; step *= 2) plan.named.insert(step);
  plan.named.insert(steps);
  plan.measured = plan.named;
  for (std::int64_t step = 1; step <= std::min(steps, kSpreadSteps); ++step)
    plan.measured.insert(step);
  plan.spreads = true;
  plan.observed = {1};
  for (const auto& spec : experiment.sections.sample) {
    for (const std::int64_t step : {std::int64_t{0}, steps}) {
      const std::string path = RunDirectory{}.sample(step, spec.name);
      plan.pictures.insert(path.substr(path.rfind('/') + 1));
    }
  }
  return plan;
}

TrainingRecord record(const Experiment& experiment, const std::vector<Plan>& plans,
                      const Means& means, const RecordingPlan& plan, const Checkpoint* from,
                      const std::function<bool()>& stop) {
  TrainingRecord recording;
  recording.last = plan.last;
  Course course(experiment, plans, means);
  course.begin(from);
  recording.pinned = pinned_part(lock_record(experiment, course.sources(), course.backend()));
  record_step(course, experiment, plan, recording);
  while (course.steps_done() < plan.last) {
    if (stop()) {
      throw Error(ExitCode::Stopped,
                  fmt::format("stopped after step {} of {}", course.steps_done(), plan.last));
    }
    NamedFingerprints instructions;
    if (plan.observed.contains(course.steps_done() + 1)) {
      instructions = observed_step(course);
    } else {
      next_step(course, experiment);
    }
    record_step(course, experiment, plan, recording);
    if (!instructions.empty())
      recording.steps[course.steps_done()].instructions = std::move(instructions);
  }
  for (std::int64_t seed = 1; plan.spreads && seed <= kPerturbed; ++seed)
    spread(experiment, plans, means, seed, recording);
  return recording;
}

}  // namespace agon
