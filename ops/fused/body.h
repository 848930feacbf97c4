#pragma once
#include <memory>
#include <string>
#include <vector>

#include "engine/ir/graph.h"
#include "ops/reduce/fold.h"

namespace agon {

/// A value of a fused body: an input, a number, or an op applied to earlier values.
struct BodyValue {
  enum class Is { Input, Number, Step };
  Is is = Is::Step;
  int input = -1;
  float number = 0;
  std::string op = {};  // as find_tile_code names them
  std::vector<int> operands = {};
  int uses = 0;  // by steps, outputs and folds
};

/// A fold of a value, and the output it is.
struct BodyFold {
  Fold fold = Fold::Sum;
  int value = 0;
  int output = 0;
  const Node* node = nullptr;
};

/// A body of float32 as a list of steps, every value after its operands. What only renames or
/// stretches (broadcast) is gone; nothing is left that no output needs. A step over a smaller shape
/// that stretches to the loop's counts as one over the loop: the program sees that it need not be
/// done for every tile.
struct TileBody {
  std::unique_ptr<Graph> graph;
  Shape shape;  // of the loop
  std::vector<Shape> inputs;
  std::vector<BodyValue> values;
  std::vector<int> outputs;  // the value of each; -1 for a fold
  std::vector<BodyFold> folds;
};

/// Reads the body of a node `fused`; returns why it cannot be one, or "".
std::string read_body(const Node& node, TileBody& body);

}  // namespace agon
