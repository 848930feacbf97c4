#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/runtime/accelerator.h"
#include "engine/runtime/arena.h"
#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/program.h"
#include "engine/runtime/variables.h"

namespace agon {

/// When an instruction began and ended, in nanoseconds since the beginning of its run.
struct InstructionTime {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// A program bound to memory. `run` allocates nothing and looks nothing up, but for the first one
/// of a program that uses an accelerator, which records its work.
class Executor {
 public:
  /// Several executors may share `arena` (at least the largest program's arena_bytes and
  /// gpu_arena_bytes) when they never run at the same time; without one the executor has its own.
  /// Every variable of the program must be in `variables` with the same type, and a program that
  /// uses an accelerator needs one (InternalError otherwise), in whose MemoryKind::Shared the
  /// variables lie and in whose MemoryKind::Staged the arena of the host.
  Executor(const Program& program, Variables& variables, Lanes& lanes, Arena* arena = nullptr,
           Accelerator* accelerator = nullptr);

  /// Points an input to memory that stays valid and holds the right type; must be done for every
  /// input before run.
  void bind_input(std::string_view name, const void* memory);
  /// Reads bound inputs and variables, writes outputs and variables.
  void run();
  /// The same results as `run`, instruction by instruction, and the time of each; one element for
  /// each.
  void run_timed(std::span<InstructionTime> times);
  /// The same results as `run`; `before` (if any) sees the inputs of each instruction, `after` its
  /// outputs before the next one: where these lie in an accelerator's memory, copies of them.
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
  bool is_mixed() const { return !program_.schedule.segments.empty(); }
  void* address(const Place& place, Device reader) const;
  void bind_variables();
  void store_constants();
  void stage_inputs();
  void rebind();
  void prepare_run();
  void run_one(std::size_t instruction, void* queue = nullptr);
  void run_alone(std::size_t instruction);
  void run_copies();
  void load();
  void record();
  void run_segments();
  void run_segment(std::size_t segment);
  void copy_inputs();

  const Program& program_;
  Variables& variables_;
  Lanes& lanes_;
  Accelerator* accelerator_;
  Arena own_arena_;
  Arena* arena_;
  std::vector<Buffer> constants_;
  std::vector<void*> variable_memory_;
  std::vector<const void*> input_memory_;  // as bound
  std::vector<Buffer> staged_;             // of inputs that an accelerator reads, empty of others
  std::vector<Bound> bound_;
  std::vector<std::unique_ptr<Recording>> recordings_;  // by segment, null of the processors'
  Recording* last_ = nullptr;                           // launched in this run
  bool stale_ = true;
  bool loaded_ = false;
};

/// The judge: evaluates every node by its reference, in topological order, never in place.
/// Inputs and variables by name; returns outputs by name, and updates as "update:<variable>".
std::map<std::string, NdArray> run_reference(const Graph& graph,
                                             const std::map<std::string, NdArray>& inputs,
                                             const std::map<std::string, NdArray>& variables);

}  // namespace agon
