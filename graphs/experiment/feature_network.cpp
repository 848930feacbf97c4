#include "graphs/experiment/feature_network.h"

#include <fmt/format.h>

#include <cmath>

#include "graphs/document/suggestion.h"
#include "graphs/words/function_tables.h"
#include "ops/conv/conv2d.h"
#include "ops/pointwise/pointwise.h"
#include "ops/random/random.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

[[noreturn]] void fail(const Origin& origin, const std::string& message) {
  throw ConfigError({{Severity::Error, origin, message}});
}

const char* const kRandom = "random-v1";
const char* const kValues = "values";
/// Channels of the three random convolutions.
constexpr std::int64_t kRandomFilters[] = {32, 32, 64};

bool takes(const Network& network, const Shape& example) {
  return network.sound() && network.inputs().size() == 1 && network.inputs()[0].takes(example) &&
         is_floating(network.inputs()[0].dtype);
}

/// Features that a network's plain output makes of one example, or 0.
std::int64_t plain_numbers(const Network& network) {
  if (!network.section().outputs.empty() || network.report.empty()) return 0;
  const Shape& shape = network.report.back().shape;
  return shape.rank() == 1 || shape.rank() == 3 ? shape[0] : 0;
}

FeatureSource named_source(System& system, const Expr& written, const Shape& example) {
  const auto dotted = dotted_name(written);
  const std::string name = dotted ? dotted->substr(0, dotted->find('.')) : "";
  const Network* network = system.find_network(name);
  if (network == nullptr) {
    std::vector<std::string> known;
    for (const auto& n : system.networks) known.push_back(n->name());
    fail(written.origin,
         fmt::format("expected a network or a layer of one, such as reader or reader.conv2, got "
                     "'{}'{}",
                     canonical_text(written), suggestion(name, known)));
  }
  if (network->sound() && !takes(*network, example)) {
    fail(written.origin,
         fmt::format("{} does not take what is compared, {}", name, to_text(example)));
  }
  if (!network->section().frozen) {
    system.diagnostics.warning(written.origin,
                               fmt::format("{} is trained here: values of different steps cannot "
                                           "be compared; measure with a frozen network",
                                           name));
  }
  return {*dotted, name, written};
}

/// Three convolutions of 3 x 3, stride 2 and padding 1 with normal weights of variance 2 / inputs,
/// each followed by a leaky relu; the means over the pixels of all three. The same for every
/// experiment: what is measured by it can be compared.
Tensor random_features(Scene& scene, const Tensor& side, double low, double high) {
  Graph& graph = scene.graph();
  const Value zero = graph.constant(0, DType::F64);
  Value x = (side.value - low) * (2 / (high - low)) - 1.0;
  std::vector<Value> means;
  for (std::size_t layer = 0; layer < std::size(kRandomFilters); ++layer) {
    const std::int64_t inputs = x.shape().back();
    const Value drawn =
        random_normal(zero, zero,
                      {.shape = Shape{kRandomFilters[layer], 3, 3, inputs},
                       .dtype = DType::F32,
                       .seed = 0,
                       .stream = fmt::format("metrics/{}/conv{}", kRandom, layer + 1)});
    const Value weight = drawn * std::sqrt(2.0 / static_cast<double>(9 * inputs));
    x = leaky_relu(conv2d(x, weight,
                          {.stride_h = 2,
                           .stride_w = 2,
                           .pad_top = 1,
                           .pad_left = 1,
                           .pad_bottom = 1,
                           .pad_right = 1}),
                   0.2);
    means.push_back(mean(x, {1, 2}));
  }
  return picture_or_plain(concat(means, 1));
}

Expr name_expression(const std::string& name, const Origin& origin) {
  Expr e;
  e.kind = ExprKind::Name;
  e.name = name;
  e.origin = origin;
  return e;
}

/// `reader(side).conv2` for `reader.conv2`.
Expr call_expression(const Expr& written, const std::string& network, const std::string& side) {
  Expr call;
  call.kind = ExprKind::Call;
  call.origin = written.origin;
  call.operands = {name_expression(network, written.origin), name_expression(side, written.origin)};
  std::string rest = dotted_name(written)->substr(network.size());
  while (!rest.empty()) {
    const std::size_t dot = rest.find('.', 1);
    Expr member;
    member.kind = ExprKind::Member;
    member.origin = written.origin;
    member.name = rest.substr(1, dot == std::string::npos ? dot : dot - 1);
    member.operands = {std::move(call)};
    call = std::move(member);
    rest = dot == std::string::npos ? "" : rest.substr(dot);
  }
  return call;
}

}  // namespace

FeatureSource feature_source(System& system, const Named<EvaluateSection>& spec,
                             const Shape& example, bool warn) {
  if (spec.value.features) return named_source(system, *spec.value.features, example);
  std::vector<const Network*> frozen;
  for (const auto& network : system.networks) {
    if (network->section().frozen && takes(*network, example)) frozen.push_back(network.get());
  }
  if (frozen.size() == 1) {
    const std::string& name = frozen[0]->name();
    return {name, name, name_expression(name, spec.value.origin)};
  }
  if (example.rank() != 3) return {kValues, "", std::nullopt};
  if (warn) {
    system.diagnostics.warning(
        spec.value.origin,
        fmt::format("features are those of fixed random convolutions ({}), a coarse measure; name "
                    "a network that was trained on such pictures: features: NETWORK",
                    kRandom));
  }
  return {kRandom, "", std::nullopt};
}

FeatureSource classifier_source(System& system, const Named<EvaluateSection>& spec,
                                const Shape& example, std::int64_t classes, const Origin& asked) {
  if (spec.value.classifier) return named_source(system, *spec.value.classifier, example);
  std::vector<const Network*> found;
  for (const auto& network : system.networks) {
    if (network->section().frozen && takes(*network, example) && classes > 1 &&
        plain_numbers(*network) == classes)
      found.push_back(network.get());
  }
  if (found.size() != 1) {
    fail(asked,
         "mode_coverage needs points whose modes are known (rings, grid), or classifier: a network "
         "with data.classes outputs");
  }
  const std::string& name = found[0]->name();
  return {name, name, name_expression(name, spec.value.origin)};
}

Tensor features_of(Scene& scene, const FeatureSource& source, const std::string& name,
                   const Tensor& side, double low, double high) {
  if (source.text == kRandom) return random_features(scene, side, low, high);
  if (source.text == kValues) {
    return side.rank() == 2 ? side : flattened(side);
  }
  scene.define(name, side);
  const Term term = scene.evaluate(call_expression(*source.written, source.network, name),
                                   source.written->origin.path, "step");
  const Tensor* features = term.as_tensor();
  const bool maps = features != nullptr && features->rank() == 4;
  if (features == nullptr || (!maps && features->rank() != 2) || !is_floating(features->dtype())) {
    fail(source.written->origin,
         fmt::format("features are numbers [batch, n] or maps [batch, channels, height, width], "
                     "got {}",
                     term.described()));
  }
  return maps ? picture_or_plain(mean(as_channels_last(*features).value, {1, 2})) : *features;
}

}  // namespace agon
