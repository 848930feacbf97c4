#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "graphs/document/yaml.h"

namespace agon {

class KeyTable;

/// How a key's value is shaped around the table of its own keys, if it has one.
enum class Nesting {
  None,
  Section,        // {every: 10}
  NamedSections,  // {d: {...}, g: {...}}, names given by the user
  OneOrNamed,     // either of the two
  SectionList,    // [{...}, {...}]
  NamedValues,    // {latent: 100}, names given by the user; no table
};

/// What reading, documentation and the JSON schema need to know of a key, whatever its C++ type.
struct KeyFacts {
  std::string name;
  std::string type;                // "a whole number of at least 1", "one of shuffle, order"
  std::vector<std::string> words;  // the values allowed, where they are words
  std::string schema;              // JSON Schema of the value; a section is a "$ref"
  std::string doc;
  bool required = false;
  Nesting nesting = Nesting::None;
  const KeyTable* keys = nullptr;
};

/// The keys of one section, in the order documented.
class KeyTable {
 public:
  KeyTable(std::string section, std::string doc)
      : section_(std::move(section)), doc_(std::move(doc)) {}

  const std::string& section() const { return section_; }
  const std::string& doc() const { return doc_; }
  const std::vector<KeyFacts>& facts() const { return facts_; }
  /// The key that a lone scalar or list is the value of (`dense: 10` is {units: 10}), or "".
  const std::string& argument() const { return argument_; }
  /// Keys of which a section has at most one, such as steps and epochs: setting one in a file that
  /// extends another, or with --set, takes the place of the other.
  const std::vector<std::string>& rivals() const { return rivals_; }
  const KeyFacts* find(std::string_view name) const;

 protected:
  std::string section_;
  std::string doc_;
  std::string argument_;
  std::vector<std::string> rivals_;
  std::vector<KeyFacts> facts_;
};

/// What goes along while reading: where errors are collected, and the table of the whole file, so
/// that a key in the wrong place can be told where it belongs.
struct KeyReader {
  Diagnostics& diagnostics;
  const KeyTable* root = nullptr;
};

/// How a value of type X is read. `read` reports what is wrong to the reader and returns nothing.
template <class X>
struct Form {
  using Type = X;
  std::string type;
  std::vector<std::string> words;
  /// JSON Schema of how the value is written; nothing said by default.
  std::string schema = "{}";
  std::function<std::optional<X>(const Yaml& value, const std::string& path, KeyReader& reader)>
      read;
  Nesting nesting = Nesting::None;
  const KeyTable* keys = nullptr;
};

/// A key of section T: its facts and how it is stored.
template <class T>
struct Key {
  KeyFacts facts;
  std::function<void(const Yaml& value, const std::string& path, KeyReader& reader, T& into)> store;

  Key required() && {
    facts.required = true;
    return std::move(*this);
  }
};

/// Declares a key of T. An optional member stays empty when the key is absent, any other keeps the
/// value T gives it.
template <class T, class X>
Key<T> key(const std::string& name, X T::*member, const std::string& doc, const Form<X>& form);
template <class T, class X>
Key<T> key(const std::string& name, std::optional<X> T::*member, const std::string& doc,
           const Form<X>& form);

/// The strict table of a section which reads into a T. Declared once, as a function's static:
///
///   const Keys<CheckpointSection>& checkpoint_keys() {
///     static const Keys<CheckpointSection> keys(
///         "checkpoint", "when the state is saved",
///         {key("every", &CheckpointSection::every, "steps between saves", whole(1)),
///          key("keep", &CheckpointSection::keep, "how many of the newest stay", whole(1))});
///     return keys;
///   }
template <class T>
class Keys : public KeyTable {
 public:
  using Check = std::function<void(T& section, const Yaml& value, const std::string& path,
                                   KeyReader& reader)>;

  Keys(std::string section, std::string doc, std::vector<Key<T>> keys);

  /// Names the key a lone scalar or list stands for.
  Keys argument(const std::string& key) &&;
  /// Names the keys that take each other's place.
  Keys rivals(std::vector<std::string> keys) &&;
  /// Where T keeps the origin of the section.
  Keys origin(Origin T::*member) &&;
  /// Runs after a section was read, for what one key cannot say.
  Keys check(Check check) &&;

  /// Reads a mapping (or the lone argument). Reports unknown keys ("unknown key 'evry' in
  /// checkpoint; did you mean 'every'?", "it belongs under train.log"), missing and mistyped ones,
  /// and goes on: what could not be read keeps its default.
  T read(const Yaml& value, const std::string& path, KeyReader& reader) const;

 private:
  std::vector<Key<T>> keys_;
  Origin T::*origin_ = nullptr;
  Check check_;
};

/// The table of the section at `path` below `root` ({"optimizers", "d"}), or nullptr where there is
/// none. Of one section or several by name, {"data"} and {"data", "a"} are both.
const KeyTable* table_at(const KeyTable& root, std::span<const std::string> path);

/// Every key path under `root`: "train.log.every"; `*` stands for a name of the user's and [] for
/// an item ("optimizers.*.adam.lr", "train.stages[].steps").
std::vector<std::string> declared_paths(const KeyTable& root);

/// The keys as Markdown tables, one for each section, for docs/language.md.
std::string keys_markdown(const KeyTable& root);

/// Reports `key` (at `origin`, whose path is the key's own) as unknown in `table`, with what may
/// have been meant.
void report_unknown_key(const KeyTable& table, const std::string& key, const Origin& origin,
                        KeyReader& reader);
/// Reports "expected a list, got 'x'" at `value`.
void report_mistyped(const std::string& expected, const Yaml& value, const std::string& path,
                     KeyReader& reader);

}  // namespace agon

#include "graphs/keys/keys_inline.h"
