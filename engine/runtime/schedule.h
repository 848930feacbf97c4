#pragma once
#include <cstddef>
#include <optional>
#include <vector>

#include "engine/ir/device.h"

namespace agon {

/// An instruction of the accelerator, the queue it goes to, and what has to be done before.
struct Queued {
  std::size_t instruction = 0;
  int queue = 0;
  std::vector<int> after;  // other queues whose work put in so far it waits for
};

/// Neighbouring instructions of one device. Those of the accelerator are recorded and launched as
/// one; those of the processors run one after another.
struct Segment {
  Device device = Device::Cpu;
  std::vector<Queued> items;  // in the program's order; of the processors: queue 0, after nothing
  /// The launched segment that must be done before this one of the processors begins (segments are
  /// done in the order they are launched in); none where nothing it touches is in use.
  std::optional<std::size_t> waits_for;
};

/// How a program that uses both devices is run: segment by segment, none waiting for more than it
/// needs; at the end everything launched is waited for.
struct Schedule {
  std::vector<Segment> segments;
  int queues = 1;

  /// Whether the accelerator computes everything, begun by a single launch.
  bool is_one_launch() const { return segments.size() == 1 && segments[0].device == Device::Gpu; }
};

}  // namespace agon
