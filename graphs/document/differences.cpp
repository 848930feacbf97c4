#include "graphs/document/differences.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/base/text.h"

namespace agon {

namespace {
/// A value in few words.
std::string brief(const Yaml& value) {
  constexpr std::size_t kMost = 40;
  if (value.is_null()) return "~";
  if (value.is_sequence()) return fmt::format("a list of {}", value.items.size());
  if (value.is_mapping()) return fmt::format("a mapping of {}", value.items.size());
  const std::string text = printable(value.text);
  return text.size() <= kMost ? text : text.substr(0, kMost) + "...";
}

class Comparison {
 public:
  void compare(const Yaml& before, const Yaml& after, const std::string& path) {
    if (before.is_mapping() && after.is_mapping()) return compare_keys(before, after, path);
    if (before.is_sequence() && after.is_sequence()) return compare_items(before, after, path);
    if (!same_content(before, after))
      found.push_back(fmt::format("{}: {} became {}", path, brief(before), brief(after)));
  }

  std::vector<std::string> found;

 private:
  void compare_keys(const Yaml& before, const Yaml& after, const std::string& path) {
    for (std::size_t i = 0; i < before.keys.size(); ++i) {
      const std::string inner = child_path(path, before.keys[i].text);
      const Yaml* other = after.find(before.keys[i].text);
      if (other == nullptr) {
        found.push_back(inner + " is gone");
      } else {
        compare(before.items[i], *other, inner);
      }
    }
    for (const YamlKey& key : after.keys) {
      if (before.find(key.text) == nullptr) found.push_back(child_path(path, key.text) + " is new");
    }
  }

  void compare_items(const Yaml& before, const Yaml& after, const std::string& path) {
    const std::size_t both = std::min(before.items.size(), after.items.size());
    for (std::size_t i = 0; i < both; ++i)
      compare(before.items[i], after.items[i], item_path(path, i));
    for (std::size_t i = both; i < before.items.size(); ++i)
      found.push_back(item_path(path, i) + " is gone");
    for (std::size_t i = both; i < after.items.size(); ++i)
      found.push_back(item_path(path, i) + " is new");
  }
};
}  // namespace

std::vector<std::string> differences(const Yaml& before, const Yaml& after) {
  Comparison comparison;
  comparison.compare(before, after, "");
  return std::move(comparison.found);
}

}  // namespace agon
