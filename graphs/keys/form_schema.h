#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "graphs/keys/values.h"

/// Pieces of JSON Schema (draft 2020-12), as text, of which forms make theirs.
namespace agon::schema {

/// {"type": "boolean"}.
std::string of_type(const std::string& type);
/// A text; YAML may take it for a number or a boolean.
std::string text();
/// A text of a form.
std::string pattern(const std::string& expression);
std::string words(const std::vector<std::string>& words);
std::string number(const Range& range);
std::string whole(std::int64_t low, std::int64_t high);
/// Definitions of the schema of a whole file: an expression, layers, a section by its name.
std::string reference(const std::string& definition);
std::string expression();
std::string list(const std::string& item, std::size_t low, std::size_t high);
std::string either(const std::vector<std::string>& schemas);
/// A mapping from names of the user's.
std::string named(const std::string& value);
/// The same with a key of the language among the names.
std::string named_beside(const std::string& key, const std::string& schema,
                         const std::string& value);

}  // namespace agon::schema
