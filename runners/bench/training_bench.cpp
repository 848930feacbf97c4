#include "runners/bench/training_bench.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>
#include <utility>

#include "runners/training/memory_check.h"
#include "runners/training/state.h"

namespace agon {

namespace {

constexpr double kRepeatSeconds = 0.7;
constexpr double kWarmUpSeconds = 0.3;
constexpr int kFewestSteps = 3;

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Seconds a step takes once caches, branch predictors and the reading thread are under way.
double warm_up(Trainer& trainer) {
  const auto start = Clock::now();
  double last = 0;
  for (int step = 0; step < kFewestSteps || seconds_since(start) < kWarmUpSeconds; ++step) {
    const auto begin = Clock::now();
    trainer.step();
    trainer.settle();
    last = seconds_since(begin);
  }
  return last;
}

int lanes_of(const Experiment& experiment) {
  return experiment.lanes.value_or(Lanes::automatic());
}

double median_of(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

TrainingBench::TrainingBench(const Experiment& experiment, const Plan& plan)
    : TrainingBench(
          experiment, plan,
          std::make_unique<Backend>(experiment, std::span(&plan, 1), lanes_of(experiment))) {}

TrainingBench::TrainingBench(const Experiment& experiment, const Plan& plan, DeviceChoice device)
    : TrainingBench(
          experiment, plan,
          std::make_unique<Backend>(lanes_of(experiment), Determinism::Run, std::move(device))) {}

TrainingBench::TrainingBench(const Experiment& experiment, const Plan& plan,
                             std::unique_ptr<Backend> backend)
    : backend_(std::move(backend)),
      compiled_(compile_training(plan, *backend_)),
      variables_(backend_->variable_memory()),
      sources_(experiment) {
  check_memory(plan, compiled_, *backend_);
  arena_ = compiled_.arena(*backend_);
  add_variables(plan.training, variables_);
  trainer_ =
      std::make_unique<Trainer>(plan.training, compiled_.training, *backend_, variables_, sources_,
                                arena_, Position{.steps_done = experiment.first_step});
  initialise(plan.training, *backend_, variables_, sources_);
}

StepSpeed measure_speed(Trainer& trainer, std::int64_t steps) {
  const double step_seconds = warm_up(trainer);
  StepSpeed speed;
  speed.steps_per_repeat =
      steps > 0 ? steps : std::max<std::int64_t>(1, std::llround(kRepeatSeconds / step_seconds));
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    const auto begin = Clock::now();
    for (std::int64_t i = 0; i < speed.steps_per_repeat; ++i) trainer.step();
    trainer.settle();
    speed.ms_per_step.push_back(1e3 * seconds_since(begin) /
                                static_cast<double>(speed.steps_per_repeat));
  }
  std::sort(speed.ms_per_step.begin(), speed.ms_per_step.end());
  return speed;
}

StepTimes time_instructions(TrainingBench& bench, double seconds) {
  const auto& programs = bench.compiled().training;
  std::vector<std::vector<std::vector<double>>> samples;  // by program, instruction and step
  samples.reserve(programs.size());
  for (const auto& program : programs) samples.emplace_back(program->instructions.size());
  std::vector<double> waits;
  double steps = 0;
  std::vector<DrawTimes> draws;
  const auto start = Clock::now();
  for (int step = 0; step < kFewestSteps || seconds_since(start) < seconds; ++step) {
    bench.trainer().step_timed(draws);
    ++steps;
    std::set<std::size_t> begun;  // programs that this step runs
    waits.push_back(0);
    for (const DrawTimes& draw : draws) {
      waits.back() += 1e-3 * static_cast<double>(draw.run_begin - draw.wait_begin);
      if (begun.insert(draw.program).second) {
        for (auto& instruction : samples[draw.program]) instruction.push_back(0);
      }
      for (std::size_t i = 0; i < draw.instructions.size(); ++i) {
        const InstructionTime& time = draw.instructions[i];
        samples[draw.program][i].back() += 1e-3 * static_cast<double>(time.end - time.begin);
      }
    }
  }
  StepTimes times;
  for (auto& program : samples) {
    times.instructions.emplace_back();
    for (auto& instruction : program) {
      const double share = static_cast<double>(instruction.size()) / steps;
      times.instructions.back().push_back(instruction.empty() ? 0 : share * median_of(instruction));
    }
  }
  times.waiting = median_of(waits);
  return times;
}

}  // namespace agon
