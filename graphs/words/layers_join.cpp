#include <fmt/format.h>

#include "engine/base/error.h"
#include "graphs/keys/forms.h"
#include "graphs/words/function_tables.h"
#include "graphs/words/layer_tables.h"

namespace agon {

namespace {

struct Join {
  Origin origin;
  std::vector<Text> names;
  bool listed = false;  // `[a, b]`: exactly these; a lone name joins the current value
};

Keys<Join> join_keys(const std::string& word, const std::string& doc) {
  return Keys<Join>(
             word, doc,
             {key("names", &Join::names,
                  "a name, which is joined to the current value, or a list of names, of which "
                  "exactly these are joined",
                  one_or_list(dotted()))
                  .required()})
      .argument("names")
      .origin(&Join::origin)
      .check([](Join& join, const Yaml& value, const std::string&, KeyReader&) {
        const Yaml* names = value.is_mapping() ? value.find("names") : &value;
        join.listed = names != nullptr && names->is_sequence();
      });
}

const Keys<Join>& concat_keys() {
  static const Keys<Join> keys = join_keys("concat", "values joined along their channels");
  return keys;
}

const Keys<Join>& add_keys() {
  static const Keys<Join> keys = join_keys("add", "sum of values; an axis of 1 stretches");
  return keys;
}

const Keys<Join>& multiply_keys() {
  static const Keys<Join> keys = join_keys("multiply", "product of values; an axis of 1 stretches");
  return keys;
}

std::vector<Tensor> joined_values(LayerCall& call, const Join& join) {
  std::vector<Tensor> values;
  if (!join.listed) values.push_back(call.current());
  for (const Text& name : join.names) values.push_back(call.named(name));
  return values;
}

Tensor build_concat(LayerCall& call, const Join& join) {
  const std::vector<Tensor> values = joined_values(call, join);
  const Shape first = values[0].shape();
  for (const Tensor& x : values) {
    const bool fits =
        first.rank() >= 2 && x.rank() == first.rank() && x.shape().with(1, 1) == first.with(1, 1);
    if (fits) continue;
    throw GraphError(fmt::format("concat expects sizes that differ in channels only, got {} and {}",
                                 first.rank() == 0 ? "one number" : to_text(first.without(0)),
                                 x.rank() == 0 ? "one number" : to_text(x.shape().without(0))));
  }
  return joined_along(values, 1);
}

Tensor build_pointwise(LayerCall& call, const Join& join, std::string_view op) {
  const std::vector<Tensor> values = joined_values(call, join);
  Term result = values[0];
  for (std::size_t i = 1; i < values.size(); ++i) result = pointwise(op, result, values[i]);
  return *result.tensor();
}

}  // namespace

std::vector<LayerDef> join_layers() {
  return {layer<Join>("concat", concat_keys(), build_concat),
          layer<Join>(
              "add", add_keys(),
              [](LayerCall& call, const Join& join) { return build_pointwise(call, join, "add"); }),
          layer<Join>("multiply", multiply_keys(), [](LayerCall& call, const Join& join) {
            return build_pointwise(call, join, "mul");
          })};
}

}  // namespace agon
