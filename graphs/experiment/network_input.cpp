#include "graphs/experiment/network_input.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "graphs/document/suggestion.h"
#include "graphs/experiment/scope.h"
#include "graphs/keys/forms.h"

namespace agon {

namespace {

/// A shape, each size a number or `any`; false if it was reported.
bool read_sizes(const Named<Yaml>& input, const NumberScope& scope, KeyReader& reader,
                NetworkInput& result) {
  const auto items = list_of(raw()).read(input.value, input.origin.path, reader);
  if (!items) return false;
  std::vector<std::int64_t> shape;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const Yaml& item = (*items)[i];
    if (item.is_scalar() && item.text == "any") {
      result.any.push_back(static_cast<int>(i));
      shape.push_back(1);
      continue;
    }
    const auto size = whole(1).read(item, fmt::format("{}[{}]", input.origin.path, i), reader);
    const auto value = size ? size->value(scope, reader.diagnostics) : std::nullopt;
    if (!value) return false;
    shape.push_back(*value);
  }
  result.shape = Shape(shape);
  return true;
}

}  // namespace

std::optional<NetworkInput> read_input(const Named<Yaml>& input, const Experiment& experiment,
                                       const NumberScope& scope, Diagnostics& diagnostics) {
  KeyReader reader{diagnostics};
  NetworkInput result{.name = input.name,
                      .shape = {},
                      .any = {},
                      .dtype = DType::F32,
                      .text = "",
                      .origin = input.origin};
  if (input.value.is_sequence()) {
    if (read_sizes(input, scope, reader, result)) return result;
    return std::nullopt;
  }
  const auto written = expression().read(input.value, input.origin.path, reader);
  if (!written) return std::nullopt;
  const auto name = dotted_name(*written);
  const auto part = name ? data_part(experiment, *name) : std::nullopt;
  if (!part) {
    diagnostics.error(
        written->origin,
        fmt::format("expected a shape like [latent] or the type of a data value, got '{}'{}",
                    canonical_text(*written),
                    suggestion(name.value_or(""), data_names(experiment))));
    return std::nullopt;
  }
  result.shape = part->shape;
  result.dtype = part->dtype;
  result.text = *name;
  return result;
}

bool NetworkInput::takes(const Shape& example) const {
  if (example.rank() != shape.rank()) return false;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (std::find(any.begin(), any.end(), axis) == any.end() && example[axis] != shape[axis])
      return false;
  }
  return true;
}

Shape NetworkInput::with_any(std::int64_t size) const {
  Shape result = shape;
  for (const int axis : any) result = result.with(axis, size);
  return result;
}

std::string NetworkInput::shape_text() const {
  std::vector<std::string> sizes;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const bool free = std::find(any.begin(), any.end(), axis) != any.end();
    sizes.push_back(free ? "any" : fmt::format("{}", shape[axis]));
  }
  return fmt::format("[{}]", joined(sizes));
}

}  // namespace agon
