#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "engine/runtime/cuda/device_function.h"
#include "ops/device_loop/loop.h"

namespace agon {

/// Arguments that the functions of a node have.
struct DeviceArguments {
  std::vector<DType> in, out;
};

struct LoopFunctions {
  std::vector<DeviceFunction> functions;
  std::size_t scratch_bytes = 0;
};

/// A loop as functions that are launched one after another. Where all folds are over the same axes,
/// or can be seen so, one function does everything; where they are long, a second one joins its
/// partial results, in double precision. A fold of other axes has functions of its own, its value
/// written whole to the scratch. Sums add at most 64 numbers one after another in float32, their
/// sums by halves. Stores are written by one function, which is the last to read the inputs; of an
/// input of the loop's shape each thread has read an element before it writes at its place.
LoopFunctions loop_functions(const DeviceLoop& loop, const DeviceArguments& arguments);

/// Whether result `o`, if it is a store, may lie where input `i` lies.
bool may_store_over(const DeviceLoop& loop, int input, const DeviceTensor& store);

}  // namespace agon
