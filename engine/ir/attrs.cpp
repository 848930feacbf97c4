#include "engine/ir/attrs.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "engine/base/text.h"

namespace agon::attr_text {

std::string print(bool value) {
  return value ? "true" : "false";
}

std::string print(std::int64_t value) {
  return fmt::format("{}", value);
}

std::string print(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  if (value == 0 && std::signbit(value)) return "-0.0";
  return number_text(value);
}

std::string print(const std::string& value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return text + "\"";
}

std::string print(DType value) {
  return std::string(name_of(value));
}

std::string print(const Shape& value) {
  return to_text(value);
}

std::string print(const std::vector<std::int64_t>& value) {
  return list_text(value);
}

std::string print(const std::vector<double>& value) {
  std::vector<std::string> parts;
  parts.reserve(value.size());
  for (const double v : value) parts.push_back(print(v));
  return "[" + joined(parts) + "]";
}

namespace {
[[noreturn]] void refuse(std::string_view text, std::string_view expected) {
  throw GraphError(fmt::format("expected {}, got '{}'", expected, text));
}

template <class T>
void parse_list(std::string_view text, std::vector<T>& value) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') refuse(text, "a list");
  value.clear();
  text = text.substr(1, text.size() - 2);
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view item = text.substr(0, comma);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    T parsed{};
    parse(item, parsed);
    value.push_back(parsed);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
}
}  // namespace

void parse(std::string_view text, bool& value) {
  if (text != "true" && text != "false") refuse(text, "true or false");
  value = text == "true";
}

void parse(std::string_view text, std::int64_t& value) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) refuse(text, "a whole number");
}

void parse(std::string_view text, double& value) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) refuse(text, "a number");
}

void parse(std::string_view text, std::string& value) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"')
    refuse(text, "a text in quotes");
  value.clear();
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    const bool escaped = text[i] == '\\' && i + 2 < text.size();
    if (escaped) ++i;
    value += escaped && text[i] == 'n' ? '\n' : text[i];
  }
}

void parse(std::string_view text, DType& value) {
  const auto dtype = dtype_named(text);
  if (!dtype) refuse(text, "f32, f64 or i32");
  value = *dtype;
}

void parse(std::string_view text, Shape& value) {
  std::vector<std::int64_t> sizes;
  parse_list(text, sizes);
  value = Shape(sizes);
}

void parse(std::string_view text, std::vector<std::int64_t>& value) {
  parse_list(text, value);
}

void parse(std::string_view text, std::vector<double>& value) {
  parse_list(text, value);
}

std::vector<std::pair<std::string, std::string>> split(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> items;
  if (text.empty()) return items;
  if (text.size() < 2 || text.front() != '{' || text.back() != '}')
    refuse(text, "attributes in braces");
  text = text.substr(1, text.size() - 2);
  while (!text.empty()) {
    const std::size_t colon = text.find(": ");
    if (colon == std::string_view::npos) refuse(text, "name: value");
    std::size_t end = colon + 2;
    int depth = 0;
    bool quoted = false;
    for (; end < text.size() && (depth > 0 || quoted || text[end] != ','); ++end) {
      if (quoted && text[end] == '\\') {
        ++end;  // what it stands before ends nothing
        continue;
      }
      if (text[end] == '"') quoted = !quoted;
      if (!quoted && text[end] == '[') ++depth;
      if (!quoted && text[end] == ']') --depth;
    }
    items.emplace_back(text.substr(0, colon), text.substr(colon + 2, end - colon - 2));
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return items;
}

}  // namespace agon::attr_text
