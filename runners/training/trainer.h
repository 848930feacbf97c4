#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "runners/runs/series.h"
#include "runners/training/backend.h"
#include "runners/training/sources.h"

namespace agon {

/// What one draw of a step spent its time on; begins in nanoseconds of the steady clock.
struct DrawTimes {
  std::size_t program = 0;
  std::int64_t wait_begin = 0;  // for the batches
  std::int64_t run_begin = 0;
  std::int64_t run_end = 0;
  std::vector<InstructionTime> instructions;  // since run_begin
};

/// Where a training stands before a step.
struct Position {
  std::int64_t steps_done = 0;
  std::int64_t batches_read = 0;  // of every source, in batches of the present size
};

/// A loss or a variable is not a finite number after a step.
class NotFiniteError : public Error {
 public:
  NotFiniteError(std::int64_t at, const std::string& message)
      : Error(ExitCode::Data, message), step(at) {}
  std::int64_t step;
};

/// Runs steps: (variables, next batches, step) -> variables and losses. A step allocates nothing
/// here. Where an accelerator computes all of a draw, it is still at work when `step` returns, and
/// the losses of the draw before it have been read: so the next batch is decoded and brought to the
/// device meanwhile. Whoever looks at variables settles first.
class Trainer {
 public:
  /// Everything given must outlive it; `arena` is at least as large as the largest program's.
  /// `position`: where the run stands.
  Trainer(const TrainingGraphs& training,
          const std::vector<std::unique_ptr<const Program>>& programs, Backend& backend,
          Variables& variables, Sources& sources, Arena& arena, const Position& position = {});

  /// All draws of one step. Throws NotFiniteError naming loss and step when a loss is not finite;
  /// of a draw that was under way the next step does, or `settle`.
  void step();
  /// Waits for the draw under way, if there is one, and reads its losses.
  void settle();
  /// A step that is settled, and the times of its draws in order.
  void step_timed(std::vector<DrawTimes>& times);

  /// The same; `after` sees each instruction's outputs, draw by draw.
  using Observer = std::function<void(std::size_t draw, const Instruction& instruction,
                                      std::span<void* const> outputs)>;
  void step_observed(const Observer& after, const Executor::InputObserver& before = nullptr);

  std::int64_t steps_done() const { return steps_done_; }
  /// Losses as the last turns that computed them did, as "losses.<name>" in file order. Settles.
  const Measures& losses();
  /// Takes over losses that an earlier stage computed, until this one does.
  void take_losses(const Measures& earlier);
  std::size_t batch_bytes() const { return feed_.bytes(); }

 private:
  struct Reading {
    std::size_t output = 0;  // of the program
    std::size_t loss = 0;    // in losses_
  };
  struct UnderWay {
    std::size_t program = 0;
    std::int64_t step = 0;
  };
  /// How a draw is run: timed or observed, if either.
  struct Look {
    std::vector<DrawTimes>* times = nullptr;
    const Observer* after = nullptr;
    const Executor::InputObserver* before = nullptr;
  };
  void run_draw(std::size_t draw, std::size_t program, const Look& look);
  void run_step(const Look& look);
  void begin(std::size_t program);
  void finish(const UnderWay& draw);
  void read_losses(const UnderWay& draw);

  const TrainingGraphs& training_;
  TrainingFeed feed_;
  std::vector<std::unique_ptr<Executor>> executors_;  // by program
  std::vector<std::vector<Reading>> readings_;        // by program
  std::vector<std::size_t> instruction_counts_;       // by program
  std::optional<UnderWay> under_way_;
  Measures losses_;
  double step_ = 0;  // inputs of the graphs
  double draw_ = 0;
  std::int64_t steps_done_ = 0;
};

}  // namespace agon
