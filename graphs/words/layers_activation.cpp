#include <deque>

#include "engine/base/error.h"
#include "graphs/keys/forms.h"
#include "graphs/words/layer_tables.h"
#include "ops/pointwise/pointwise.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

/// The argument of a function used as a layer.
struct Parameter {
  std::optional<Number> value;
};

std::string without_mark(const std::string& parameter) {
  return parameter.ends_with("?") ? parameter.substr(0, parameter.size() - 1) : parameter;
}

/// Keys are referred to by address for as long as the program runs.
const Keys<Parameter>& kept_keys(const FunctionDef& def) {
  static std::deque<Keys<Parameter>> kept;
  const std::string name = without_mark(def.parameters[1]);
  kept.push_back(Keys<Parameter>(def.name, def.doc,
                                 {key(name, &Parameter::value, name + " of the formula", number())})
                     .argument(name));
  return kept.back();
}

Tensor applied(LayerCall& call, const FunctionDef& def, const std::optional<Number>& parameter) {
  std::vector<Term> arguments;
  arguments.reserve(2);
  arguments.emplace_back(call.current());
  if (parameter) arguments.emplace_back(parameter->value(call.scope()));
  const std::int64_t batch = call.current().rank() == 0 ? 1 : call.current().size(0);
  const FunctionCall function(call.graph(), call.draws(), batch, std::move(arguments), {}, {});
  try {
    return *def.build(function).as_tensor();
  } catch (const GraphError& error) {
    throw GraphError(def.name + ": " + error.what());
  }
}

struct Prelu {
  Number initial = 0.25;
  bool channels = false;
};

const Keys<Prelu>& prelu_keys() {
  static const Keys<Prelu> keys =
      Keys<Prelu>(
          "prelu", "x where x > 0, else w x, w learnt",
          {key("initial", &Prelu::initial, "first value of w; 0.25 where not given", number()),
           key("channels", &Prelu::channels,
               "whether there is a w for each channel, else one for all; false where not given",
               boolean())})
          .argument("initial");
  return keys;
}

Tensor build_prelu(LayerCall& call, const Prelu& attributes) {
  expect_real_current(call, "prelu");
  const Tensor& x = call.current();
  if (attributes.channels && x.rank() < 2)
    throw GraphError("prelu expects [channels, ...], got " + current_text(call));
  const std::int64_t count = attributes.channels ? x.size(1) : 1;
  const Initial initial = Initial::constant(attributes.initial.value(call.scope()));
  const Value written = channel_parameter(call, "weight", count, initial);
  const Value w = attributes.channels ? along_channels(written, x) : reshape(written, {});
  const Value zero = call.graph().constant(0, x.dtype());
  return like(x, max(x.value, zero) + w * min(x.value, zero));
}

}  // namespace

LayerDef function_layer(const FunctionDef& def) {
  LayerDef result{.word = def.name, .doc = def.doc, .keys = nullptr, .read = nullptr};
  if (def.parameters.size() < 2) {
    result.read = [&def](const Yaml& argument, const std::string& path, KeyReader& reader) {
      if (!argument.is_null())
        report_mistyped("no argument for " + def.name, argument, path, reader);
      return BuildLayer{[&def](LayerCall& call) { return applied(call, def, std::nullopt); }};
    };
    return result;
  }
  return layer<Parameter>(def.name, kept_keys(def),
                          [&def](LayerCall& call, const Parameter& parameter) {
                            return applied(call, def, parameter.value);
                          });
}

std::vector<LayerDef> prelu_layers() {
  return {layer<Prelu>("prelu", prelu_keys(), build_prelu)};
}

}  // namespace agon
