#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/plan/compile.h"
#include "engine/runtime/executor.h"
#include "graphs/experiment/training.h"

namespace agon {

using Arrays = std::map<std::string, NdArray>;

const OpRegistry& all_ops();
const KernelRegistry& all_kernels();

/// The plan of a config in its quick size.
Plan quick_plan(const std::string& config);
/// What training begins with, computed by the judge.
Arrays initial_variables(const Plan& plan);

/// A plan's programs over variables and inputs of their own. Batches are drawn, not read.
class QuickTraining {
 public:
  /// The plan must outlive it.
  QuickTraining(const Plan& plan, const Arrays& initial, const PlanOptions& options,
                const KernelRegistry& kernels = all_kernels());

  std::size_t draws() const { return plan_.training.draws.size(); }
  void run(int step, std::size_t draw);
  /// All draws of the first `count` steps.
  void steps(int count);

  Arrays inputs(int step, std::size_t draw) const;
  /// The variables.
  Arrays state() const;
  std::map<std::string, std::string> bytes() const;

  const Program& program(std::size_t draw) const { return *programs_[number(draw)]; }
  /// As written.
  const Graph& graph(std::size_t draw) const {
    return *plan_.training.programs[number(draw)].graph;
  }
  static Lanes& lanes();

 private:
  /// Of the draw of a step in which everything is computed.
  std::size_t number(std::size_t draw) const {
    return static_cast<std::size_t>(plan_.training.draws[draw]);
  }

  const Plan& plan_;
  Variables variables_;
  std::map<std::string, Buffer> memory_;
  std::vector<std::unique_ptr<const Program>> programs_;
  std::vector<std::unique_ptr<Executor>> executors_;
};

}  // namespace agon
