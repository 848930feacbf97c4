#include "graphs/document/yaml.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"

namespace agon {

Yaml Yaml::scalar(std::string text, YamlPlace place) {
  Yaml node;
  node.kind = YamlKind::Scalar;
  node.text = std::move(text);
  node.place = std::move(place);
  return node;
}

Yaml Yaml::mapping(YamlPlace place) {
  Yaml node;
  node.kind = YamlKind::Mapping;
  node.place = std::move(place);
  return node;
}

Yaml Yaml::sequence(YamlPlace place) {
  Yaml node;
  node.kind = YamlKind::Sequence;
  node.place = std::move(place);
  return node;
}

std::optional<std::size_t> Yaml::index_of(std::string_view key) const {
  const auto at = std::find_if(keys.begin(), keys.end(),
                               [&](const YamlKey& candidate) { return candidate.text == key; });
  if (at == keys.end()) return std::nullopt;
  return static_cast<std::size_t>(at - keys.begin());
}

const Yaml* Yaml::find(std::string_view key) const {
  const auto index = index_of(key);
  return index ? &items[*index] : nullptr;
}

Yaml* Yaml::find(std::string_view key) {
  const auto index = index_of(key);
  return index ? &items[*index] : nullptr;
}

void Yaml::set(YamlKey key, Yaml value) {
  if (const auto index = index_of(key.text)) {
    keys[*index] = std::move(key);
    items[*index] = std::move(value);
    return;
  }
  keys.push_back(std::move(key));
  items.push_back(std::move(value));
}

void Yaml::remove(std::string_view key) {
  if (const auto index = index_of(key)) {
    keys.erase(keys.begin() + static_cast<std::ptrdiff_t>(*index));
    items.erase(items.begin() + static_cast<std::ptrdiff_t>(*index));
  }
}

namespace {
Origin origin_of(const YamlPlace& place, const std::string& path) {
  return {place.file ? *place.file : "", place.line, place.column, path};
}

int code_points(std::string_view text) {
  return static_cast<int>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}
}  // namespace

Origin Yaml::origin(const std::string& path) const {
  return origin_of(place, path);
}

Origin Yaml::key_origin(std::size_t index, const std::string& path) const {
  return origin_of(keys[index].place, path);
}

Origin Yaml::origin_at(std::size_t offset, const std::string& path) const {
  Origin origin = origin_of(place, path);
  std::size_t begin = 0;
  for (const TextSegment& segment : segments) {
    if (segment.offset > offset) break;
    begin = segment.offset;
    origin.line = segment.line;
    origin.column = segment.column;
  }
  if (origin.known() && begin <= offset && begin <= text.size()) {
    origin.column += code_points(std::string_view(text).substr(begin, offset - begin));
  }
  return origin;
}

std::string child_path(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

std::string item_path(const std::string& path, std::size_t index) {
  return fmt::format("{}[{}]", path, index);
}

bool same_content(const Yaml& a, const Yaml& b) {
  const auto same_key = [](const YamlKey& x, const YamlKey& y) { return x.text == y.text; };
  return a.kind == b.kind && a.text == b.text &&
         std::equal(a.keys.begin(), a.keys.end(), b.keys.begin(), b.keys.end(), same_key) &&
         std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), same_content);
}

std::string described(const Yaml& node) {
  constexpr std::size_t kShown = 40;
  switch (node.kind) {
    case YamlKind::Null:
      return "nothing";
    case YamlKind::Sequence:
      return "a list";
    case YamlKind::Mapping:
      return "a mapping";
    case YamlKind::Scalar:
      break;
  }
  if (node.text.size() <= kShown) return fmt::format("'{}'", printable(node.text));
  std::size_t cut = kShown;
  while (cut > 0 && (node.text[cut] & 0xC0) == 0x80) --cut;
  return fmt::format("'{}...'", printable(std::string_view(node.text).substr(0, cut)));
}

}  // namespace agon
