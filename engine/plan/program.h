#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/ir/graph.h"
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
  const Node* node = nullptr;  // for reports; owned by the program's graph
  std::string kernel_name;
  std::vector<std::string> refusals;  // "onednn:conv2d: needs ..." of the candidates tried before
  std::unique_ptr<Kernel> kernel;
  std::vector<Place> in;
  std::vector<Place> out;
  std::size_t scratch = 0;  // arena offset
};

struct PlanOptions {
  bool reference = false;  // every node by its reference, nothing in place: the judge
  std::vector<std::string> disabled_passes;
  /// Called after each pass with its name.
  std::function<void(const std::string& pass, const Graph& graph)> after_pass;
  bool verify = false;  // the graph is verified after each pass
  /// When set, permutes instructions among the orders that the data allow; for tests.
  std::optional<std::uint64_t> shuffle;
};

/// A graph compiled for this machine: immutable, shared by any number of executors.
/// Variables are read and written in place; the last instruction that writes a variable comes after
/// every reader of its old value, by order or by a copy.
class Program {
 public:
  /// Call inside Lanes::run. Runs the passes over `graph` (engine/passes/pipeline.h), chooses
  /// kernels, orders and places. Throws Error(Unavailable) when no kernel accepts a node.
  static std::unique_ptr<const Program> compile(std::unique_ptr<Graph> graph,
                                                const KernelRegistry& kernels,
                                                const PlanOptions& options = {});

  struct Port {
    std::string name;
    Type type;
    Place place;
  };
  const Graph& graph() const { return *graph_; }
  const std::vector<Instruction>& instructions() const { return instructions_; }
  /// Fed for each run; read-only for the program.
  const std::vector<Port>& inputs() const { return inputs_; }
  /// Variables read or written.
  const std::vector<Port>& variables() const { return variables_; }
  /// Valid until the next run.
  const std::vector<Port>& outputs() const { return outputs_; }
  const std::vector<NdArray>& constants() const { return constants_; }
  /// Copies after the last instruction, from -> variable, where an update could not be written in
  /// place.
  struct Copy {
    Place from;
    std::size_t variable;
    std::size_t bytes;
  };
  const std::vector<Copy>& copies() const { return copies_; }
  std::size_t arena_bytes() const { return arena_bytes_; }
  /// Largest sum of tensors alive at once: what the arena could be at best.
  std::size_t live_bytes() const { return live_bytes_; }

 private:
  friend class Planner;
  Program() = default;
  std::unique_ptr<Graph> graph_;
  std::vector<Instruction> instructions_;
  std::vector<Port> inputs_, variables_, outputs_;
  std::vector<NdArray> constants_;
  std::vector<Copy> copies_;
  std::size_t arena_bytes_ = 0;
  std::size_t live_bytes_ = 0;
};

}  // namespace agon
