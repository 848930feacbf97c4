#pragma once
#include <string>

#include "ops/device_loop/loop.h"
#include "ops/device_loop/split.h"

namespace agon {

/// The body of the function that computes a loop as it is split. All folds have the form of the
/// split. Where that has several chunks, the folds' results are [outer, chunks, inner]. An element
/// is read before the same thread writes anything at its place.
std::string loop_text(const DeviceLoop& loop, const LoopSplit& split);

}  // namespace agon
