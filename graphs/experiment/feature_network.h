#pragma once
#include <string>

#include "graphs/experiment/scene.h"

namespace agon {

/// What turns an example into features: a network of the file, fixed random convolutions for
/// pictures ("random-v1"), or the numbers themselves for points ("values").
struct FeatureSource {
  std::string text;     // "reader", "reader.conv2", "random-v1", "values"
  std::string network;  // whose weights decide; empty for the others
  std::optional<Expr> written;
};

/// `features:` as written; else the only frozen network that takes `example` (language order,
/// without batch); else random-v1, which `warn` says, or values.
FeatureSource feature_source(System& system, const Named<EvaluateSection>& spec,
                             const Shape& example, bool warn);

/// `classifier:` as written; else the only frozen network that takes `example` and gives `classes`
/// numbers. Throws ConfigError where there is none.
FeatureSource classifier_source(System& system, const Named<EvaluateSection>& spec,
                                const Shape& example, std::int64_t classes, const Origin& asked);

/// The features [batch, numbers] of a side named `name` in the scene; feature maps are averaged
/// over their pixels. `low` and `high`: the range of a picture's numbers.
Tensor features_of(Scene& scene, const FeatureSource& source, const std::string& name,
                   const Tensor& side, double low, double high);

}  // namespace agon
