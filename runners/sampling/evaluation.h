#pragma once
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "runners/metrics/metric.h"
#include "runners/runs/series.h"
#include "runners/training/backend.h"
#include "runners/training/sources.h"

namespace agon {

/// One spec of `evaluate:`, ready to measure the current variables. It covers `count` examples
/// exactly: a short last batch counts for what it holds. The examples and random numbers are the
/// same each time.
class Evaluation {
 public:
  /// Everything given must outlive it; `arena` as for Trainer. Throws Error(Data) when the split
  /// has fewer examples than `count`.
  Evaluation(const EvaluateGraph& spec, const CompiledPlan::Evaluation& programs, Backend& backend,
             Variables& variables, Sources& sources, Arena& arena);

  const EvaluateGraph& spec() const { return spec_; }
  /// "evaluate.<metric>", or "evaluate.<spec>.<metric>" with several specs: losses and own
  /// expressions first, then metrics by name. With repeats, the mean over them, and beside it
  /// "<name>.spread", their standard deviation. Throws Error(Data) where a metric by name has no
  /// value.
  Measures run();

  /// What the value of each metric is measured on and with, by name: {"evaluate.psnr": {...}}.
  nlohmann::ordered_json specification() const;

 private:
  struct Part {
    Part(const Program& program, const EvaluateGraph& spec, std::int64_t count, Backend& backend,
         Variables& variables, Sources& sources, Arena& arena);
    std::int64_t examples;
    ExampleFeed feed;
    Executor executor;
  };
  using Metrics = std::vector<std::unique_ptr<Metric>>;

  MetricSetting setting() const;
  void check_memory() const;
  /// What the outputs of a part hold after a run.
  MetricBatch batch_of(const Part& part) const;
  void keep_features(const Part& part);
  /// Runs over one batch; `sums` and `metrics` take what it gives.
  void add(Part& part, std::int64_t first, std::vector<double>& sums, Metrics& metrics);
  Measures once();
  std::string prefix() const;
  std::string network_hash(const std::string& network) const;

  const EvaluateGraph& spec_;
  Lanes& lanes_;
  const Experiment& experiment_;
  const Variables& variables_;
  FeatureSets features_;
  std::unique_ptr<Part> full_, last_;
  double step_ = 0;
};

}  // namespace agon
