#include "graphs/words/layer.h"

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "graphs/keys/forms.h"
#include "graphs/words/layer_tables.h"
#include "graphs/words/markdown.h"
#include "graphs/words/pictures.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

std::vector<LayerDef> all_layers() {
  std::vector<LayerDef> all;
  for (const auto table :
       {dense_layers, conv_layers, shape_layers, picture_layers, pool_layers, norm_layers,
        dropout_layers, deviation_layers, attention_layers, join_layers, prelu_layers}) {
    for (LayerDef& def : table()) all.push_back(std::move(def));
  }
  return all;
}

std::vector<LayerDef> all_function_layers() {
  std::vector<LayerDef> all;
  for (const FunctionDef& def : functions()) {
    if (def.is_layer) all.push_back(function_layer(def));
  }
  return all;
}

std::span<const LayerDef> function_layers() {
  static const std::vector<LayerDef> all = all_function_layers();
  return all;
}

std::string keys_cell(const KeyTable* table) {
  if (table == nullptr) return "";
  std::string text;
  for (const KeyFacts& fact : table->facts()) {
    if (!text.empty()) text += "; ";
    const std::string mark = fact.required ? " (required)" : "";
    text += fmt::format("`{}`{}: {}", fact.name, mark, fact.doc);
  }
  return text;
}

}  // namespace

std::span<const LayerDef> layers() {
  static const std::vector<LayerDef> all = all_layers();
  return all;
}

const LayerDef* find_layer(std::string_view word) {
  for (const auto list : {layers(), function_layers()}) {
    for (const LayerDef& def : list) {
      if (def.word == word) return &def;
    }
  }
  return nullptr;
}

std::string current_text(LayerCall& call) {
  const Tensor& x = call.current();
  std::string text = call.current_name();
  if (!text.empty()) text += " ";
  if (!is_floating(x.dtype())) text += "labels ";
  return text + (x.rank() == 0 ? "one number" : to_text(x.shape().without(0)));
}

void expect_real_current(LayerCall& call, const std::string& word) {
  if (is_floating(call.current().dtype())) return;
  throw GraphError(fmt::format("{} expects real values, got {}; use one_hot or embedding", word,
                               current_text(call)));
}

Tensor picture_of(LayerCall& call, const std::string& word) {
  expect_real_current(call, word);
  if (call.current().rank() != 4) {
    throw GraphError(
        fmt::format("{} expects [channels, height, width], got {}; begin with dense and reshape",
                    word, current_text(call)));
  }
  expect_sides(call.current());
  return as_channels_last(call.current());
}

Value along_channels(Value vector, const Tensor& x) {
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(x.rank()), 1);
  sizes[static_cast<std::size_t>(x.engine_axis(1))] = vector.shape().elements();
  return reshape(vector, Shape(sizes));
}

Value channel_parameter(LayerCall& call, const std::string& name, std::int64_t channels,
                        const Initial& initial) {
  const Shape shape{channels};
  return call.parameter(name, Type{call.current().dtype(), shape}, {shape, shape, {}}, initial);
}

Extents extents(const std::vector<Whole>& written, const NumberScope& scope) {
  const std::int64_t height = written.front().value(scope);
  return {height, written.size() == 1 ? height : written[1].value(scope)};
}

Form<std::vector<Whole>> extents_form(std::int64_t low) {
  Form<std::vector<Whole>> form = one_or_list(whole(low, kLargestExtent), 1, 2);
  form.type = fmt::format("{}, or [height, width]", whole(low).type);
  return form;
}

Form<Padding> padding_form() {
  Form<Padding> form;
  form.type = "'same', " + extents_form(0).type;
  form.words = {"same"};
  form.schema = schema::either({schema::words(form.words), extents_form(0).schema});
  form.read = [numbers = extents_form(0).read](const Yaml& value, const std::string& path,
                                               KeyReader& reader) -> std::optional<Padding> {
    if (value.is_scalar() && value.text == "same") return Padding{true, {}};
    auto sizes = numbers(value, path, reader);
    if (!sizes) return std::nullopt;
    return Padding{false, std::move(*sizes)};
  };
  return form;
}

std::string layers_markdown() {
  std::string text = "| layer | what it does | attributes |\n|---|---|---|\n";
  for (const auto list : {layers(), function_layers()}) {
    for (const LayerDef& def : list) {
      std::string word = def.word;
      if (def.keys != nullptr && !def.keys->argument().empty()) word += ": " + def.keys->argument();
      text += fmt::format("| `{}` | {} | {} |\n", table_cell(word), table_cell(def.doc),
                          table_cell(keys_cell(def.keys)));
    }
  }
  return text;
}

}  // namespace agon
