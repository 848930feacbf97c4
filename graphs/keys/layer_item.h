#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graphs/expression/expression.h"
#include "graphs/keys/forms.h"
#include "graphs/keys/values.h"

namespace agon {

/// One item of a layer list (LANGUAGE.md rule 8): `relu`, `leaky_relu: 0.2`,
/// `conv: {filters: 8, kernel: 3}`, `{from: s, when: level > 1, conv: {...}, as: h}`.
struct LayerItem {
  Text word;      // the layer's or block's name; not yet compared with any list
  Yaml argument;  // Null where there is none
  std::optional<Text> as;
  std::optional<Text> from;  // dotted
  std::optional<Expr> when;
  Origin origin;  // of the item; its path is `networks.generator.layers[3]`

  /// The dotted path of `argument`.
  std::string argument_path() const { return origin.path + "." + word.text; }
};

/// Whether a key of an item says how the layer stands in its list (`as`, `from`, `when`), not which
/// layer it is.
bool is_layer_modifier(std::string_view key);

/// The name of each item of a written list: its `as`, else <word><k>; "" where it is no layer.
std::vector<std::string> layer_names(const Yaml& list);

/// Items of a layer list.
Form<std::vector<LayerItem>> layer_list();

/// Reports a word that is no layer or block, with the nearest of `words`.
void report_unknown_layer(const LayerItem& item, const std::vector<std::string>& words,
                          Diagnostics& diagnostics);

}  // namespace agon
