#include "runners/health/look.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace agon {

namespace {

constexpr std::array<std::int64_t, 5> kFirstLooks = {0, 1, 3, 10, 30};
/// Of so many examples are distances taken: a few hundred pairs.
constexpr std::int64_t kCompared = 32, kFewestCompared = 8;
/// How far a network moves is read from about so many of its weights, in runs of so many that lie
/// side by side: all of a large network's would cost more than its step does.
constexpr std::int64_t kSampledWeights = 65536, kSampledRun = 256;
/// Standard deviations from a mode's centre within which a point belongs to it.
constexpr double kModeReach = 3;
/// A measure of overfitting is given where its standard error is at most this, or this part of it.
constexpr double kKnownWithin = 0.1, kKnownPart = 0.2;

/// The share of modes without any point near them.
double missing_modes(const PointModes& modes, const Examples& points) {
  const double reach = kModeReach * modes.deviation;
  const auto missing =
      std::ranges::count_if(modes.centres, [&](const std::array<double, 2>& centre) {
        for (std::int64_t i = 0; i < points.count; ++i) {
          const float* at = points.values.data() + 2 * i;
          if (std::hypot(at[0] - centre[0], at[1] - centre[1]) < reach) return false;
        }
        return true;
      });
  return static_cast<double>(missing) / static_cast<double>(modes.centres.size());
}

/// Every so many runs of all weights, which count as one row.
std::vector<std::span<const float>> sampled(
    const std::vector<const Variables::Variable*>& weights) {
  std::int64_t elements = 0;
  for (const Variables::Variable* weight : weights) elements += weight->type.shape.elements();
  const std::int64_t every = (elements + kSampledWeights - 1) / kSampledWeights * kSampledRun;
  std::vector<std::span<const float>> runs;
  std::int64_t next = 0;  // from the first element of the variable
  for (const Variables::Variable* weight : weights) {
    const auto* x = static_cast<const float*>(weight->memory.data());
    const std::int64_t count = weight->type.shape.elements();
    for (; next < count; next += every)
      runs.emplace_back(x + next, static_cast<std::size_t>(std::min(kSampledRun, count - next)));
    next -= count;
  }
  return runs;
}

}  // namespace

bool is_looked_at(std::int64_t step, std::int64_t every) {
  return step % every == 0 || std::ranges::find(kFirstLooks, step) != kFirstLooks.end();
}

HealthLook::HealthLook(const HealthGraph& spec, const CompiledPlan& compiled, Backend& backend,
                       Variables& variables, Sources& sources, Arena& arena)
    : spec_(spec),
      program_(*compiled.health),
      variables_(variables),
      experiment_(sources.experiment()),
      feed_(sources, program_, "train", spec.batch),
      executor_(program_, variables, backend.lanes, &arena, backend.accelerator()) {
  for (const Program::Port& input : program_.inputs) {
    if (input.name == "step") executor_.bind_input("step", &step_);
  }
  if (compiled.held_out)
    held_scores_.emplace(spec, *compiled.held_out, backend, variables, sources, arena);
  for (const HealthGraph::Turn& turn : spec.turns) {
    for (const std::string& network : turn.networks) {
      if (std::ranges::find(changes_, network, &Kept::network) != changes_.end()) continue;
      Kept kept{.network = network, .weights = {}, .sample = {}, .before = {}};
      for (const Variables::Variable& variable : variables.all()) {
        if (variable.name.starts_with(network + ".") && variable.type.dtype == DType::F32)
          kept.weights.push_back(&variable);
      }
      kept.sample = sampled(kept.weights);
      std::size_t numbers = 0;
      for (const std::span<const float> run : kept.sample) numbers += run.size();
      kept.before.resize(numbers);
      changes_.push_back(std::move(kept));
    }
  }
}

void HealthLook::before_step() {
  for (Kept& kept : changes_) {
    float* to = kept.before.data();
    for (const std::span<const float> run : kept.sample) {
      to = std::ranges::copy(run, to).out;
    }
  }
  kept_ = true;
}

