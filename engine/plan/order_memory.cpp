#include "engine/plan/order_memory.h"

#include <algorithm>
#include <utility>

#include "engine/ir/op_def.h"
#include "engine/plan/memory.h"

namespace agon {

namespace {

/// Instructions, numbered by the order that comes in, on their way to another.
class Sequence {
 public:
  Sequence(const Graph& graph, const Storage& storage, const Order& order)
      : storage_(storage), nodes_(order.nodes), before_(nodes_.size()), after_(nodes_.size()) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      at_.push_back(i);
      position_.push_back(i);
      number_of_[nodes_[i]] = i;
      add_outputs(i, order);
    }
    for (std::size_t i = 0; i < nodes_.size(); ++i) add_inputs(i);
    for (const auto* results : {&graph.outputs(), &graph.updates()}) {
      for (const auto& [name, value] : *results) {
        const auto kept = tensors_.find(storage.root(value));
        if (kept != tensors_.end()) kept->second.kept = true;
      }
    }
    for (const auto& [value, variable] : order.over_variable)
      add_order_edges(number_of_.at(value.node), variable);
  }

  /// Each instruction to just before its first reader, unless that keeps more alive than it makes.
  void sink() {
    for (std::size_t i = nodes_.size(); i-- > 0;) {
      std::size_t first = nodes_.size();
      for (const std::size_t next : after_[i]) first = std::min(first, position_[next]);
      if (first == nodes_.size() || first <= position_[i] + 1) continue;
      std::size_t kept_longer = 0;
      for (const Tensor* tensor : reads_of(i)) {
        if (last_other_reader(*tensor, i) < first) kept_longer += tensor->bytes;
      }
      if (made_by(i) >= kept_longer) move(i, first - 1);
    }
  }

  /// Each instruction that frees more than it makes to just after the last it waits for.
  void hoist() {
    for (const std::size_t i : std::vector(at_)) {
      std::size_t to = 0;
      for (const std::size_t other : before_[i]) to = std::max(to, position_[other] + 1);
      if (to >= position_[i]) continue;
      std::size_t freed = 0;
      for (const Tensor* tensor : reads_of(i)) {
        if (last_other_reader(*tensor, i) < position_[i]) freed += tensor->bytes;
      }
      if (freed > made_by(i)) move(i, to);
    }
  }

  std::vector<Node*> nodes() const {
    std::vector<Node*> result;
    for (const std::size_t i : at_) result.push_back(nodes_[i]);
    return result;
  }

 private:
  struct Tensor {
    std::size_t bytes = 0;  // in the arena
    bool kept = false;      // to the end
    std::size_t writer = 0;
    std::vector<std::size_t> readers = {};
  };

  void add_outputs(std::size_t i, const Order& order) {
    for (int output = 0; output < static_cast<int>(nodes_[i]->outputs().size()); ++output) {
      const Value value = nodes_[i]->out(output);
      const bool in_arena = !order.over_variable.contains(value);
      tensors_[value] = {in_arena ? value.type().bytes() : 0, false, i};
    }
  }

  void add_inputs(std::size_t i) {
    for (const Value& v : nodes_[i]->inputs()) {
      const Value root = storage_.root(v);
      if (root.node->is("variable"))
        readers_of_variable_[root.node->attrs_as<LeafAttrs>().name].push_back(i);
      const auto tensor = tensors_.find(root);
      if (tensor == tensors_.end()) continue;
      auto& readers = tensor->second.readers;
      if (readers.empty() || readers.back() != i) readers.push_back(i);
      add_edge(tensor->second.writer, i);
    }
  }

  void add_order_edges(std::size_t writer, const std::string& variable) {
    const auto readers = readers_of_variable_.find(variable);
    if (readers == readers_of_variable_.end()) return;
    for (const std::size_t reader : readers->second) {
      if (reader != writer) add_edge(reader, writer);
    }
  }

  void add_edge(std::size_t from, std::size_t to) {
    after_[from].push_back(to);
    before_[to].push_back(from);
  }

  std::vector<const Tensor*> reads_of(std::size_t i) const {
    std::vector<const Tensor*> found;
    for (const Value& v : nodes_[i]->inputs()) {
      const auto tensor = tensors_.find(storage_.root(v));
      if (tensor == tensors_.end()) continue;
      if (std::ranges::find(found, &tensor->second) == found.end())
        found.push_back(&tensor->second);
    }
    return found;
  }

  std::size_t last_other_reader(const Tensor& tensor, std::size_t i) const {
    if (tensor.kept) return nodes_.size();
    std::size_t last = position_[tensor.writer];
    for (const std::size_t reader : tensor.readers) {
      if (reader != i) last = std::max(last, position_[reader]);
    }
    return last;
  }

  std::size_t made_by(std::size_t i) const {
    std::size_t bytes = 0;
    for (int output = 0; output < static_cast<int>(nodes_[i]->outputs().size()); ++output)
      bytes += tensors_.at(nodes_[i]->out(output)).bytes;
    return bytes;
  }

  /// Those between move up or down by one.
  void move(std::size_t i, std::size_t to) {
    const std::size_t from = position_[i];
    const auto place = [&](std::size_t p) { return at_.begin() + static_cast<std::ptrdiff_t>(p); };
    if (from < to) {
      std::rotate(place(from), place(from + 1), place(to + 1));
    } else {
      std::rotate(place(to), place(from), place(from + 1));
    }
    for (std::size_t p = std::min(from, to); p <= std::max(from, to); ++p) position_[at_[p]] = p;
  }

  const Storage& storage_;
  const std::vector<Node*>& nodes_;
  std::vector<std::size_t> at_;        // position -> number
  std::vector<std::size_t> position_;  // number -> position
  std::vector<std::vector<std::size_t>> before_;
  std::vector<std::vector<std::size_t>> after_;
  std::unordered_map<const Node*, std::size_t> number_of_;
  std::unordered_map<Value, Tensor> tensors_;
  std::unordered_map<std::string, std::vector<std::size_t>> readers_of_variable_;
};

}  // namespace

Order order_for_memory(const Graph& graph, const Storage& storage, const KernelOf& kernels,
                       const Order& order) {
  Order best = order;
  std::size_t least = live_bytes(graph, storage, kernels, order);
  const auto consider = [&](const Sequence& sequence) {
    Order other{sequence.nodes(), order.over_variable};
    const std::size_t live = live_bytes(graph, storage, kernels, other);
    if (live < least) {
      least = live;
      best = std::move(other);
    }
  };
  Sequence eager(graph, storage, order);
  eager.hoist();
  consider(eager);
  Sequence lazy(graph, storage, order);
  lazy.sink();
  consider(lazy);
  lazy.hoist();
  consider(lazy);
  return best;
}

}  // namespace agon
