#include "graphs/document/override.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "graphs/document/reader.h"
#include "graphs/document/suggestion.h"

namespace agon {

namespace {

constexpr std::size_t kLongestShown = 120;  // of a setting, as the place of an error

/// One part of a path: a key or, where `key` is empty, an item by number or by name.
struct Step {
  std::string key;
  std::size_t index = 0;
  std::string item = {};
};

std::string path_text(const std::vector<Step>& steps, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    const Step& step = steps[i];
    if (!step.key.empty()) {
      text = child_path(text, step.key);
    } else {
      text =
          step.item.empty() ? item_path(text, step.index) : fmt::format("{}[{}]", text, step.item);
    }
  }
  return text;
}

/// `a.b[3].c`; nothing if it is not a path.
std::optional<std::vector<Step>> parse_path(std::string_view path) {
  std::vector<Step> steps;
  std::size_t at = 0;
  while (at < path.size()) {
    if (path[at] == '[') {
      const std::size_t end = path.find(']', at);
      if (end == std::string_view::npos || steps.empty()) return std::nullopt;
      Step step;
      const std::string_view item = path.substr(at + 1, end - at - 1);
      const auto [stop, failure] =
          std::from_chars(item.data(), item.data() + item.size(), step.index);
      if (failure != std::errc() || stop != item.data() + item.size()) {
        if (item.empty() || std::isalpha(static_cast<unsigned char>(item.front())) == 0)
          return std::nullopt;
        step.item = item;
      }
      steps.push_back(step);
      at = end + 1;
      if (at < path.size() && path[at] == '.') {
        if (++at == path.size()) return std::nullopt;
      } else if (at < path.size() && path[at] != '[') {
        return std::nullopt;
      }
      continue;
    }
    const std::size_t end = std::min(path.find_first_of(".[", at), path.size());
    if (end == at) return std::nullopt;
    steps.push_back({std::string(path.substr(at, end - at)), 0});
    at = end;
    if (at < path.size() && path[at] == '.') {
      if (++at == path.size()) return std::nullopt;
    }
  }
  if (steps.empty()) return std::nullopt;
  return steps;
}

[[noreturn]] void refuse(const YamlPlace& where, const std::string& message) {
  throw ConfigError(
      {{Severity::Error, Origin{where.file ? *where.file : "", where.line, where.column, ""},
        message}});
}

std::vector<std::string> key_texts(const Yaml& mapping) {
  std::vector<std::string> texts;
  for (const YamlKey& key : mapping.keys) texts.push_back(key.text);
  return texts;
}

/// A path of one word is a param or a key of the top level.
void expand_short_name(const Yaml& root, std::vector<Step>& steps, const YamlPlace& where,
                       const OverrideNames& names) {
  if (steps.size() != 1) return;
  const std::string word = steps[0].key;
  const Yaml* params = root.find("params");
  if (params && params->index_of(word)) {
    steps.insert(steps.begin(), {"params", 0});
    return;
  }
  if (root.index_of(word) ||
      std::find(names.top_keys.begin(), names.top_keys.end(), word) != names.top_keys.end()) {
    return;
  }
  for (const std::string& path : names.paths) {
    if (path.ends_with("." + word))
      refuse(where, fmt::format("unknown path '{}': no param and no key of the top level has this "
                                "name; did you mean '{}'?",
                                printable(word), path));
  }
  std::vector<std::string> candidates = params ? key_texts(*params) : std::vector<std::string>{};
  candidates.insert(candidates.end(), names.top_keys.begin(), names.top_keys.end());
  refuse(where, fmt::format("unknown path '{}': no param and no key of the top level has this "
                            "name{}",
                            printable(word), suggestion(word, candidates)));
}

/// A new name where names are the user's is more likely a typing mistake than a wish.
void check_new_name(const Yaml& mapping, const std::vector<Step>& steps, std::size_t depth,
                    const YamlPlace& where, const OverrideNames& names) {
  if (depth != 1) return;
  const std::string& section = steps[0].key;
  const auto& sections = names.named_sections;
  if (std::find(sections.begin(), sections.end(), section) == sections.end()) return;
  const auto near = nearest_name(steps[1].key, key_texts(mapping));
  const bool last = steps.size() == 2;
  if (last && section != "params" && !near) return;
  const std::string hint =
      near ? fmt::format("; did you mean '{}.{}'?", section, printable(*near)) : "";
  refuse(where, fmt::format("unknown path '{}'{}", printable(path_text(steps, 2)), hint));
}

class PathSetter {
 public:
  PathSetter(const std::vector<Step>& steps, const YamlPlace& where, const OverrideNames& names)
      : steps_(steps), where_(where), names_(names) {}

