#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "engine/ir/op_def.h"
#include "graphs/experiment/checks.h"
#include "graphs/experiment/network.h"
#include "graphs/experiment/scope.h"
#include "ops/conv/conv2d.h"

namespace agon {

namespace {

/// Draws that only have shapes: declaring needs no random numbers.
class NoDraws final : public DrawSource {
 public:
  explicit NoDraws(Graph& graph) : graph_(graph) {}
  Tensor uniform(const std::string&, const Shape& shape) override { return zeros(shape); }
  Tensor normal(const std::string&, const Shape& shape) override { return zeros(shape); }

 private:
  Tensor zeros(const Shape& shape) {
    return picture_or_plain(graph_.constant(0, DType::F32, engine_shape(shape)));
  }
  Graph& graph_;
};

/// Where a network is applied for its shapes: running statistics are read (inference), so that a
/// map of one pixel and one example is no obstacle.
class ShapeSite : public CallSite {
 public:
  explicit ShapeSite(Graph& graph) : graph_(graph), draws_(graph) {}

  Graph& graph() override { return graph_; }
  bool training() override { return false; }
  void move_statistic(const NetworkVariable&, Value, double) override {}
  DrawSource& draws(const std::string&) override { return draws_; }
  std::optional<Term> counter(const std::string& name) override {
    if (name != "step" && name != "progress" && name != "stage_progress") return std::nullopt;
    return picture_or_plain(graph_.constant(0, DType::F64));
  }

 protected:
  Graph& graph_;

 private:
  NoDraws draws_;
};

/// Collects variables and layers.
class Declaring final : public ShapeSite {
 public:
  Declaring(Network& network, Graph& graph, Diagnostics& diagnostics)
      : ShapeSite(graph), network_(network), diagnostics_(diagnostics) {}

  Value variable(const NetworkVariable& variable) override {
    for (const NetworkVariable& known : network_.variables) {
      if (known.decl.name == variable.decl.name)
        return graph_.variable(known.decl.name, known.decl.type);
    }
    network_.variables.push_back(variable);
    if (variable.decl.role == VariableDecl::Role::Parameter)
      parameters_ += variable.decl.type.shape.elements();
    return graph_.variable(variable.decl.name, variable.decl.type);
  }

  bool goes_on(const LayerError& error) override {
    diagnostics_.error(error.origin, error.what());
    network_.mark_failed();
    return true;
  }

  void layer_done(const LayerDone& done) override {
    LayerReport row{.network = network_.name(),
                    .name = done.name,
                    .word = done.word,
                    .shape = done.output.shape().without(0),
                    .parameters = std::exchange(parameters_, 0),
                    .flops = 0,
                    .arithmetic = "",
                    .any = 0,
                    .origin = done.origin};
    const std::span nodes = std::span(graph_.nodes()).subspan(done.first_node);
    for (const std::unique_ptr<Node>& made : nodes) {
      const Node& node = *made;
      if (node.op().flops) row.flops += node.op().flops(node);
      if (row.arithmetic.empty()) row.arithmetic = size_arithmetic(node);
    }
    // what was trained elsewhere is taken as it is
    if (!network_.section().frozen) never_act_ += check_layer(row, nodes, diagnostics_);
    made_.emplace_back(done.first_node, graph_.nodes().size());
    network_.report.push_back(std::move(row));
  }

  /// What only the whole network shows.
  void done(const CallResult& result) {
    find_idle(result);
    if (never_act_ == 0) return;
    std::int64_t all = 0;
    for (const LayerReport& row : network_.report) all += row.parameters;
    diagnostics_.warning(network_.origin(),
                         fmt::format("{} of {} parameters never act: they belong to kernel taps "
                                     "that meet only padding",
                                     thousands_text(never_act_), thousands_text(all)));
  }

 private:
  /// Layers made of nodes of which none lies behind a result.
  void find_idle(const CallResult& result) {
    std::set<const Node*> used;
    if (result.plain) used.merge(nodes_behind(result.plain->value));
    for (const auto& [name, t] : result.outputs) used.merge(nodes_behind(t.value));
    for (std::size_t i = 0; i < made_.size(); ++i) {
      if (made_[i].first == made_[i].second || makes_one_of(used, i)) continue;
      IdleLayer layer{network_.report[i].name, network_.report[i].origin, {}};
      for (const auto& [path, t] : result.layers) {
        if (makes_one_of(nodes_behind(t.value), i)) layer.readers.insert(path);
      }
      network_.idle.push_back(std::move(layer));
    }
  }

  bool makes_one_of(const std::set<const Node*>& nodes, std::size_t layer) const {
    for (std::size_t i = made_[layer].first; i < made_[layer].second; ++i) {
      if (nodes.contains(graph_.nodes()[i].get())) return true;
    }
    return false;
  }

