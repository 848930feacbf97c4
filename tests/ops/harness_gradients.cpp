#include <fmt/format.h>

#include <cmath>

#include "engine/autodiff/differentiate.h"
#include "engine/base/philox.h"
#include "engine/ir/expand.h"
#include "engine/ir/op_def.h"
#include "engine/runtime/executor.h"
#include "tests/ops/harness_checks.h"

namespace agon::op_cases {

namespace {

using Arrays = std::map<std::string, NdArray>;
constexpr double kStep = 1e-5;
constexpr double kAllowed = 2e-6;  // of the largest difference quotient, at least of 1
constexpr std::uint32_t kSamples = 48;

Value output_named(const Graph& graph, const std::string& name) {
  for (const auto& [output, value] : graph.outputs()) {
    if (output == name) return value;
  }
  return {};
}

/// (sum of y at +step) - (sum of y at -step), over 2 step; subtracted element by element.
double central_difference(const Graph& forward, Arrays values, const std::string& input,
                          std::int64_t element) {
  double& x = values.at(input)[element];
  const double middle = x;
  x = middle + kStep;
  const NdArray above = run_reference(forward, values, {}).at("y");
  x = middle - kStep;
  const NdArray below = run_reference(forward, values, {}).at("y");
  double difference = 0;
  for (std::int64_t i = 0; i < above.size(); ++i) difference += above[i] - below[i];
  return difference / (2 * kStep);
}

std::vector<std::int64_t> sampled_elements(std::int64_t count, RandomStream& random) {
  std::vector<std::int64_t> elements;
  for (std::uint32_t i = 0; i < kSamples && i < count; ++i) {
    elements.push_back(count <= kSamples ? i : random.below(static_cast<std::uint32_t>(count)));
  }
  return elements;
}

std::string compare_with_differences(const Graph& forward, const Arrays& values,
                                     const std::string& input, const NdArray& gradient) {
  RandomStream random(2, "differences/" + input);
  const auto elements = sampled_elements(gradient.size(), random);
  std::vector<double> quotients;
  double scale = 1;
  for (const std::int64_t element : elements) {
    quotients.push_back(central_difference(forward, values, input, element));
    scale = std::max(scale, std::abs(quotients.back()));
  }
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const double got = gradient[elements[i]];
    if (std::abs(got - quotients[i]) <= kAllowed * scale) continue;
    return fmt::format("d/d{} at element {} of {}: gradient {:.9g}, central difference {:.9g}",
                       input, elements[i], to_text(gradient.type), got, quotients[i]);
  }
  return "";
}

}  // namespace

std::string check_gradient(Graph& graph, Value y, const std::vector<std::string>& inputs,
                           const Arrays& values) {
  graph.set_output("y", y);
  const auto forward = graph.clone();
  forward->remove_dead();
  expand_composites(*forward);
  const auto backward = forward->clone();
  std::vector<Value> xs;
  for (const std::string& input : inputs)
    xs.push_back(backward->input(input, values.at(input).type));
  const std::vector<Value> grads = differentiate(output_named(*backward, "y"), xs);
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (grads[i]) backward->set_output("d/d" + inputs[i], grads[i]);
  }
  const Arrays results = run_reference(*backward, values, {});
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const NdArray gradient = grads[i] ? results.at("d/d" + inputs[i]) : NdArray(xs[i].type());
    std::string wrong = compare_with_differences(*forward, values, inputs[i], gradient);
    if (!wrong.empty()) return wrong;
  }
  return "";
}

namespace {

/// Inputs a gradient is asked for: drawn and floating.
std::vector<std::string> differentiable(const Case& c) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < c.inputs.size(); ++i) {
    if (is_floating(c.inputs[i].type.dtype) && c.inputs[i].whole == 0)
      names.push_back(fmt::format("x{}", i));
  }
  return names;
}

/// value * (an input of random numbers), so that no gradient is a sum of ones.
Value projected(Value value, const std::string& name, Arrays& values) {
  NdArray weights(value.type());
  RandomStream random(3, "projection/" + name);
  for (double& weight : weights.values) weight = random.uniform(-1, 1);
  values[name] = weights;
  return value.graph().add("mul", {value, value.graph().input(name, value.type())});
}

std::vector<Value> gradients_of(Graph& graph, Value y, const std::vector<std::string>& inputs,
                                const Arrays& values) {
  std::vector<Value> xs;
  for (const std::string& input : inputs) xs.push_back(graph.input(input, values.at(input).type));
  return differentiate(y, xs);
}

std::string check_first(const Case& c, int output) {
  Arrays values = draw_inputs(c);
  const CaseGraph made = build(c);
  const Value y = projected(made.node->out(output), "r", values);
  const auto inputs = differentiable(c);
  if (!made.node->op().stops_gradient) return check_gradient(*made.graph, y, inputs, values);
  for (const Value& grad : gradients_of(*made.graph, y, inputs, values)) {
    if (grad) return "the op stops gradients, yet has one";
  }
  return "";
}

/// Of the gradient with respect to inputs[i].
std::string check_second(const Case& c, int output, std::size_t i) {
  Arrays values = draw_inputs(c);
  const CaseGraph made = build(c);
  const Value y = projected(made.node->out(output), "r", values);
  auto inputs = differentiable(c);
  const Value gradient = gradients_of(*made.graph, y, inputs, values)[i];
  if (!gradient) return "";
  const Value again = projected(gradient, "s", values);
  inputs.emplace_back("r");
  return check_gradient(*made.graph, again, inputs, values);
}

}  // namespace

std::vector<std::string> check_gradients(const Case& c) {
  std::vector<std::string> wrong;
  const auto note = [&](const std::string& what, const std::string& message) {
    if (!message.empty()) wrong.push_back(what + message);
  };
  const auto inputs = differentiable(c);
  const CaseGraph made = build(c);
  for (int output = 0; output < static_cast<int>(made.node->outputs().size()); ++output) {
    if (!is_floating(made.node->out_type(output).dtype)) continue;
    note("gradient: ", check_first(c, output));
    for (std::size_t i = 0; i < inputs.size(); ++i)
      note("gradient of the gradient by " + inputs[i] + ": ", check_second(c, output, i));
  }
  return wrong;
}

}  // namespace agon::op_cases
