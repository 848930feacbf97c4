#include "engine/plan/memory.h"

#include <algorithm>

#include "engine/passes/insert_transfers.h"

namespace agon {

namespace {

/// Gives every stored value a block of memory; values in place of one another share one.
class ArenaPlanner {
 public:
  ArenaPlanner(const Graph& graph, const Storage& storage, const KernelOf& kernels,
               const Order& order)
      : graph_(graph), storage_(storage), kernels_(kernels), order_(order) {}

  ArenaPlan plan(bool in_place) {
    find_lifetimes(in_place);
    std::vector<std::size_t> offsets(blocks_.size());
    ArenaPlan plan;
    plan.arena_bytes = pack_those_of(Device::Cpu, offsets);
    plan.live_bytes = peak(those_of(Device::Cpu));
    plan.gpu_arena_bytes = pack_those_of(Device::Gpu, offsets);
    plan.gpu_live_bytes = peak(those_of(Device::Gpu));
    for (const auto& [value, block] : block_of_) plan.offsets[value] = offsets[block];
    plan.scratch.assign(offsets.end() - static_cast<std::ptrdiff_t>(order_.nodes.size()),
                        offsets.end());
    return plan;
  }

  std::size_t live_in_place() {
    find_lifetimes(true);
    return peak(those_of(Device::Cpu));
  }

 private:
  std::vector<Lifetime> those_of(Device memory) const {
    std::vector<Lifetime> lifetimes;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      if (memory_[i] == memory) lifetimes.push_back(blocks_[i]);
    }
    return lifetimes;
  }

  /// Returns the bytes of that arena.
  std::size_t pack_those_of(Device memory, std::vector<std::size_t>& offsets) const {
    const Packing packing = pack(those_of(memory));
    for (std::size_t i = 0, packed = 0; i < blocks_.size(); ++i) {
      if (memory_[i] == memory) offsets[i] = packing.offsets[packed++];
    }
    return packing.bytes;
  }

  void add_block(const Lifetime& lifetime, Device memory) {
    blocks_.push_back(lifetime);
    memory_.push_back(memory);
  }

  /// Blocks of values, then one of scratch for each instruction.
  void find_lifetimes(bool in_place) {
    find_last_uses();
    for (std::size_t at = 0; at < order_.nodes.size(); ++at)
      give_blocks(*order_.nodes[at], at, in_place);
    for (std::size_t at = 0; at < order_.nodes.size(); ++at)
      add_block({kernels_.at(order_.nodes[at])->scratch_bytes(), at, at},
                order_.nodes[at]->device());
  }

  void find_last_uses() {
    for (std::size_t at = 0; at < order_.nodes.size(); ++at) {
      Node& node = *order_.nodes[at];
      for (int output = 0; output < static_cast<int>(node.outputs().size()); ++output)
        last_use_[node.out(output)] = at;
      for (const Value& v : node.inputs()) last_use_[storage_.root(v)] = at;
    }
    for (const auto* results : {&graph_.outputs(), &graph_.updates()}) {
      for (const auto& [name, value] : *results)
        last_use_[storage_.root(value)] = order_.nodes.size();
    }
  }

  void give_blocks(Node& node, std::size_t at, bool in_place) {
    std::vector<Value> taken;
    for (int output = 0; output < static_cast<int>(node.outputs().size()); ++output) {
      const Value value = node.out(output);
      if (order_.over_variable.contains(value)) continue;
      const Value old = in_place ? takes_over(value, at, taken) : Value{};
      if (old) {
        taken.push_back(old);
        const std::size_t block = block_of_.at(old);
        block_of_[value] = block;
        blocks_[block].last = last_use_.at(value);
      } else {
        block_of_[value] = blocks_.size();
        add_block({value.type().bytes(), at, last_use_.at(value)}, memory_of(node));
      }
    }
  }

  /// The input of its node where `value` may lie, null if there is none.
  Value takes_over(Value value, std::size_t at, const std::vector<Value>& taken) const {
    for (const Value& v : value.node->inputs()) {
      const Value root = storage_.root(v);
      if (std::ranges::find(taken, root) == taken.end() && can_take_over(value, root, at))
        return root;
    }
    return {};
  }

  /// Whether `value` may lie where `old`, an input of its node, lies.
  bool can_take_over(Value value, Value old, std::size_t at) const {
    if (!block_of_.contains(old) || last_use_.at(old) != at) return false;
    if (old.type().bytes() != value.type().bytes()) return false;
    if (memory_of(*old.node) != memory_of(*value.node)) return false;
    const auto inputs = value.node->inputs();
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (storage_.root(inputs[i]) == old &&
          !kernels_.at(value.node)->may_overwrite(static_cast<int>(i), value.output)) {
        return false;
      }
    }
    return true;
  }

  const Graph& graph_;
  const Storage& storage_;
  const KernelOf& kernels_;
  const Order& order_;
  std::unordered_map<Value, std::size_t> last_use_;
  std::unordered_map<Value, std::size_t> block_of_;
  std::vector<Lifetime> blocks_;
  std::vector<Device> memory_;  // of each block
};

}  // namespace

ArenaPlan place_values(const Graph& graph, const Storage& storage, const KernelOf& kernels,
                       const Order& order, bool in_place) {
  return ArenaPlanner(graph, storage, kernels, order).plan(in_place);
}

std::size_t live_bytes(const Graph& graph, const Storage& storage, const KernelOf& kernels,
                       const Order& order) {
  return ArenaPlanner(graph, storage, kernels, order).live_in_place();
}

}  // namespace agon
