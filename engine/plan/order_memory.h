#pragma once
#include "engine/plan/order.h"

namespace agon {

/// The same instructions in an order that holds fewer bytes at once, where one is found; never in
/// one that holds more. Tried: what makes more than it frees as late as its first reader allows
/// (a forward pass just before the loss that needs it), and what frees more than it makes as early
/// as what it reads allows (the optimizer right behind the gradient).
Order order_for_memory(const Graph& graph, const Storage& storage, const KernelOf& kernels,
                       const Order& order);

}  // namespace agon
