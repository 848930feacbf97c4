#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/program.h"
#include "engine/runtime/variables.h"

namespace agon {

/// When an instruction began and ended, in nanoseconds since the beginning of its run.
struct InstructionTime {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// A program bound to memory. `run` allocates nothing and looks nothing up.
class Executor {
 public:
  /// Several executors may share `arena` (at least the largest program's arena_bytes) when they
  /// never run at the same time; without one the executor has its own. Every variable of the
  /// program must be in `variables` with the same type (InternalError otherwise).
  Executor(const Program& program, Variables& variables, Lanes& lanes, Buffer* arena = nullptr);

  /// Points an input to memory that stays valid and holds the right type; must be done for every
  /// input before run.
  void bind_input(std::string_view name, const void* memory);
  /// Reads bound inputs and variables, writes outputs and variables.
  void run();
  /// The same results as `run`, and the time of each instruction; one element for each.
  void run_timed(std::span<InstructionTime> times);
  /// The same results as `run`; `before` (if any) sees the inputs of each instruction, `after` its
  /// outputs before the next one.
  using InputObserver =
      std::function<void(const Instruction& instruction, std::span<const void* const> inputs)>;
  using Observer =
      std::function<void(const Instruction& instruction, std::span<void* const> outputs)>;
  void run_observed(const Observer& after, const InputObserver& before = nullptr);
  /// Memory of an output after run. Throws InternalError for an unknown name.
  const void* output(std::string_view name) const;
  /// First element of a floating output.
  double scalar(std::string_view name) const;
  NdArray array(std::string_view name) const;

 private:
  struct Bound {
    Kernel* kernel;
    std::vector<const void*> in;
    std::vector<void*> out;
    void* scratch;
  };
  void* address(const Place& place) const;
  void rebind();
  void run_copies();

  const Program& program_;
  Variables& variables_;
  Lanes& lanes_;
  Buffer own_arena_;
  Buffer* arena_;
  std::vector<Buffer> constants_;
  std::vector<void*> variable_memory_;
  std::vector<const void*> input_memory_;
  std::vector<Bound> bound_;
  bool stale_ = true;
};

/// The judge: evaluates every node by its reference, in topological order, never in place.
/// Inputs and variables by name; returns outputs by name, and updates as "update:<variable>".
std::map<std::string, NdArray> run_reference(const Graph& graph,
                                             const std::map<std::string, NdArray>& inputs,
                                             const std::map<std::string, NdArray>& variables);

}  // namespace agon