  void set(Yaml& node, std::size_t depth, Yaml value) {
    if (depth == steps_.size()) {
      node = std::move(value);
    } else if (steps_[depth].key.empty()) {
      set_item(node, depth, std::move(value));
    } else {
      set_entry(node, depth, std::move(value));
    }
  }

 private:
  void set_item(Yaml& node, std::size_t depth, Yaml value) {
    const std::string path = printable(path_text(steps_, depth));
    if (!node.is_sequence()) {
      refuse(where_, fmt::format("unknown path '{}': {} is {}, not a list",
                                 printable(path_text(steps_, depth + 1)), path, described(node)));
    }
    const std::size_t index = index_of(node, depth, path);
    if (value.is_null() && depth + 1 == steps_.size()) {
      node.items.erase(node.items.begin() + static_cast<std::ptrdiff_t>(index));
    } else {
      set(node.items[index], depth + 1, std::move(value));
    }
  }

  std::size_t index_of(const Yaml& list, std::size_t depth, const std::string& path) const {
    const Step& step = steps_[depth];
    if (step.item.empty()) {
      if (step.index < list.items.size()) return step.index;
      refuse(where_, fmt::format("unknown path '{}[{}]': {} has {} items, counted from 0", path,
                                 step.index, path, list.items.size()));
    }
    const auto names = names_.items ? names_.items(list) : std::vector<std::string>{};
    const auto at = std::find(names.begin(), names.end(), step.item);
    if (at == names.end()) {
      refuse(where_, fmt::format("unknown path '{}[{}]'{}", path, printable(step.item),
                                 suggestion(step.item, names)));
    }
    return static_cast<std::size_t>(at - names.begin());
  }

  void set_entry(Yaml& node, std::size_t depth, Yaml value) {
    const std::string& key = steps_[depth].key;
    if (node.is_null() && value.is_null() && is_declared()) return;
    if (node.is_null()) node = Yaml::mapping(where_);
    if (!node.is_mapping()) {
      const std::string path = printable(path_text(steps_, depth));
      refuse(where_, fmt::format("unknown path '{}': {} is {}, not a mapping",
                                 printable(path_text(steps_, depth + 1)), path, described(node)));
    }
    if (value.is_null() && !node.index_of(key) && is_declared()) return;
    if (value.is_null() && depth + 1 == steps_.size()) {
      if (!node.index_of(key) && !is_replaced(node, depth)) {
        refuse(where_, fmt::format("unknown path '{}'{}", printable(path_text(steps_, depth + 1)),
                                   suggestion(key, key_texts(node))));
      }
      node.remove(key);
      return;
    }
    if (!node.index_of(key)) {
      check_new_name(node, steps_, depth, where_, names_);
      drop_rivals(node, depth);
      node.set({key, where_}, Yaml{});
    }
    set(*node.find(key), depth + 1, std::move(value));
  }

  /// Whether the path is a key of the language: removed where it is not, nothing changes.
  bool is_declared() const {
    const auto& known = steps_.size() == 1 ? names_.top_keys : names_.paths;
    return std::find(known.begin(), known.end(), path_text(steps_, steps_.size())) != known.end();
  }

