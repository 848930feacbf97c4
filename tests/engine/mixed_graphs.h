#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "engine/plan/compile.h"
#include "engine/runtime/executor.h"
#include "tests/engine/arrays.h"
#include "tests/engine/checked_kernels.h"
#include "tests/engine/fake_accelerator.h"

namespace agon {

/// Puts the node of a value on the accelerator.
inline Value on_gpu(Value v) {
  Graph::place(*v.node, Device::Gpu);
  return v;
}

/// Compiles graphs for both devices of a fake accelerator, and runs them beside the reference.
class MixedRun {
 public:
  MixedRun(std::uint64_t seed, FakeAccelerator::Pace pace, Inside inside);

  std::unique_ptr<const Program> compiled(const Graph& graph, const PlanOptions& options = {});
  /// Steps of the program beside the reference, inputs each time elsewhere; fails the test where
  /// they differ.
  void expect_steps(const Graph& graph, const Program& program, int steps);
  /// The same of a program that runs ahead: each step is begun before the one before is finished,
  /// and the inputs are gone once it is begun.
  void expect_steps_ahead(const Graph& graph, const Program& program, int steps);

  FakeAccelerator accelerator;
  KernelRegistry kernels;
  Lanes lanes{1};

 private:
  static void add_variables(const Arrays& values, Variables& variables);
  /// In memory that lives as long as the buffers.
  static std::vector<Buffer> feed(const Arrays& inputs, Executor& executor);
};

}  // namespace agon
