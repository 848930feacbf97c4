#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/origin.h"

namespace agon {

enum class YamlKind { Null, Scalar, Sequence, Mapping };

/// Where a node was written. The file name is shared by all nodes of a file (a tree may have
/// 100,000 of them); null for nodes the program made.
struct YamlPlace {
  std::shared_ptr<const std::string> file;
  int line = 0;    // from 1
  int column = 0;  // from 1, in characters (code points)
};

struct YamlKey {
  std::string text;
  YamlPlace place;
};

/// Says that the character at `offset` of a scalar's text stands at `line`, `column` of the file.
struct TextSegment {
  std::size_t offset = 0;
  int line = 0;
  int column = 0;
};

/// A node of a YAML file with its position. Aliases are already copied, tags never occur, keys are
/// unique within their mapping. A value type: copying copies the subtree.
struct Yaml {
  YamlKind kind = YamlKind::Null;
  std::string text;                   // Scalar: its text, quotes and escapes resolved
  bool quoted = false;                // Scalar: written with quotes or as a block scalar
  YamlPlace place;                    // where the value begins (its opening quote or bracket)
  std::vector<YamlKey> keys;          // Mapping: in the order written; keys[i] names items[i]
  std::vector<Yaml> items;            // Mapping: the values; Sequence: the items
  std::vector<TextSegment> segments;  // Scalar: where its lines begin in the file

  static Yaml scalar(std::string text, YamlPlace place = {});
  static Yaml mapping(YamlPlace place = {});
  static Yaml sequence(YamlPlace place = {});

  bool is_null() const { return kind == YamlKind::Null; }
  bool is_scalar() const { return kind == YamlKind::Scalar; }
  bool is_sequence() const { return kind == YamlKind::Sequence; }
  bool is_mapping() const { return kind == YamlKind::Mapping; }

  /// Position of a key in `keys`; nothing if absent or not a mapping.
  std::optional<std::size_t> index_of(std::string_view key) const;
  /// The value under `key`, or nullptr.
  const Yaml* find(std::string_view key) const;
  Yaml* find(std::string_view key);
  /// Sets or appends an entry of a mapping.
  void set(YamlKey key, Yaml value);
  /// Removes an entry of a mapping, if there.
  void remove(std::string_view key);

  /// The value's position; `path` is its dotted path, known to who walks the tree.
  Origin origin(const std::string& path = "") const;
  /// The position of key `index` of a mapping.
  Origin key_origin(std::size_t index, const std::string& path = "") const;
  /// The position of byte `offset` of a scalar's text; exact unless escapes precede it in the same
  /// line.
  Origin origin_at(std::size_t offset, const std::string& path = "") const;
};

/// "train" + "steps" = "train.steps"; "" + "steps" = "steps".
std::string child_path(const std::string& path, std::string_view key);
/// "layers" + 3 = "layers[3]".
std::string item_path(const std::string& path, std::size_t index);

/// Equal kinds, texts, keys (in order) and items; positions and quoting do not count.
bool same_content(const Yaml& a, const Yaml& b);

/// A node as an error message shows it: "'text'" (shortened), "a list", "a mapping", "nothing".
std::string described(const Yaml& node);

}  // namespace agon