  /// The keys that exclude the one at `depth`, itself among them; none for most.
  std::vector<std::string> rivals(std::size_t depth) const {
    if (!names_.rivals) return {};
    std::vector<std::string> path;
    for (std::size_t i = 0; i < depth; ++i) path.push_back(steps_[i].key);
    const std::vector<std::string> all = names_.rivals(path);
    const bool one = std::find(all.begin(), all.end(), steps_[depth].key) != all.end();
    return one ? all : std::vector<std::string>{};
  }

  void drop_rivals(Yaml& section, std::size_t depth) const {
    for (const std::string& rival : rivals(depth)) section.remove(rival);
  }

  /// Whether another key has taken the place of the one at `depth`.
  bool is_replaced(const Yaml& section, std::size_t depth) const {
    const std::vector<std::string> all = rivals(depth);
    return std::any_of(all.begin(), all.end(),
                       [&](const std::string& rival) { return section.index_of(rival); });
  }

  const std::vector<Step>& steps_;
  const YamlPlace& where_;
  const OverrideNames& names_;
};

/// Columns of a value count from the beginning of "path=value".
void shift_columns(Yaml& node, int columns) {
  const auto shift = [&](int line, int& column) {
    if (line == 1) column += columns;
  };
  shift(node.place.line, node.place.column);
  for (YamlKey& key : node.keys) shift(key.place.line, key.place.column);
  for (TextSegment& segment : node.segments) shift(segment.line, segment.column);
  for (Yaml& item : node.items) shift_columns(item, columns);
}

Yaml parse_shifted(std::string_view text, const std::string& file, int columns) {
  try {
    Yaml value = parse_yaml_value(text, file);
    shift_columns(value, columns);
    return value;
  } catch (const ConfigError& failure) {
    std::vector<Diagnostic> found = failure.diagnostics();
    for (Diagnostic& d : found) {
      if (d.origin.line == 1) d.origin.column += columns;
    }
    throw ConfigError(std::move(found));
  }
}

}  // namespace

void set_path(Yaml& root, std::string_view path, Yaml value, const YamlPlace& where,
              const OverrideNames& names) {
  auto steps = parse_path(path);
  if (!steps) {
    refuse(where, fmt::format("expected a path like train.steps or layers[3].conv, got '{}'",
                              printable(path)));
  }
  constexpr std::size_t kLongest = 64;
  if (steps->size() > kLongest) {
    refuse(where,
           fmt::format("expected a path of at most {} parts, got {}", kLongest, steps->size()));
  }
  expand_short_name(root, *steps, where, names);
  PathSetter(*steps, where, names).set(root, 0, std::move(value));
}

void apply_override(Yaml& root, const std::string& setting, const OverrideNames& names) {
  constexpr std::size_t kLongest = 65'536;
  if (setting.size() > kLongest) {
    throw Error(ExitCode::Usage,
                fmt::format("--set: expected at most {} bytes, got {}", kLongest, setting.size()));
  }
  const std::size_t equals = setting.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw Error(ExitCode::Usage,
                fmt::format("--set: expected path=value, got '{}'", printable(setting)));
  }
  if (setting.find_first_not_of(" \t", equals + 1) == std::string::npos) {
    const std::string path = printable(setting.substr(0, std::min(equals, kLongestShown)));
    throw Error(ExitCode::Usage,
                fmt::format("--set: expected a value after '{0}='; '{0}=~' removes it", path));
  }
  const bool is_long = setting.size() > kLongestShown;
  const std::string file =
      "--set " + printable(setting.substr(0, kLongestShown)) + (is_long ? "..." : "");
  const std::string_view text = std::string_view(setting).substr(equals + 1);
  const auto shown = printable(std::string_view(setting).substr(0, equals + 1));
  Yaml value = parse_shifted(text, file, static_cast<int>(shown.size()));
  const YamlPlace where{std::make_shared<const std::string>(file), 1, 1};
  set_path(root, std::string_view(setting).substr(0, equals), std::move(value), where, names);
}

}  // namespace agon
