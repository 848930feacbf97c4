#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "engine/ir/type.h"
#include "ops/reduce/fold.h"

namespace agon {

/// Memory that generated functions read or write, by its name in their text.
struct DeviceTensor {
  std::string name;  // "in0", "out2"; of the scratch: any other
  DType dtype = DType::F32;
  std::int64_t scratch = -1;  // where it begins there, in bytes; -1: a parameter
};

struct LoopInput {
  DeviceTensor from;
  Shape shape;  // stretches to the loop's
};

/// An input, a number, or an op of ops/pointwise applied to earlier values. leaky_relu and elu take
/// their number as second operand, `whole` is what convert to i32 does.
struct LoopValue {
  enum class Is { Input, Number, Step };
  Is is = Is::Step;
  int input = -1;
  double number = 0;
  std::string op = {};
  std::vector<int> operands = {};
};

/// A value written for every element of the loop.
struct LoopStore {
  int value = 0;
  DeviceTensor to;
};

/// A value folded over those axes.
struct LoopFold {
  Fold fold = Fold::Sum;
  int value = 0;
  std::vector<std::int64_t> axes;
  DeviceTensor to;
};

/// What is computed for each element of a shape.
struct DeviceLoop {
  Shape shape;
  std::vector<LoopInput> inputs = {};
  std::vector<LoopValue> values = {};
  std::vector<LoopStore> stores = {};
  std::vector<LoopFold> folds = {};
  /// Computed in double precision, whatever the dtypes of inputs and results; else all of them are
  /// f32, and so is what is computed.
  bool wide = false;
};

}  // namespace agon
