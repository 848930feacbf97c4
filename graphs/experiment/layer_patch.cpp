#include "graphs/experiment/layer_patch.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "engine/base/text.h"
#include "graphs/document/suggestion.h"
#include "graphs/keys/layer_item.h"

namespace agon {

namespace {

/// What happens around one item of the list.
struct Change {
  std::vector<Yaml> before;
  std::vector<Yaml> after;
  std::optional<std::vector<Yaml>> instead;
  std::string why;  // "replace fc"; empty while it stays
};

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 12;
  const std::size_t count = std::min(names.size(), kShown);
  return joined(std::span(names).first(count)) + (names.size() > kShown ? ", ..." : "");
}

class Patching {
 public:
  Patching(const Yaml& list, const std::string& path, Diagnostics& diagnostics)
      : list_(list),
        path_(path),
        diagnostics_(diagnostics),
        names_(layer_names(list)),
        changes_(list.items.size()) {}

  void apply(const YamlKey& key, const Yaml& value) {
    const Origin origin = Yaml::scalar(key.text, key.place).origin(path_);
    if (key.text == "remove") return remove(value);
    const std::size_t blank = key.text.find(' ');
    const std::string verb = key.text.substr(0, blank);
    const std::size_t name_at = key.text.find_first_not_of(' ', blank);
    if (name_at == std::string::npos ||
        std::find(kVerbs.begin(), kVerbs.end(), verb) == kVerbs.end()) {
      const std::vector<std::string> verbs(kVerbs.begin(), kVerbs.end());
      diagnostics_.error(
          origin, fmt::format("expected 'after NAME', 'before NAME', 'replace NAME' or 'remove', "
                              "got '{}'{}",
                              printable(key.text), suggestion(verb, verbs)));
      return;
    }
    const auto at = find(key.text.substr(name_at), origin);
    const auto layers = layers_in(value, child_path(path_, key.text));
    if (!at || !layers) return;
    if (verb == "replace") return replace(*at, *layers, key.text, origin);
    auto& place = verb == "after" ? changes_[*at].after : changes_[*at].before;
    place.insert(place.end(), layers->begin(), layers->end());
  }

  Yaml result() const {
    Yaml result = Yaml::sequence(list_.place);
    const auto add = [&](const std::vector<Yaml>& layers) {
      result.items.insert(result.items.end(), layers.begin(), layers.end());
    };
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      add(changes_[i].before);
      if (changes_[i].instead) {
        add(*changes_[i].instead);
      } else {
        result.items.push_back(list_.items[i]);
      }
      add(changes_[i].after);
    }
    return result;
  }

 private:
  static constexpr std::array<std::string_view, 3> kVerbs = {"after", "before", "replace"};

  std::optional<std::size_t> find(const std::string& name, const Origin& origin) {
    const auto at = std::find(names_.begin(), names_.end(), name);
    if (at == names_.end()) {
      const std::string near = suggestion(name, names_);
      diagnostics_.error(origin,
                         fmt::format("no layer '{}' to change{}", printable(name),
                                     near.empty() ? "; there are " + listed(names_) : near));
      return std::nullopt;
    }
    if (std::count(names_.begin(), names_.end(), name) > 1) {
      diagnostics_.error(
          origin, fmt::format("'{}' names several layers; give the whole list", printable(name)));
      return std::nullopt;
    }
    return static_cast<std::size_t>(at - names_.begin());
  }

  std::optional<std::vector<Yaml>> layers_in(const Yaml& value, const std::string& path) {
    if (value.is_sequence()) return value.items;
    if (!value.is_null()) return std::vector<Yaml>{value};
    diagnostics_.error(value.origin(path), "expected a layer or a list of layers, got nothing");
    return std::nullopt;
  }

  void remove(const Yaml& value) {
    const std::string path = child_path(path_, "remove");
    const auto names = value.is_sequence() ? value.items : std::vector<Yaml>{value};
    for (const Yaml& name : names) {
      if (!name.is_scalar()) {
        diagnostics_.error(name.origin(path),
                           fmt::format("expected a layer's name, got {}", described(name)));
      } else if (const auto at = find(name.text, name.origin(path))) {
        replace(*at, {}, "remove " + name.text, name.origin(path));
      }
    }
  }

  void replace(std::size_t at, std::vector<Yaml> layers, const std::string& why,
               const Origin& origin) {
    Change& change = changes_[at];
    if (change.instead) {
      diagnostics_.error(origin, fmt::format("'{}' and '{}' exclude each other", change.why, why));
      return;
    }
    change.instead = std::move(layers);
    change.why = why;
  }

  const Yaml& list_;
  const std::string& path_;
  Diagnostics& diagnostics_;
  std::vector<std::string> names_;
  std::vector<Change> changes_;
};

}  // namespace

Yaml patched_layers(const Yaml& list, const Yaml& patch, const std::string& path,
                    Diagnostics& diagnostics) {
  Patching patching(list, path, diagnostics);
  for (std::size_t i = 0; i < patch.keys.size(); ++i) patching.apply(patch.keys[i], patch.items[i]);
  return patching.result();
}

}  // namespace agon
