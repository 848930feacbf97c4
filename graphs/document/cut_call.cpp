#include "graphs/document/cut_call.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"

namespace agon {

namespace {

/// The file's text from `begin` to where its brackets balance, in one line; "" if they do not
/// within a few lines.
std::string balanced_text(std::string_view file, std::size_t begin) {
  constexpr std::size_t kLongest = 400;
  std::string text;
  std::string closers;  // of the brackets open so far
  bool opened = false;
  for (std::size_t at = begin; at < std::min(file.size(), begin + kLongest); ++at) {
    const char c = file[at];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      if (!text.ends_with(' ')) text += ' ';
      continue;
    }
    const bool closes = c == ')' || c == ']' || c == '}';
    if (opened && closers.empty() && (c == ',' || closes || c == '#')) break;
    if (c == '"' || c == '\'') return "";
    text += c;
    if (c == '(' || c == '[' || c == '{') {
      closers += c == '(' ? ')' : c == '[' ? ']' : '}';
      opened = true;
    } else if (closes) {
      if (!closers.ends_with(c)) return "";
      closers.pop_back();
    }
  }
  if (!closers.empty()) return "";
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

}  // namespace

std::optional<std::string> cut_call_message(std::string_view file, std::string_view scalar,
                                            std::size_t begin, std::size_t end) {
  if (std::count(scalar.begin(), scalar.end(), '(') <=
      std::count(scalar.begin(), scalar.end(), ')')) {
    return std::nullopt;
  }
  const std::size_t next = file.find_first_not_of(" \t\r\n", end);
  if (next == std::string_view::npos) return std::nullopt;
  const char c = file[next];
  if (c != ',' && c != '[' && c != '{' && c != ']') return std::nullopt;
  const std::string whole = balanced_text(file, begin);
  return fmt::format("YAML ends '{}' at the {}; write {} or one key per line", printable(scalar),
                     c == ',' ? "comma" : "bracket",
                     whole.empty() ? "it in quotes" : fmt::format("\"{}\"", printable(whole)));
}

}  // namespace agon