  Network& network_;
  Diagnostics& diagnostics_;
  std::vector<std::pair<std::size_t, std::size_t>> made_;  // nodes of each row of the report
  std::int64_t parameters_ = 0;
  std::int64_t never_act_ = 0;
};

}  // namespace

std::string size_arithmetic(const Node& node) {
  const bool forward = node.is("conv2d");
  if (!forward && !node.is("conv2d_input_grad")) return "";
  const auto& a = node.attrs_as<Conv2dAttrs>();
  const Shape& x = node.in(0).shape();
  const Shape& w = node.in(1).shape();
  const Shape& y = node.out_type().shape;
  const auto padding = [](std::int64_t before, std::int64_t after) {
    return before == after ? fmt::format("2 * {}", before) : fmt::format("{} - {}", before, after);
  };
  if (forward) {
    return fmt::format("height floor(({} + {} - {}) / {}) + 1 = {}", x[1],
                       a.pad_top == a.pad_bottom ? fmt::format("2 * {}", a.pad_top)
                                                 : fmt::format("{} + {}", a.pad_top, a.pad_bottom),
                       w[1], a.stride_h, y[1]);
  }
  const std::int64_t extra = y[1] - ((x[1] - 1) * a.stride_h - a.pad_top - a.pad_bottom + w[1]);
  return fmt::format("height ({} - 1) * {} - {} + {}{} = {}", x[1], a.stride_h,
                     padding(a.pad_top, a.pad_bottom), w[1],
                     extra > 0 ? fmt::format(" + {}", extra) : "", y[1]);
}

namespace {

/// What `any` is while networks are declared.
constexpr std::int64_t kAnySize = 64;
constexpr std::int64_t kOtherAnySize = 96;

std::vector<Tensor> inputs_of(const Network& network, Graph& graph, std::int64_t any) {
  std::vector<Tensor> arguments;
  for (const NetworkInput& input : network.inputs()) {
    const Shape shape = input.with_any(any);
    std::vector<std::int64_t> sizes = {1};
    sizes.insert(sizes.end(), shape.begin(), shape.end());
    arguments.push_back(
        picture_or_plain(graph.input(input.name, Type{input.dtype, engine_shape(Shape(sizes))})));
  }
  return arguments;
}

/// Applies the network at that size. Findings go to `diagnostics`; true if its result is known.
bool applied(Network& network, const OpRegistry& ops, std::int64_t any, Diagnostics& diagnostics) {
  Graph graph(ops);
  Declaring site(network, graph, diagnostics);
  try {
    site.done(*network.apply(inputs_of(network, graph, any), site));
    return true;
  } catch (const LayerError& e) {
    diagnostics.error(e.origin, e.what());
  } catch (const ConfigError& e) {
    for (const Diagnostic& d : e.diagnostics()) diagnostics.error(d.origin, d.message);
  }
  return false;
}

/// Applies a declared network once more, where its parameters must be those declared.
class Comparing final : public ShapeSite {
 public:
  Comparing(const Network& network, Graph& graph) : ShapeSite(graph), network_(network) {}

  Value variable(const NetworkVariable& variable) override {
    try {
      network_.declared(variable);
    } catch (const GraphError&) {
      differs_ = true;
      throw;
    }
    return graph_.variable(variable.decl.name, variable.decl.type);
  }
  bool differs() const { return differs_; }

 private:
  const Network& network_;
  bool differs_ = false;
};

/// Reports the first layer whose parameters are others at another size; what else that size may
/// break is no mistake.
void compare_sizes(Network& network, const OpRegistry& ops, Diagnostics& diagnostics) {
  Graph graph(ops);
  Comparing site(network, graph);
  try {
    network.apply(inputs_of(network, graph, kOtherAnySize), site);
  } catch (const LayerError& e) {
    if (!site.differs()) return;
    diagnostics.error(e.origin, e.what());
    network.mark_broken();
  } catch (const ConfigError&) {
    return;
  }
}

}  // namespace

void declare_network(Network& network, const OpRegistry& ops, std::int64_t picture_height,
                     Diagnostics& diagnostics) {
  if (!network.sound()) return;
  Diagnostics found;
  std::int64_t any = kAnySize;
  bool known = applied(network, ops, any, found);
  if (found.has_errors() && network.takes_any() && picture_height > 0) {
    network.forget_declaration();
    Diagnostics again;
    any = picture_height;
    known = applied(network, ops, any, again);
    if (!again.has_errors()) found = again;
  }
  for (const Diagnostic& d : found.sorted()) diagnostics.add(d);
  if (!known) {
    network.mark_broken();
  } else if (network.takes_any()) {
    for (LayerReport& row : network.report) row.any = any;
    compare_sizes(network, ops, diagnostics);
  }
}

}  // namespace agon