Measures HealthLook::look(std::int64_t steps_done) {
  found_.clear();
  if (!fed_) {
    feed_.read(0);
    feed_.bind(executor_);
    fed_ = true;
  }
  step_ = static_cast<double>(steps_done);
  // first, since both programs write to the same arena
  if (held_scores_) held_scores_->read(step_);
  executor_.run();
  look_at_turns();
  if (kept_) look_at_changes();
  kept_ = false;
  for (std::size_t i = 0; i < spec_.critics.size(); ++i) look_at_critic(i);
  if (spec_.has_code) look_at_code();
  return found_;
}

/// Empty where the program has no such output.
std::span<const float> HealthLook::output(const std::string& name) const {
  const auto it = std::ranges::find(program_.outputs, name, &Program::Port::name);
  if (it == program_.outputs.end()) return {};
  return {static_cast<const float*>(executor_.output(name)),
          static_cast<std::size_t>(it->type.shape.elements())};
}

Examples HealthLook::examples(const std::string& name) const {
  const auto it = std::ranges::find(program_.outputs, name, &Program::Port::name);
  if (it == program_.outputs.end()) return {};
  const Shape& shape = it->type.shape;
  Examples e{.values = output(name), .count = shape[0]};
  if (shape.rank() == 4) {
    e.height = shape[1];
    e.width = shape[2];
    e.channels = shape[3];
  }
  return e;
}

/// A number for each row of an output.
std::vector<float> HealthLook::scores(const std::string& name) const {
  const auto it = std::ranges::find(program_.outputs, name, &Program::Port::name);
  if (it == program_.outputs.end()) return {};
  const Shape& shape = it->type.shape;
  return row_means(output(name), shape.rank() == 0 ? 1 : shape[0]);
}

void HealthLook::add(const std::string& subject, const std::string& what, double value) {
  const std::string name = fmt::format("health.{}.{}", subject, what);
  // a generator that two discriminators judge is looked at once
  if (std::ranges::find(found_, name, &Measures::value_type::first) != found_.end()) return;
  found_.emplace_back(name, static_cast<float>(value));
}

void HealthLook::look_at_turns() {
  for (const HealthGraph::Turn& turn : spec_.turns) {
    const auto squares = output("gradient." + turn.optimizer);
    if (!squares.empty())
      add(turn.optimizer, "gradient", std::sqrt(static_cast<double>(squares[0])));
    if (turn.keep.empty()) continue;
    double all = 0, held = 0;
    for (const Kept& kept : changes_) {
      if (std::ranges::find(turn.networks, kept.network) == turn.networks.end()) continue;
      for (const Variables::Variable* weight : kept.weights) {
        const auto* x = static_cast<const float*>(weight->memory.data());
        const std::int64_t count = weight->type.shape.elements();
        all += static_cast<double>(count);
        held += static_cast<double>(std::count_if(x, x + count, [&](float w) {
          return w <= static_cast<float>(turn.keep[0]) || w >= static_cast<float>(turn.keep[1]);
        }));
      }
    }
    if (all > 0) add(turn.optimizer, "at_bounds", held / all);
  }
}

void HealthLook::look_at_changes() {
  for (const Kept& kept : changes_) {
    double moved = 0, length = 0;
    const float* before = kept.before.data();
    for (const std::span<const float> run : kept.sample) {
      const auto count = static_cast<std::int64_t>(run.size());
      const SquaredChange change = squared_change(before, run.data(), count);
      moved += change.moved;
      length += change.length;
      before += count;
    }
    if (length > 0) add(kept.network, "update", std::sqrt(moved / length));
  }
}

