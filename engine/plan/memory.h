#pragma once
#include <cstddef>
#include <unordered_map>
#include <vector>

#include "engine/plan/order.h"

namespace agon {

/// Memory that must be there from instruction `first` to instruction `last`, both included.
struct Lifetime {
  std::size_t bytes = 0;
  std::size_t first = 0;
  std::size_t last = 0;
};

/// Byte offsets, multiples of 64, at which no two that live at the same time overlap. Best fit, one
/// after another in the best of a few orders: the largest first, the longest-lived, the largest
/// area of the two.
struct Packing {
  std::vector<std::size_t> offsets;
  std::size_t bytes = 0;  // end of the last
};
Packing pack(const std::vector<Lifetime>& lifetimes);

/// The largest sum of bytes alive at once.
std::size_t peak(const std::vector<Lifetime>& lifetimes);

/// Where each value lies that is neither a leaf nor written over a variable: in the arena of the
/// host's memory or in that of the accelerator's (memory_of).
struct ArenaPlan {
  std::unordered_map<Value, std::size_t> offsets;  // storage root -> offset
  std::vector<std::size_t> scratch;                // by instruction, in its device's arena
  std::size_t arena_bytes = 0;
  std::size_t live_bytes = 0;
  std::size_t gpu_arena_bytes = 0;
  std::size_t gpu_live_bytes = 0;
};

/// A value lives from its writer to its last reader, outputs and updates that are not written over
/// their variable to the end. With `in_place` each output of a kernel that may overwrite an
/// input takes the place of one that dies there, no two the same. Lifetimes are those of the order;
/// what runs side by side is kept apart by the schedule.
ArenaPlan place_values(const Graph& graph, const Storage& storage, const KernelOf& kernels,
                       const Order& order, bool in_place);

/// What place_values in place would call `live_bytes`, of a program of the processors alone.
std::size_t live_bytes(const Graph& graph, const Storage& storage, const KernelOf& kernels,
                       const Order& order);

}  // namespace agon
