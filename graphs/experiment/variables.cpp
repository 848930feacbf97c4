#include "graphs/experiment/variables.h"

#include <fmt/format.h>

#include <algorithm>

#include "graphs/experiment/evaluator.h"
#include "graphs/words/initial.h"
#include "ops/pointwise/pointwise.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

[[noreturn]] void fail(const Origin& origin, const std::string& message) {
  throw ConfigError({{Severity::Error, origin, message}});
}

/// The shape as written, batch included.
std::optional<Shape> written_shape(System& system, Scene& scene, const VariableSection& section) {
  if (section.shape.empty()) return std::nullopt;
  NumberScope scope;
  scope.find = [&](const std::string& name) -> std::optional<double> {
    if (name == "batch") return static_cast<double>(scene.batch());
    return system.numbers->find(name);
  };
  scope.candidates = system.numbers->candidates;
  scope.candidates.emplace_back("batch");
  std::vector<std::int64_t> sizes;
  for (const Expr& size : section.shape) sizes.push_back(evaluate_whole(size, scope, 1));
  return Shape(sizes);
}

/// A variable begins before there is a step: what is computed in one cannot be read.
void refuse_later_names(const System& system, const Expr& init) {
  for (const std::string& name : free_names(init)) {
    const bool later = system.find_step(name) != nullptr || system.find_loss(name) != nullptr ||
                       system.find_network(name) != nullptr ||
                       system.find_variable(name) != nullptr;
    if (later) {
      fail(init.origin, fmt::format("init stands before the first step: it reads numbers, draws "
                                    "and data, not '{}'",
                                    name));
    }
  }
}

/// Drawn by a rule as weights are, where the shape is written beside it.
Tensor by_rule(System& system, Scene& scene, const Named<VariableSection>& variable,
               const Shape& shape) {
  const InitialRule rule = read_initial(variable.value.init, *system.numbers);
  const Type type{DType::F32, engine_shape(shape)};
  const std::int64_t units = shape.rank() > 0 ? shape[0] : 1;
  const Tensor place = picture_or_plain(scene.graph().constant(0, type.dtype, type.shape));
  return picture_or_plain(
      initial_value(scene.graph(), Initial::by_network(shape.elements() / units, units), rule, type,
                    file_form(place), system.experiment.seed, "init/variables." + variable.name));
}

Tensor as_kept(const Tensor& x) {
  Tensor ordered = x.rank() == 4 ? as_channels_last(x) : as_plain(x);
  if (ordered.dtype() != DType::F64) return ordered;
  return like(ordered, convert(ordered.value, DType::F32));
}

}  // namespace

FileForm file_form(const Tensor& tensor) {
  if (!tensor.channels_last) return {};
  return {.shape = tensor.shape(), .view = tensor.shape(), .axes = {0, 2, 3, 1}};
}

Tensor first_value(System& system, Scene& scene, const Named<VariableSection>& variable) {
  const Expr& init = variable.value.init;
  refuse_later_names(system, init);
  const auto shape = written_shape(system, scene, variable.value);
  const bool is_number = init.kind == ExprKind::Name && system.numbers->find(init.name);
  if (shape && !is_number && names_initial(init)) return by_rule(system, scene, variable, *shape);
  const Term term = scene.evaluate(init, variable.origin.path + ".init", "step");
  Tensor x = as_kept(tensor_of(term, picture_or_plain(scene.graph().constant(0))));
  if (!shape || x.shape() == *shape) return x;
  if (x.rank() == 0) return picture_or_plain(broadcast(x.value, engine_shape(*shape)));
  fail(init.origin,
       fmt::format("init gives {}, the shape is {}", to_text(x.shape()), to_text(*shape)));
}

SceneSettings before_steps(const System& system, Graph& graph) {
  const Value zero = graph.constant(0, DType::F64);
  return {.batch = system.experiment.batch,
          .looking = false,
          .stream_prefix = "",
          .step = zero,
          .draw = zero};
}

void declare_variables(System& system) {
  for (const Named<VariableSection>& section : system.experiment.sections.variables)
    system.variables.push_back(
        std::make_unique<DeclaredVariable>(DeclaredVariable{&section, {}, false}));
  Graph graph(system.ops);
  Scene scene(system, graph, before_steps(system, graph));
  for (const auto& variable : system.variables) {
    const Named<VariableSection>& section = *variable->section;
    try {
      const Tensor first = first_value(system, scene, section);
      variable->variable.decl = {
          .name = "variables." + section.name,
          .type = first.value.type(),
          .file = file_form(first),
          .role = section.value.next ? VariableDecl::Role::State : VariableDecl::Role::Parameter,
          .network = "",
          .weights_file = "",
          .weights_name = ""};
      if (variable->is_trained() && !is_floating(first.dtype()))
        fail(section.value.init.origin, "labels cannot be trained; give the variable next:");
      variable->sound = true;
    } catch (...) {
      system.report_current_exception(section.origin);
    }
  }
}

Value kept_within(Value x, const std::vector<Number>& keep, const NumberScope& scope) {
  if (keep.empty()) return x;
  const Value low = x.graph().constant(keep[0].value(scope), x.dtype());
  const Value high = x.graph().constant(keep[1].value(scope), x.dtype());
  return min(max(x, low), high);
}

namespace {

/// The value of `next` in the variable's own type.
Value next_value(System& system, Scene& scene, const DeclaredVariable& variable) {
  const Expr& next = *variable.section->value.next;
  const Type& type = variable.variable.decl.type;
  const Term term =
      scene.evaluate(next, variable.section->origin.path + ".next", std::string(kNextTurn));
  const Tensor x = as_kept(tensor_of(term, picture_or_plain(scene.graph().constant(0))));
  const Tensor old = picture_or_plain(scene.graph().constant(0, type.dtype, type.shape));
  if (is_floating(x.dtype()) != is_floating(type.dtype)) {
    fail(next.origin,
         fmt::format("'{}' holds {}, next gives {}", variable.name(),
                     is_floating(type.dtype) ? "real values" : "labels",
                     is_floating(x.dtype()) ? "real values" : "labels; real(x) converts"));
  }
  if (x.rank() != 0 && x.shape() != old.shape()) {
    fail(next.origin, fmt::format("'{}' has shape {}, next gives {}", variable.name(),
                                  to_text(old.shape()), to_text(x.shape())));
  }
  const Value whole = x.value.shape() == type.shape ? x.value : broadcast(x.value, type.shape);
  return kept_within(whole, variable.section->value.keep, *system.numbers);
}

}  // namespace

void build_next_values(System& system, Scene& scene, std::set<std::string>& moved) {
  std::vector<std::pair<const DeclaredVariable*, Value>> values;
  for (const auto& variable : system.variables) {
    if (!variable->sound || variable->is_trained()) continue;
    const Named<VariableSection>& section = *variable->section;
    const Graph::OriginScope origin(scene.graph(), section.value.next->origin);
    const bool read_before = scene.used().contains(section.name);
    try {
      values.emplace_back(variable.get(), next_value(system, scene, *variable));
      moved.insert(section.name);
    } catch (const LossNotComputed&) {
      continue;  // it keeps its value in this draw
    } catch (...) {
      moved.insert(section.name);
      system.report_current_exception(section.value.next->origin);
    }
    if (!read_before) scene.forget_use(section.name);  // by itself alone
  }
  for (const auto& [variable, value] : values)
    scene.set_variable(variable->variable.decl.name, value);
}

}  // namespace agon
