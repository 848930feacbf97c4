#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/ir/op_def.h"
#include "runners/runs/opened_run.h"
#include "runners/sampling/drawn_series.h"
#include "runners/sampling/evaluation.h"
#include "runners/sampling/sampler.h"
#include "runners/terminal/console.h"

namespace agon {

/// What a run is opened for.
enum class Look { Sample, Evaluate };

/// A run's state at a checkpoint, and what draws from it or measures it.
class RestoredRun {
 public:
  /// `set`: settings on top of the run's own. Throws Error (NoInput, Data), ConfigError.
  RestoredRun(const RunDirectory& directory, const std::vector<std::string>& set,
              std::optional<std::int64_t> step, Look look, Console& console)
      : RestoredRun(open_run(directory, set), step, look, nullptr, console) {}
  /// A run already open; with `drawing`, the sample graphs are those of the drawing.
  RestoredRun(OpenedRun run, std::optional<std::int64_t> step, Look look, const Drawing* drawing,
              Console& console);

  const RunDirectory& directory() const { return run_.directory; }
  const Experiment& experiment() const { return run_.experiment; }
  std::int64_t step() const { return step_; }
  /// In the order of the file; empty when opened to evaluate.
  const std::vector<std::unique_ptr<Sampler>>& samplers() const { return samplers_; }
  /// Likewise, instead of samplers(), of a drawing.
  const std::vector<std::unique_ptr<DrawnSeries>>& series() const { return series_; }
  /// Likewise; empty when opened to sample.
  const std::vector<std::unique_ptr<Evaluation>>& evaluations() const { return evaluations_; }

 private:
  OpenedRun run_;
  std::int64_t step_ = 0;
  std::size_t stage_ = 0;  // that saved the checkpoint
  std::unique_ptr<const OpRegistry> ops_;
  Plan plan_;
  Backend backend_;
  CompiledPlan compiled_;
  Arena arena_;
  Variables variables_;
  Sources sources_;
  std::vector<std::unique_ptr<Sampler>> samplers_;
  std::vector<std::unique_ptr<DrawnSeries>> series_;
  std::vector<std::unique_ptr<Evaluation>> evaluations_;
};

/// Executors of every spec of a plan, for the current variables; see Sampler and Evaluation.
std::vector<std::unique_ptr<Sampler>> samplers_of(const Plan& plan, const CompiledPlan& compiled,
                                                  Backend& backend, Variables& variables,
                                                  Sources& sources, Arena& arena);
std::vector<std::unique_ptr<Evaluation>> evaluations_of(const Plan& plan,
                                                        const CompiledPlan& compiled,
                                                        Backend& backend, Variables& variables,
                                                        Sources& sources, Arena& arena);
/// What the values of all of them are; see Evaluation::specification.
nlohmann::ordered_json specification_of(
    const std::vector<std::unique_ptr<Evaluation>>& evaluations);

}  // namespace agon
