#pragma once
#include "runners/runs/series.h"
#include "runners/training/backend.h"
#include "runners/training/sources.h"

namespace agon {

/// One spec of `evaluate:`, ready to run on the current variables.
class Evaluation {
 public:
  /// Everything given must outlive it; `arena` as for Trainer. Throws Error(Data) if `count`
  /// exceeds the split.
  Evaluation(const EvaluateGraph& spec, const CompiledPlan::Evaluation& programs, Backend& backend,
             Variables& variables, Sources& sources, Buffer& arena);

  const EvaluateGraph& spec() const { return spec_; }
  /// The metrics over `count` examples, each batch weighted by its size, as "evaluate.<metric>"
  /// ("evaluate.<spec>.<metric>" with several specs).
  Measures run();

 private:
  struct Part {
    Part(const Program& program, const EvaluateGraph& spec, std::int64_t examples, Backend& backend,
         Variables& variables, Sources& sources, Buffer& arena);
    std::int64_t examples;
    ExampleFeed feed;
    Executor executor;
  };
  void add(Part& part, std::int64_t first, std::vector<double>& sums);

  const EvaluateGraph& spec_;
  double step_ = 0;  // number of the batch, for the graph
  std::unique_ptr<Part> full_;
  std::unique_ptr<Part> last_;
};

}  // namespace agon
