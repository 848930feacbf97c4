#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/plan/storage.h"
#include "engine/runtime/kernel.h"

namespace agon {

/// The sequence of instructions, and which values are written straight over the old value of their
/// variable.
struct Order {
  std::vector<Node*> nodes;                              // neither leaves nor views
  std::unordered_map<Value, std::string> over_variable;  // storage root -> variable
};

using KernelOf = std::unordered_map<const Node*, const Kernel*>;

struct OrderOptions {
  bool in_place = true;                                 // else no value is written over a variable
  std::optional<std::uint64_t> shuffle = std::nullopt;  // see PlanOptions
};

/// Every node after what it reads; among the possible orders the one nearest to creation order. The
/// writer of a variable's new value comes after every other reader of the old one: the order edges
/// this needs are added update by update, and an update for which they would close a cycle, or
/// whose writer reads the old value without being able to write over it, is left out of
/// `over_variable`. Where both devices take part, the accelerator's instructions come first among
/// those that could be next, what the processors wait for before the rest; and of the processors'
/// those that wait for the least of the accelerator's work. Expects isolate_results to have run.
Order order_instructions(const Graph& graph, const Storage& storage, const KernelOf& kernels,
                         const OrderOptions& options);

}  // namespace agon
