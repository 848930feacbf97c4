#pragma once
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graphs/document/yaml.h"

namespace agon {

/// What short and wrong paths are compared with.
struct OverrideNames {
  std::vector<std::string> top_keys;        // every key the top level may have
  std::vector<std::string> named_sections;  // sections whose keys are the user's own names
  std::vector<std::string> paths = {};      // every key that has one place: train.steps
  /// Keys of the section at a path that take each other's place.
  std::function<std::vector<std::string>(std::span<const std::string>)> rivals = {};
  /// Names of a list's items, for `layers[conv1]`.
  std::function<std::vector<std::string>(const Yaml&)> items = {};
};

/// Applies "path=value" (a `--set` argument). The value is YAML in flow style; `~` removes. New
/// nodes have the origin file "--set path=value". Throws Error(Usage) for a malformed setting and
/// ConfigError for an unknown path, with the nearest path.
void apply_override(Yaml& root, const std::string& setting, const OverrideNames& names);

/// Puts `value` at `path` (`a.b[3].c` or, of an item with a name, `layers[conv1].c`; a path of one
/// word that is a param means params.<word>); a Null value removes; of the
/// language's own keys also one that is not there. Keys on the way that are absent
/// are made, so that the strict reading of keys judges them; but a name in one of `named_sections`
/// must exist or resemble no name there (params: must exist), and an item must exist. A key that
/// excludes others takes their place. `where` is the origin of the path in errors.
void set_path(Yaml& root, std::string_view path, Yaml value, const YamlPlace& where,
              const OverrideNames& names);

}  // namespace agon
