#include "graphs/experiment/merge_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "graphs/document/suggestion.h"
#include "graphs/experiment/layer_patch.h"
#include "graphs/keys/sections.h"

namespace agon {

namespace {

using Path = std::vector<std::string>;

std::string text_of(const Path& path) {
  return joined(path, ".");
}

Path below(Path path, const std::string& key) {
  path.push_back(key);
  return path;
}

/// Whether a layer list belongs here: a block, a network's layers, or one of its outputs.
bool is_layer_list(const Path& path) {
  if (path.size() == 2) return path[0] == "blocks";
  if (path.size() < 3 || path[0] != "networks") return false;
  return path.size() == 3 ? path[2] == "layers" : path.size() == 4 && path[2] == "outputs";
}

/// Whether one section, or several by name, belongs here and the two have different forms.
bool differ_in_form(const Yaml& a, const Yaml& b, const Path& path) {
  if (path.size() != 1) return false;
  const KeyFacts* facts = experiment_keys().find(path[0]);
  if (facts == nullptr || facts->nesting != Nesting::OneOrNamed) return false;
  return is_one_section(*facts->keys, a) != is_one_section(*facts->keys, b);
}

/// `up` of a block's `up(filters)`; any other key as it is.
std::string_view identity(std::string_view key, const Path& path) {
  if (path != Path{"blocks"}) return key;
  return key.substr(0, key.find_first_of(" ("));
}

const Yaml* child(const Yaml& mapping, std::string_view key, const Path& path, std::size_t* index) {
  for (std::size_t i = 0; i < mapping.keys.size(); ++i) {
    if (identity(mapping.keys[i].text, path) != identity(key, path)) continue;
    if (index != nullptr) *index = i;
    return &mapping.items[i];
  }
  return nullptr;
}

std::vector<std::string> key_texts(const Yaml& mapping) {
  std::vector<std::string> texts;
  for (const YamlKey& key : mapping.keys) texts.push_back(key.text);
  return texts;
}

/// The keys of `result` that `key`, set in `file`, takes the place of.
void drop_rivals(Yaml& result, const Yaml& file, const std::string& key, const Path& path) {
  const KeyTable* table = table_at(experiment_keys(), path);
  if (table == nullptr) return;
  const std::vector<std::string>& rivals = table->rivals();
  if (std::find(rivals.begin(), rivals.end(), key) == rivals.end()) return;
  for (const std::string& rival : rivals) {
    if (rival != key && !file.index_of(rival)) result.remove(rival);
  }
}

class Putting {
 public:
  explicit Putting(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  Yaml put(const Yaml& base, const Yaml& file, const Path& path) {
    if (!file.is_mapping()) return file;
    if (is_layer_list(path)) return changed_layers(base, file, path);
    const bool merges = base.is_mapping() && !differ_in_form(base, file, path);
    Yaml result = merges ? base : Yaml::mapping(file.place);
    for (std::size_t i = 0; i < file.keys.size(); ++i) {
      put_entry(result, file.keys[i], file.items[i], path);
    }
    for (std::size_t i = 0; i < file.keys.size(); ++i) {
      if (!file.items[i].is_null()) drop_rivals(result, file, file.keys[i].text, path);
    }
    return result;
  }

 private:
  Yaml changed_layers(const Yaml& base, const Yaml& file, const Path& path) {
    if (base.is_sequence()) return patched_layers(base, file, text_of(path), diagnostics_);
    diagnostics_.error(
        file.origin(text_of(path)),
        "expected a list of layers: no file that this one extends has one to change here");
    return Yaml::sequence(file.place);
  }

  void put_entry(Yaml& result, const YamlKey& key, const Yaml& value, const Path& path) {
    std::size_t index = 0;
    const Yaml* old = child(result, key.text, path, &index);
    const Path here = below(path, key.text);
    // under quick a new `~` is a setting like another, applied with it
    if (value.is_null() && (old != nullptr || path != Path{"quick"})) {
      if (old == nullptr) {
        diagnostics_.error(
            Yaml::scalar(key.text, key.place).origin(text_of(here)),
            fmt::format("'{}: ~' removes nothing: no file that this one extends has "
                        "this key{}",
                        printable(key.text), suggestion(key.text, key_texts(result))));
      } else {
        result.remove(std::string(result.keys[index].text));
      }
      return;
    }
    Yaml merged = put(old == nullptr ? Yaml{} : *old, value, here);
    if (old == nullptr) {
      result.set(key, std::move(merged));
    } else {
      if (!value.is_mapping()) result.keys[index] = key;
      result.items[index] = std::move(merged);
    }
  }

  Diagnostics& diagnostics_;
};

class Joining {
 public:
  Joining(const std::string& file, Diagnostics& diagnostics)
      : file_(file), diagnostics_(diagnostics) {}

  /// `over`: what the file itself has here, or nullptr.
  Yaml join(const Yaml& a, const Yaml& b, const Yaml* over, const Path& path) {
    const bool settled = over != nullptr && !over->is_mapping();
    if (settled || same_content(a, b)) return a;
    if (!a.is_mapping() || !b.is_mapping() || is_layer_list(path) || differ_in_form(a, b, path)) {
      diagnostics_.error(
          b.origin(text_of(path)),
          fmt::format("{} here, {} at {}; '{}' extends both and must say which", described(b),
                      described(a), to_text(a.origin()), printable(file_)));
      return a;
    }
    Yaml result = a;
    for (std::size_t i = 0; i < b.keys.size(); ++i) {
      const std::string& key = b.keys[i].text;
      std::size_t index = 0;
      const Yaml* other = child(result, key, path, &index);
      if (other == nullptr) {
        result.set(b.keys[i], b.items[i]);
        continue;
      }
      const Yaml* own = over == nullptr ? nullptr : child(*over, key, path, nullptr);
      result.items[index] = join(*other, b.items[i], own, below(path, key));
    }
    return result;
  }

 private:
  const std::string& file_;
  Diagnostics& diagnostics_;
};

}  // namespace

Yaml put_on(const Yaml& base, const Yaml& file, Diagnostics& diagnostics) {
  return Putting(diagnostics).put(base, file, {});
}

Yaml joined_parts(const Yaml& a, const Yaml& b, const Yaml& file, Diagnostics& diagnostics) {
  const std::string name = file.place.file ? *file.place.file : "";
  return Joining(name, diagnostics).join(a, b, &file, {});
}

}  // namespace agon
