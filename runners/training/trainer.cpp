#include "runners/training/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace agon {

namespace {
bool has_input(const Program& program, std::string_view name) {
  return std::any_of(program.inputs.begin(), program.inputs.end(),
                     [&](const Program::Port& port) { return port.name == name; });
}

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}
}  // namespace

Trainer::Trainer(const TrainingGraphs& training,
                 const std::vector<std::unique_ptr<const Program>>& programs, Backend& backend,
                 Variables& variables, Sources& sources, Arena& arena, const Position& position)
    : training_(training),
      feed_(sources, programs, position.batches_read),
      steps_done_(position.steps_done) {
  for (const std::string& name : training.losses) losses_.emplace_back("losses." + name, NAN);
  for (std::size_t i = 0; i < programs.size(); ++i) {
    const Program& program = *programs[i];
    auto executor = std::make_unique<Executor>(program, variables, backend.lanes, &arena,
                                               backend.accelerator());
    if (has_input(program, "step")) executor->bind_input("step", &step_);
    if (has_input(program, "draw")) executor->bind_input("draw", &draw_);
    std::vector<Reading> readings;
    for (const std::string& loss : training.programs[i].losses) {
      const auto it = std::find(training.losses.begin(), training.losses.end(), loss);
      if (it == training.losses.end()) continue;
      readings.push_back({executor->output_number("losses." + loss),
                          static_cast<std::size_t>(it - training.losses.begin())});
    }
    executors_.push_back(std::move(executor));
    readings_.push_back(std::move(readings));
    instruction_counts_.push_back(program.instructions.size());
  }
}

void Trainer::take_losses(const Measures& earlier) {
  for (auto& [name, value] : losses_) {
    const auto it = std::ranges::find(earlier, name, &Measures::value_type::first);
    if (it != earlier.end()) value = it->second;
  }
}

const Measures& Trainer::losses() {
  settle();
  return losses_;
}

void Trainer::run_draw(std::size_t draw, std::size_t program, const Look& look) {
  Executor& executor = *executors_[program];
  DrawTimes* times = look.times == nullptr ? nullptr : &(*look.times)[draw];
  draw_ = static_cast<double>(draw);
  if (times != nullptr) times->wait_begin = now();
  feed_.next();
  feed_.bind(program, executor);
  if (times == nullptr && look.after == nullptr) return begin(program);
  settle();
  if (times != nullptr) {
    times->program = program;
    times->instructions.resize(instruction_counts_[program]);
    times->run_begin = now();
    executor.run_timed(times->instructions);
    times->run_end = now();
  } else {
    executor.run_observed(
        [&](const Instruction& instruction, std::span<void* const> outputs) {
          (*look.after)(draw, instruction, outputs);
        },
        look.before == nullptr ? Executor::InputObserver{} : *look.before);
  }
  read_losses({program, steps_done_ + 1});
}

/// What does not run ahead is computed by the processors too, from variables that a draw under way
/// may be writing.
void Trainer::begin(std::size_t program) {
  Executor& executor = *executors_[program];
  if (!executor.runs_ahead()) settle();
  executor.begin();
  const auto earlier = std::exchange(under_way_, UnderWay{program, steps_done_ + 1});
  if (earlier) finish(*earlier);
  if (!executor.runs_ahead()) settle();
}

void Trainer::settle() {
  const auto last = std::exchange(under_way_, std::nullopt);
  if (last) finish(*last);
}

void Trainer::finish(const UnderWay& draw) {
  executors_[draw.program]->finish();
  read_losses(draw);
}

void Trainer::read_losses(const UnderWay& draw) {
  const Executor& executor = *executors_[draw.program];
  for (const Reading& reading : readings_[draw.program]) {
    auto& [name, value] = losses_[reading.loss];
    value = *static_cast<const float*>(executor.output(reading.output));
    if (!std::isfinite(value)) {
      throw NotFiniteError(
          draw.step,
          fmt::format("{}: {} at step {}; got here by a learning rate that is too high, or "
                      "by log or division of 0",
                      name, std::isnan(value) ? "nan" : number_text(value), draw.step));
    }
  }
}

void Trainer::run_step(const Look& look) {
  const std::vector<int>& draws = training_.draws_at(steps_done_);
  step_ = static_cast<double>(steps_done_);
  for (std::size_t draw = 0; draw < draws.size(); ++draw)
    run_draw(draw, static_cast<std::size_t>(draws[draw]), look);
  ++steps_done_;
}

void Trainer::step() {
  run_step({});
}

void Trainer::step_timed(std::vector<DrawTimes>& times) {
  times.resize(training_.draws.size());
  run_step({.times = &times});
}

void Trainer::step_observed(const Observer& after, const Executor::InputObserver& before) {
  run_step({.after = &after, .before = &before});
}

}  // namespace agon
