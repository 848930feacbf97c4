#pragma once
#include <memory>
#include <string>
#include <vector>

#include "engine/ir/graph.h"
#include "engine/ir/ndarray.h"
#include "engine/runtime/kernel.h"

namespace agon {

/// Where a value lies while a program runs.
struct Place {
  enum class Kind { Arena, Variable, Input, Constant };
  Kind kind = Kind::Arena;
  std::size_t index = 0;  // Arena: byte offset; otherwise position in the program's list
  bool operator==(const Place&) const = default;
};

/// One kernel with the places it reads and writes.
struct Instruction {
  const Node* node = nullptr;  // of the program's graph, for reports
  std::string kernel_name;
  std::vector<std::string> refusals;  // "onednn:conv2d: needs ..." of the candidates tried before
  std::unique_ptr<Kernel> kernel;
  std::vector<Place> in;
  std::vector<Place> out;
  std::size_t scratch = 0;  // arena offset
};

/// A graph compiled for this machine (engine/plan/compile.h); shared, and not changed after. The
/// kernels keep their own prepared state, so one program runs in one executor at a time.
struct Program {
  struct Port {
    std::string name;
    Type type;
    Place place;
  };
  /// From -> variable after the last instruction, where an update could not be written in place.
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
  std::size_t arena_bytes = 0;
  std::size_t live_bytes =
      0;  // largest sum of tensors alive at once: what the arena could be at best
};

}  // namespace agon
