#pragma once
#include <array>
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

/// A program bound to memory. `run` allocates nothing and looks nothing up, but for the first ones
/// of a program that uses an accelerator, which record its work.
class Executor {
 public:
  /// Several executors may share `arena` (at least the largest program's arena_bytes and
  /// gpu_arena_bytes) when they never run at the same time; without one the executor has its own.
  /// Every variable of the program must be in `variables` with the same type, and a program that
  /// uses an accelerator needs one (InternalError otherwise), in whose MemoryKind::Shared the
  /// variables lie and in whose MemoryKind::Staged the arena of the host.
  Executor(const Program& program, Variables& variables, Lanes& lanes, Arena* arena = nullptr,
           Accelerator* accelerator = nullptr);
  /// Waits for runs under way.
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  /// Points an input to memory that stays valid and holds the right type; must be done for every
  /// input before run.
  void bind_input(std::string_view name, const void* memory);
  /// Reads bound inputs and variables, writes outputs and variables.
  void run();

  /// Whether the accelerator computes all of it, so that a run can be begun while the one before is
  /// under way: its inputs are copied and brought to the device meanwhile.
  bool runs_ahead() const { return runs_ahead_; }
  static constexpr std::size_t kMostUnderWay = 2;
  /// Begins a run with the inputs as they are now, and returns while it is under way (at most
  /// kMostUnderWay are, else InternalError); does it where the program does not run ahead.
  /// Variables belong to the accelerator until `finish`, as does the arena.
  void begin();
  /// Waits for the run begun first of those under way, whose outputs can be read until the next
  /// `begin`.
  void finish();

  /// The same results as `run`, and when each instruction began and ended; one element for each.
  /// The processors do theirs one after another; those of an accelerator are launched as `run` does
  /// and keep their own times, so that both may overlap. These and `run` need no run under way
  /// (InternalError).
  void run_timed(std::span<InstructionTime> times);
  /// The same results as `run`, instruction by instruction; `before` (if any) sees the inputs of
  /// each instruction, `after` its outputs before the next one: where these lie in an accelerator's
  /// memory, copies of them.
  using InputObserver =
      std::function<void(const Instruction& instruction, std::span<const void* const> inputs)>;
  using Observer =
      std::function<void(const Instruction& instruction, std::span<void* const> outputs)>;
  void run_observed(const Observer& after, const InputObserver& before = nullptr);
  /// Memory of an output after run. Throws InternalError for an unknown name.
  const void* output(std::string_view name) const;
  const void* output(std::size_t number) const;
  /// Where it stands in the program's list.
  std::size_t output_number(std::string_view name) const;
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
  using Recordings =
      std::vector<std::unique_ptr<Recording>>;  // by segment, null of the processors'
  /// What a run needs for itself beside another one under way.
  struct Slot {
    Buffer staged;  // inputs that the accelerator reads: of the host,
    Buffer landed;  // and its own
    Buffer host;    // arena of a program that runs ahead
    std::vector<Bound> bound;
    Recordings recordings;
    bool busy = false;
  };
  /// Where in Slot::staged and Slot::landed an input of the accelerator lies.
  static constexpr std::size_t kNotStaged = SIZE_MAX;

  bool is_mixed() const { return !program_.schedule.segments.empty(); }
  void* address(const Place& place, Device reader, const Slot& slot) const;
  void bind_variables();
  void store_constants();
  void lay_out_inputs();
  void add_slot();
  void bind(Slot& slot) const;
  void check_inputs() const;
  void prepare_run(Slot& slot);
  void run_one(const Slot& slot, std::size_t instruction, void* queue = nullptr);
  void run_alone(const Slot& slot, std::size_t instruction);
  void run_copies(const Slot& slot);
  void bring_inputs(Slot& slot);
  void load();
  Recordings record(const Slot& slot, bool marked);
  using RunOnHost = std::function<void(std::size_t instruction)>;
  void run_segments(const Recordings& recordings, const RunOnHost& run_on_host);
  void run_segment(const Recordings& recordings, std::size_t segment, const RunOnHost& run_on_host);
  void time_on_host(std::span<InstructionTime> times);
  void time_on_both(std::span<InstructionTime> times);
  Slot& idle_slot();

  const Program& program_;
  Variables& variables_;
  Lanes& lanes_;
  Accelerator* accelerator_;
  bool runs_ahead_;
  Arena own_arena_;
  Arena* arena_;
  std::vector<Buffer> constants_;
  std::vector<void*> variable_memory_;
  std::vector<const void*> input_memory_;   // as bound
  std::vector<std::size_t> input_offsets_;  // kNotStaged of those the processors read alone
  std::size_t staged_bytes_ = 0;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::array<Slot*, kMostUnderWay> under_way_{};  // the first begun first
  std::size_t under_way_count_ = 0;
  Slot* shown_ = nullptr;          // whose outputs are read
  Recording* launched_ = nullptr;  // last in this run
  Recordings timed_;               // of the first slot
  bool stale_ = true;
  bool loaded_ = false;
};

/// The judge: evaluates every node by its reference, in topological order, never in place.
/// Inputs and variables by name; returns outputs by name, and updates as "update:<variable>".
std::map<std::string, NdArray> run_reference(const Graph& graph,
                                             const std::map<std::string, NdArray>& inputs,
                                             const std::map<std::string, NdArray>& variables);

}  // namespace agon
