#include "graphs/keys/form_schema.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"

namespace agon::schema {

namespace {
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump();
}
}  // namespace

std::string of_type(const std::string& type) {
  return fmt::format(R"({{"type": {}}})", quoted(type));
}

std::string text() {
  return R"({"type": ["string", "number", "boolean"]})";
}

std::string pattern(const std::string& expression) {
  return fmt::format(R"({{"type": "string", "pattern": {}}})", quoted(expression));
}

std::string words(const std::vector<std::string>& words) {
  std::vector<std::string> texts;
  for (const std::string& word : words) texts.push_back(quoted(word));
  return fmt::format(R"({{"enum": [{}]}})", joined(texts));
}

std::string number(const Range& range) {
  std::string schema = R"({"type": "number")";
  if (std::isfinite(range.low)) {
    schema += fmt::format(R"(, "{}": {})", range.low_open ? "exclusiveMinimum" : "minimum",
                          number_text(range.low));
  }
  if (std::isfinite(range.high)) {
    schema += fmt::format(R"(, "{}": {})", range.high_open ? "exclusiveMaximum" : "maximum",
                          number_text(range.high));
  }
  return schema + "}";
}

std::string whole(std::int64_t low, std::int64_t high) {
  const bool bounded = high != std::numeric_limits<std::int64_t>::max();
  return fmt::format(R"({{"type": "integer", "minimum": {}{}}})", low,
                     bounded ? fmt::format(R"(, "maximum": {})", high) : "");
}

std::string reference(const std::string& definition) {
  return fmt::format(R"({{"$ref": {}}})", quoted("#/$defs/" + definition));
}

std::string expression() {
  return reference("expression");
}

std::string list(const std::string& item, std::size_t low, std::size_t high) {
  constexpr std::size_t kMany = 1000;  // a limit nobody meets is not worth saying
  const std::string most = high < kMany ? fmt::format(R"(, "maxItems": {})", high) : "";
  return fmt::format(R"({{"type": "array", "items": {}, "minItems": {}{}}})", item, low, most);
}

std::string either(const std::vector<std::string>& schemas) {
  return fmt::format(R"({{"anyOf": [{}]}})", joined(schemas));
}

std::string named(const std::string& value) {
  return fmt::format(R"({{"type": "object", "additionalProperties": {}}})", value);
}

std::string named_beside(const std::string& key, const std::string& schema,
                         const std::string& value) {
  return fmt::format(
      R"({{"type": "object", "properties": {{{}: {}}}, "additionalProperties": {}}})", quoted(key),
      schema, value);
}

}  // namespace agon::schema
