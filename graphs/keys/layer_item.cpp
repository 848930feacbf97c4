#include "graphs/keys/layer_item.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "engine/base/text.h"
#include "graphs/document/suggestion.h"
#include "graphs/keys/names.h"

namespace agon {

bool is_layer_modifier(std::string_view key) {
  return key == "as" || key == "from" || key == "when";
}

namespace {

std::string word_of(const Yaml& item) {
  if (item.is_scalar()) return item.text;
  for (const YamlKey& key : item.keys) {
    if (!is_layer_modifier(key.text)) return key.text;
  }
  return "";
}

/// `as`, `from` or `when` of an item.
void read_modifier(const std::string& key, const Yaml& value, const std::string& path,
                   KeyReader& reader, LayerItem& item) {
  if (key == "as") item.as = name().read(value, path, reader);
  if (key == "from") item.from = dotted().read(value, path, reader);
  if (key == "when") item.when = expression().read(value, path, reader);
}

/// "; did you mean 'from'?" where one of two words is nearly a modifier.
std::string misspelt_modifier(const std::string& first, const std::string& second) {
  static const std::vector<std::string> kModifiers = {"as", "from", "when"};
  const std::string found = suggestion(second, kModifiers);
  return found.empty() ? suggestion(first, kModifiers) : found;
}

std::optional<LayerItem> read_mapping(const Yaml& value, const std::string& path,
                                      KeyReader& reader) {
  LayerItem item;
  item.origin = value.origin(path);
  bool good = true;
  for (std::size_t i = 0; i < value.keys.size(); ++i) {
    const std::string& key = value.keys[i].text;
    const Origin origin = value.key_origin(i, path);
    if (is_layer_modifier(key)) {
      read_modifier(key, value.items[i], child_path(path, key), reader, item);
    } else if (const auto wrong = name_problem(key)) {
      reader.diagnostics.error(origin, *wrong);
      good = false;
    } else if (!item.word.text.empty()) {
      reader.diagnostics.error(
          origin, fmt::format("expected one layer in an item, got '{}' and '{}'{}", item.word.text,
                              key, misspelt_modifier(item.word.text, key)));
      good = false;
    } else {
      item.word = {key, origin};
      item.argument = value.items[i];
    }
  }
  if (good && item.word.text.empty()) {
    reader.diagnostics.error(item.origin, "expected a layer in this item, got none");
    good = false;
  }
  if (!good) return std::nullopt;
  return item;
}

std::optional<LayerItem> read_item(const Yaml& value, const std::string& path, KeyReader& reader) {
  if (value.is_mapping()) return read_mapping(value, path, reader);
  if (!value.is_scalar()) {
    report_mistyped("a layer, such as relu or {dense: 64}", value, path, reader);
    return std::nullopt;
  }
  if (const auto wrong = name_problem(value.text)) {
    const std::string hint = value.text.find(':') == std::string::npos ? "" : "; write ': '";
    reader.diagnostics.error(value.origin(path), *wrong + hint);
    return std::nullopt;
  }
  LayerItem item;
  item.origin = value.origin(path);
  item.word = {value.text, item.origin};
  item.argument.place = value.place;
  return item;
}

}  // namespace

std::vector<std::string> layer_names(const Yaml& list) {
  std::vector<std::string> names;
  std::map<std::string, int> counts;
  for (const Yaml& item : list.items) {
    const std::string word = word_of(item);
    const int k = ++counts[word];
    const Yaml* as = item.find("as");
    if (as != nullptr && as->is_scalar()) {
      names.push_back(as->text);
    } else {
      names.push_back(word.empty() ? "" : fmt::format("{}{}", word, k));
    }
  }
  return names;
}

Form<std::vector<LayerItem>> layer_list() {
  Form<LayerItem> item;
  item.type = "a layer";
  item.read = read_item;
  Form<std::vector<LayerItem>> form = list_of(item);
  form.schema = schema::reference("layers");
  return form;
}

void report_unknown_layer(const LayerItem& item, const std::vector<std::string>& words,
                          Diagnostics& diagnostics) {
  diagnostics.error(item.word.origin, fmt::format("unknown layer '{}'{}", printable(item.word.text),
                                                  suggestion(item.word.text, words)));
}

}  // namespace agon
