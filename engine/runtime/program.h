#pragma once
#include <memory>
#include <string>
#include <vector>

#include "engine/ir/graph.h"
#include "engine/ir/ndarray.h"
#include "engine/runtime/kernel.h"
#include "engine/runtime/schedule.h"

namespace agon {

/// Where a value lies while a program runs.
struct Place {
  enum class Kind { Arena, Variable, Input, Constant };
  Kind kind = Kind::Arena;
  std::size_t index = 0;        // Arena: byte offset; otherwise position in the program's list
  Device memory = Device::Cpu;  // whose arena, whose copy of a constant; inputs lie at the host,
                                // variables where both reach them
  bool operator==(const Place&) const = default;
};

/// One kernel with the places it reads and writes.
struct Instruction {
  const Node* node = nullptr;  // of the program's graph, for reports; it says on which device
  std::string kernel_name;
  std::vector<std::string> refusals;  // "onednn:conv2d: needs ..." of the candidates tried before
  std::unique_ptr<Kernel> kernel;
  std::vector<Place> in;
  std::vector<Place> out;
  std::size_t scratch = 0;  // offset in the arena of the node's device
};

/// A graph compiled for this machine (engine/plan/compile.h); shared, and not changed after. The
/// kernels keep their own prepared state, so one program runs in one executor at a time.
struct Program {
  struct Port {
    std::string name;
    Type type;
    Place place;
  };
  /// From -> variable after the last instruction, where an update could not be written in place;
  /// with a schedule such copies are instructions.
  struct Copy {
    Place from;
    std::size_t variable = 0;
    std::size_t bytes = 0;
  };

  std::unique_ptr<Graph> graph;
  std::vector<Instruction> instructions;
  std::vector<Port> inputs;     // fed for each run; read-only
  std::vector<Port> variables;  // read or written
  std::vector<Port> outputs;    // valid until the next run
  std::vector<NdArray> constants;
  std::vector<Copy> copies;
  Schedule schedule;  // empty where everything is computed by the processors
  std::size_t arena_bytes = 0;
  std::size_t live_bytes =
      0;  // largest sum of tensors alive at once: what the arena could be at best
  std::size_t gpu_arena_bytes = 0;  // the same of the accelerator's memory
  std::size_t gpu_live_bytes = 0;
};

}  // namespace agon