void HealthLook::look_at_critic(std::size_t number) {
  const WatchedCritic& critic = spec_.critics[number];
  const std::string prefix = fmt::format("critic{}.", number);
  const auto real = output(prefix + "real"), fake = output(prefix + "fake");
  if (has_boundary(critic.kind)) {
    const double middle = boundary(critic.kind);
    add(critic.network, "right_real", share_above(real, middle));
    add(critic.network, "right_fake", 1 - share_above(fake, middle));
    add(critic.network, "spread", std::max(standard_deviation(real), standard_deviation(fake)));
  }
  if (critic.kind == ScoreKind::Logits) add(critic.network, "vanished", share_vanished(fake));
  const auto slopes = output(prefix + "slope");
  if (!slopes.empty()) add(critic.network, "slope", mean_of(slopes));
  if (held_scores_) look_at_held_out(number);
  if (critic.maker.empty()) return;
  look_at_examples(critic, prefix);
  if (critic.labelled) look_at_labels(critic, prefix);
}

void HealthLook::look_at_held_out(std::size_t number) {
  const HeldScores::Scores& real = held_scores_->of(number);
  const std::string prefix = fmt::format("critic{}.", number);
  std::vector<float> generated = scores(prefix + "fake_alone");
  if (generated.empty()) generated = scores(prefix + "fake");
  const Estimate overfit = overfitting(real.trained_on, real.held_out, generated);
  if (overfit.error <= std::max(kKnownWithin, kKnownPart * overfit.value))
    add(spec_.critics[number].network, "overfit", overfit.value);
}

void HealthLook::look_at_examples(const WatchedCritic& critic, const std::string& prefix) {
  const Examples real = examples(prefix + "real_example");
  const Examples fake = examples(prefix + "fake_example");
  const auto first = [](Examples e) {
    const std::int64_t count = std::min(e.count, kCompared);
    e.values = e.values.first(static_cast<std::size_t>(count * e.numbers()));
    e.count = count;
    return e;
  };
  const double there = mean_distance(first(real));
  if (fake.count >= kFewestCompared && there > 0)
    add(critic.maker, "diversity", mean_distance(first(fake)) / there);
  if (critic.pictures && !experiment_.data.empty()) {
    const double low = experiment_.data[0].low, high = experiment_.data[0].high;
    add(critic.maker, "saturated",
        share_saturated(fake.values, low, high) - share_saturated(real.values, low, high));
    const double grey = (high - low) / 255;  // what an 8-bit picture can tell apart
    const double real_still = share_still(real, grey);
    if (fake.count >= kFewestCompared && real_still < 1)
      add(critic.maker, "still", (share_still(fake, grey) - real_still) / (1 - real_still));
  }
  const bool points = !experiment_.facts.empty() && fake.numbers() == 2;
  if (points && !experiment_.facts[0].modes.centres.empty())
    add(critic.maker, "missing", missing_modes(experiment_.facts[0].modes, fake));
}

/// How far the label moves what is made, by how far the other inputs do.
void HealthLook::look_at_labels(const WatchedCritic& critic, const std::string& prefix) {
  const auto it = std::ranges::find(program_.outputs, prefix + "label", &Program::Port::name);
  const auto* labels = static_cast<const std::byte*>(executor_.output(prefix + "label"));
  const std::int64_t count = it->type.shape[0];
  const auto row = static_cast<std::int64_t>(it->type.bytes()) / count;
  std::vector<bool> differs;
  for (std::int64_t i = 0; i < count; ++i)
    differs.push_back(std::memcmp(labels + i * row, labels + (i + 1) % count * row,
                                  static_cast<std::size_t>(row)) != 0);
  const Examples made = examples(prefix + "made");
  const std::vector<bool> all(differs.size(), true);
  const double relabelled = mean_distance(made, examples(prefix + "relabelled"), differs);
  const double redrawn = mean_distance(made, examples(prefix + "redrawn"), all);
  if (std::ranges::find(differs, true) == differs.end()) return;
  if (redrawn > 0) add(critic.maker, "label", relabelled / redrawn);
}

void HealthLook::look_at_code() {
  const auto means = output("code.mean"), logvars = output("code.logvar");
  add("code", "active", share_active(means, spec_.batch));
  add("code", "divergence", mean_divergence(means, logvars, spec_.batch));
}

}  // namespace agon
