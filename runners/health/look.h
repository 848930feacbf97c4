#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/runtime/executor.h"
#include "graphs/experiment/health.h"
#include "runners/health/held_scores.h"
#include "runners/health/signals.h"
#include "runners/runs/series.h"
#include "runners/training/backend.h"
#include "runners/training/sources.h"

namespace agon {

/// Steps after which a training's health is looked at: the first ones, thinning out, and then every
/// `every` steps of the whole run.
bool is_looked_at(std::int64_t step, std::int64_t every);

/// Reads the health of a training from its variables as they are. Reads them only; the same
/// variables and step give the same numbers.
class HealthLook {
 public:
  /// Everything given must outlive it; `arena` as for Trainer.
  HealthLook(const HealthGraph& spec, const CompiledPlan& compiled, Backend& backend,
             Variables& variables, Sources& sources, Arena& arena);

  /// Before a step after which there will be a look: keeps the weights, to see how far they move.
  void before_step();
  /// "health.<network or optimizer>.<what>" for each number there is, as float32:
  ///   <optimizer>.gradient, .at_bounds (share of weights at the limits of `keep`)
  ///   <network>.update (length of the step's change / length of its weights, of a sample of them)
  ///   <discriminator>.right_real, .right_fake, .spread, .vanished, .slope, .overfit (how far
  ///     held-out examples are judged like generated ones, in parts of how far those trained on are
  ///     not; only where the scores show it to within 0.1, or a fifth)
  ///   <generator>.diversity (mean distance of two examples, the data's being 1), .saturated (share
  ///     of numbers at the ends of the range, above the data's), .still (of the numbers that vary
  ///     in the data, the share that does not), .missing (share of the modes of points that none is
  ///     near), .label (how far another label moves an example, other noise moving it by 1)
  ///   code.active, code.divergence
  Measures look(std::int64_t steps_done);

 private:
  struct Kept {
    std::string network;
    std::vector<const Variables::Variable*> weights;
    std::vector<std::span<const float>> sample;  // of the weights
    std::vector<float> before;                   // of the sample, one after another
  };
  std::span<const float> output(const std::string& name) const;
  Examples examples(const std::string& name) const;
  std::vector<float> scores(const std::string& name) const;
  void add(const std::string& subject, const std::string& what, double value);
  void look_at_turns();
  void look_at_critic(std::size_t number);
  void look_at_held_out(std::size_t number);
  void look_at_examples(const WatchedCritic& critic, const std::string& prefix);
  void look_at_labels(const WatchedCritic& critic, const std::string& prefix);
  void look_at_code();
  void look_at_changes();

  const HealthGraph& spec_;
  const Program& program_;
  const Variables& variables_;
  const Experiment& experiment_;
  ExampleFeed feed_;
  Executor executor_;
  std::optional<HeldScores> held_scores_;
  double step_ = 0;
  bool fed_ = false;
  bool kept_ = false;
  std::vector<Kept> changes_;  // by network
  Measures found_;
};

}  // namespace agon
