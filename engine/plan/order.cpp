#include "engine/plan/order.h"

#include <algorithm>
#include <queue>
#include <tuple>
#include <utility>

#include "engine/base/error.h"
#include "engine/ir/op_def.h"

namespace agon {

namespace {

/// A bijection of 64-bit numbers (Steele, Lea, Flood: SplitMix, OOPSLA 2014).
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

/// Instructions and the edges between them, by position in creation order.
class Ordering {
 public:
  Ordering(const Graph& graph, const Storage& storage, const KernelOf& kernels)
      : storage_(storage), kernels_(kernels) {
    for (const auto& node : graph.nodes()) {
      if (is_leaf(*node) || storage.is_view(*node)) continue;
      position_[node.get()] = nodes_.size();
      nodes_.push_back(node.get());
    }
    after_.resize(nodes_.size());
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      for (const Value& v : nodes_[i]->inputs()) add_reader(storage.root(v), i);
    }
  }

  /// Lets the new value of a variable be written over the old where order allows it.
  bool write_over(const std::string& variable, Value value) {
    const std::size_t writer = position_.at(value.node);
    const auto found = readers_of_variable_.find(variable);
    if (found == readers_of_variable_.end()) return true;
    std::vector<std::size_t> others;
    for (const std::size_t reader : found->second) {
      if (reader != writer) others.push_back(reader);
    }
    if (others.size() != found->second.size() && !can_overwrite(value, variable)) return false;
    if (reaches_any(writer, others)) return false;
    for (const std::size_t reader : others) after_[reader].push_back(writer);
    return true;
  }

  std::vector<Node*> sorted(std::optional<std::uint64_t> shuffle) const {
    std::vector<int> waits(nodes_.size(), 0);
    for (const auto& list : after_) {
      for (const std::size_t next : list) ++waits[next];
    }
    const std::vector<char> crosses = crossing();
    std::vector<std::size_t> last(nodes_.size(), 0);  // of the accelerator's that i waits for
    const auto urgency = [&](std::size_t i) -> Urgency {
      if (shuffle) return {0, 0, 0, mixed(*shuffle ^ mixed(i))};
      const bool gpu = is_gpu(i);
      return {gpu ? 0 : 1, gpu ? 0 : last[i], crosses[i] != 0 ? 0 : 1, i};
    };
    using Entry = std::pair<Urgency, std::size_t>;
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> ready;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (waits[i] == 0) ready.emplace(urgency(i), i);
    }
    std::vector<Node*> order;
    while (!ready.empty()) {
      const std::size_t i = ready.top().second;
      ready.pop();
      order.push_back(nodes_[i]);
      if (is_gpu(i)) last[i] = order.size();
      for (const std::size_t next : after_[i]) {
        last[next] = std::max(last[next], last[i]);
        if (--waits[next] == 0) ready.emplace(urgency(next), next);
      }
    }
    if (order.size() != nodes_.size()) throw InternalError("the graph has a cycle");
    return order;
  }

 private:
  /// The least comes first: device, what is waited for, whether the other device waits, creation.
  using Urgency = std::tuple<int, std::size_t, int, std::uint64_t>;

  bool is_gpu(std::size_t i) const { return nodes_[i]->device() == Device::Gpu; }

  /// Instructions that one of the other device waits for, directly or through others of their own.
  std::vector<char> crossing() const {
    std::vector<char> crosses(nodes_.size(), 0);
    std::vector<std::vector<std::size_t>> before(nodes_.size());
    std::vector<std::size_t> stack;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      for (const std::size_t next : after_[i]) {
        before[next].push_back(i);
        if (is_gpu(i) != is_gpu(next) && std::exchange(crosses[i], 1) == 0) stack.push_back(i);
      }
    }
    while (!stack.empty()) {
      const std::size_t i = stack.back();
      stack.pop_back();
      for (const std::size_t earlier : before[i]) {
        const bool same = is_gpu(earlier) == is_gpu(i);
        if (same && std::exchange(crosses[earlier], 1) == 0) stack.push_back(earlier);
      }
    }
    return crosses;
  }

  void add_reader(Value root, std::size_t reader) {
    if (root.node->is("variable")) {
      auto& list = readers_of_variable_[root.node->attrs_as<LeafAttrs>().name];
      if (list.empty() || list.back() != reader) list.push_back(reader);
    } else if (!is_leaf(*root.node)) {
      after_[position_.at(root.node)].push_back(reader);
    }
  }

  /// The writer reads the old value itself: it must be able to write where it reads.
  bool can_overwrite(Value value, const std::string& variable) const {
    for (std::size_t i = 0; i < value.node->inputs().size(); ++i) {
      const Value root = storage_.root(value.node->inputs()[i]);
      if (root.node->is("variable") && root.node->attrs_as<LeafAttrs>().name == variable &&
          !kernels_.at(value.node)->may_overwrite(static_cast<int>(i), value.output)) {
        return false;
      }
    }
    return true;
  }

  bool reaches_any(std::size_t from, const std::vector<std::size_t>& targets) const {
    if (targets.empty()) return false;
    std::vector<char> wanted(nodes_.size(), 0);
    for (const std::size_t target : targets) wanted[target] = 1;
    std::vector<char> seen(nodes_.size(), 0);
    std::vector<std::size_t> stack{from};
    while (!stack.empty()) {
      const std::size_t i = stack.back();
      stack.pop_back();
      for (const std::size_t next : after_[i]) {
        if (wanted[next] != 0) return true;
        if (std::exchange(seen[next], 1) == 0) stack.push_back(next);
      }
    }
    return false;
  }

  const Storage& storage_;
  const KernelOf& kernels_;
  std::vector<Node*> nodes_;
  std::unordered_map<const Node*, std::size_t> position_;
  std::vector<std::vector<std::size_t>> after_;
  std::unordered_map<std::string, std::vector<std::size_t>> readers_of_variable_;
};

}  // namespace

Order order_instructions(const Graph& graph, const Storage& storage, const KernelOf& kernels,
                         const OrderOptions& options) {
  Ordering ordering(graph, storage, kernels);
  Order order;
  for (const auto& [name, value] : graph.updates()) {
    const Value root = storage.root(value);
    if (!options.in_place || is_leaf(*root.node)) continue;
    if (ordering.write_over(name, root)) order.over_variable[root] = name;
  }
  order.nodes = ordering.sorted(options.shuffle);
  return order;
}

}  // namespace agon
