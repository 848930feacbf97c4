#pragma once
#include <string>
#include <vector>

#include "engine/runtime/executor.h"
#include "graphs/experiment/health.h"
#include "runners/training/backend.h"
#include "runners/training/sources.h"

namespace agon {

/// What critics say of examples they are trained on and of held-out ones: always the same, the
/// first of either split.
class HeldScores {
 public:
  /// A number for each example, or for each row that a critic judges as one.
  struct Scores {
    std::vector<float> trained_on, held_out;
  };

  /// `program` is spec.held_out.graph, compiled. Everything given must outlive it; `arena` as for
  /// Trainer.
  HeldScores(const HealthGraph& spec, const Program& program, Backend& backend,
             Variables& variables, Sources& sources, Arena& arena);

  /// Scores all examples with the variables as they are.
  void read(double steps_done);
  /// As last read; empty where the critic's real examples are no data.
  const Scores& of(std::size_t critic) const { return scores_[critic]; }

 private:
  void take(bool held_out);

  const HealthGraph& spec_;
  const Program& program_;
  std::vector<ExampleFeed> feeds_;  // a batch each: of those trained on, then as many held out
  bool fed_ = false;
  Executor executor_;
  double step_ = 0;
  std::vector<Scores> scores_;  // by critic
};

}  // namespace agon
