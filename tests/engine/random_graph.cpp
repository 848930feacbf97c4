#include "tests/engine/random_graph.h"

#include "engine/base/philox.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"
#include "tests/engine/registry.h"

namespace agon {

namespace {

class Draw {
 public:
  explicit Draw(std::uint64_t seed)
      : random_(static_cast<std::int64_t>(seed), "graph"),
        graph_(std::make_unique<Graph>(test_ops())) {}

  std::unique_ptr<Graph> graph() {
    leaves();
    for (std::uint32_t i = 0, count = 8 + random_.below(25); i < count; ++i) node();
    for (const Value& v : std::vector(variables_)) {
      if (random_.below(5) != 0) update(v);
    }
    for (int i = 0; i < 3; ++i) graph_->set_output("y" + std::to_string(i), any());
    return std::move(graph_);
  }

 private:
  static Shape drawn_shape(std::uint32_t i) {
    const Shape shapes[] = {Shape{6}, Shape{2, 3}, Shape{1, 3}, Shape{}};
    return shapes[i % 4];
  }

  void leaves() {
    for (std::uint32_t i = 0; i < 3; ++i)
      pool_.push_back(graph_->input("x" + std::to_string(i), {DType::F32, drawn_shape(i)}));
    for (std::uint32_t i = 0; i < 5; ++i) {
      // two of each of the first shapes, so that one's value can be the other's update
      variables_.push_back(
          graph_->variable("v" + std::to_string(i), {DType::F32, drawn_shape(i / 2)}));
      pool_.push_back(variables_.back());
    }
    pool_.push_back(graph_->constant({0.5, -0.25, 2}, DType::F32, {1, 3}));
    pool_.push_back(graph_->constant(0.75, DType::F32, {2, 3}));
  }

  Value any() { return pool_[random_.below(static_cast<std::uint32_t>(pool_.size()))]; }

  /// Something that stretches together with `a`.
  Value beside(Value a) {
    for (int attempt = 0; attempt < 50; ++attempt) {
      const Value b = any();
      const bool scalar = a.rank() == 0 || b.rank() == 0;
      if (scalar || (a.rank() == b.rank())) return b;
    }
    return a;
  }

  void node() {
    const Value a = any();
    const Value b = beside(a);
    switch (random_.below(10)) {
      case 0:
        return pool_.push_back(a + b);
      case 1:
        return pool_.push_back(a * b);
      case 2:
        return pool_.push_back(a - b);
      case 3:
        return pool_.push_back(tanh(a));
      case 4:
        return pool_.push_back(a.rank() == 1 ? reshape(a, {2, 3}) : neg(a));
      case 5:
        return pool_.push_back(a.shape() == Shape{2, 3} ? reshape(a, {6}) : tanh(a));
      case 6:
        return pool_.push_back(a.rank() == 0 ? neg(a) : mean(a));
      case 7: {
        Value halves = graph_->add("halves", {a});
        pool_.push_back(halves);
        return pool_.push_back({halves.node, 1});
      }
      case 8: {
        const Value both = a.type() == b.type() ? graph_->add("both", {a, b}) : tanh(a);
        pool_.push_back(both);
        if (both.node->is("both")) pool_.push_back({both.node, 1});
        return;
      }
      default:
        return pool_.push_back(graph_->add(random_.below(2) == 0 ? "square_sum" : "blend", {a, a}));
    }
  }

  void update(Value variable) {
    const std::string& name = "v" + std::to_string(number_of(variable));
    for (int attempt = 0; attempt < 50; ++attempt) {
      const Value v = any();
      if (v.type() == variable.type()) return graph_->set_update(name, v);
    }
    graph_->set_update(name, tanh(variable * 0.5));
  }

  std::size_t number_of(Value variable) const {
    std::size_t i = 0;
    while (variables_[i] != variable) ++i;
    return i;
  }

  RandomStream random_;
  std::unique_ptr<Graph> graph_;
  std::vector<Value> pool_;
  std::vector<Value> variables_;
};

}  // namespace

std::unique_ptr<Graph> random_graph(std::uint64_t seed) {
  return Draw(seed).graph();
}

void place_at_random(Graph& graph, std::uint64_t seed) {
  RandomStream random(static_cast<std::int64_t>(seed), "devices");
  const std::uint32_t of_gpu = 1 + random.below(4);  // in four
  for (const auto& node : graph.nodes())
    Graph::place(*node, random.below(4) < of_gpu ? Device::Gpu : Device::Cpu);
}

void place_on_accelerator(Graph& graph) {
  for (const auto& node : graph.nodes()) Graph::place(*node, Device::Gpu);
}

}  // namespace agon
