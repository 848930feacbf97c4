#pragma once
#include "engine/ir/graph.h"

namespace agon {

/// How a node could run inside a fused kernel: not at all, over vectors of float32, or element by
/// element over a few numbers of any dtype.
enum class LoopKind { None, Vectors, Scalars };

/// The elements a pointwise node or a fold goes through, and where.
struct Loop {
  LoopKind kind = LoopKind::None;
  Shape shape;
  Device device = Device::Cpu;
  bool operator==(const Loop&) const = default;
};

Loop loop_of(const Node& node);

/// Some fixed order, for sets.
struct ValueOrder {
  bool operator()(Value a, Value b) const {
    return a.node->id() != b.node->id() ? a.node->id() < b.node->id() : a.output < b.output;
  }
};

}  // namespace agon
