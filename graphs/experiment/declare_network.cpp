#include <fmt/format.h>

#include "engine/ir/op_def.h"
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

/// Collects variables and layers; running statistics are read (inference), so that a map of one
/// pixel and one example is no obstacle.
class Declaring final : public CallSite {
 public:
  Declaring(Network& network, Graph& graph) : network_(network), graph_(graph), draws_(graph) {}

  Graph& graph() override { return graph_; }
  bool training() override { return false; }
  void move_statistic(const NetworkVariable&, Value, double) override {}
  DrawSource& draws(const std::string&) override { return draws_; }
  std::optional<Term> counter(const std::string& name) override {
    if (name != "step" && name != "progress" && name != "stage_progress") return std::nullopt;
    return picture_or_plain(graph_.constant(0, DType::F64));
  }

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

  void layer_done(const LayerDone& done) override {
    LayerReport row{.network = network_.name(),
                    .name = done.name,
                    .word = done.word,
                    .shape = done.output.shape().without(0),
                    .parameters = std::exchange(parameters_, 0),
                    .flops = 0,
                    .arithmetic = "",
                    .origin = done.origin};
    for (std::size_t i = done.first_node; i < graph_.nodes().size(); ++i) {
      const Node& node = *graph_.nodes()[i];
      if (node.op().flops) row.flops += node.op().flops(node);
      if (row.arithmetic.empty()) row.arithmetic = size_arithmetic(node);
    }
    network_.report.push_back(std::move(row));
  }

 private:
  Network& network_;
  Graph& graph_;
  NoDraws draws_;
  std::int64_t parameters_ = 0;
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

void declare_network(Network& network, const OpRegistry& ops, Diagnostics& diagnostics) {
  if (!network.sound()) return;
  Graph graph(ops);
  std::vector<Tensor> arguments;
  for (const NetworkInput& input : network.inputs()) {
    std::vector<std::int64_t> sizes = {1};
    sizes.insert(sizes.end(), input.shape.begin(), input.shape.end());
    arguments.push_back(
        picture_or_plain(graph.input(input.name, Type{input.dtype, engine_shape(Shape(sizes))})));
  }
  Declaring site(network, graph);
  try {
    network.apply(arguments, site);
  } catch (const LayerError& e) {
    diagnostics.error(e.origin, e.what());
    network.mark_broken();
  } catch (const ConfigError& e) {
    for (const Diagnostic& d : e.diagnostics()) diagnostics.error(d.origin, d.message);
    network.mark_broken();
  }
}

}  // namespace agon
