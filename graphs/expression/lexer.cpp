#include "graphs/expression/lexer.h"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace agon {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// Everything glued to a number, so that `1e-4`, `1_000`, and as a whole `0x10`, `8x8` are seen.
std::size_t number_end(std::string_view text, std::size_t begin) {
  std::size_t end = begin;
  while (end < text.size()) {
    const char c = text[end];
    const bool sign = (c == '-' || c == '+') && end > begin &&
                      (text[end - 1] == 'e' || text[end - 1] == 'E') && end + 1 < text.size() &&
                      is_digit(text[end + 1]);
    if (!is_digit(c) && !is_letter(c) && c != '.' && !sign) break;
    ++end;
  }
  return end;
}

std::optional<std::string_view> sign_at(std::string_view text, std::size_t at) {
  static constexpr std::array<std::string_view, 18> kSigns = {
      "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "^", "(", ")", "[", "]", ",", ".", "="};
  for (const std::string_view sign : kSigns) {
    if (text.substr(at).starts_with(sign)) return text.substr(at, sign.size());
  }
  return std::nullopt;
}

std::string unexpected(std::string_view text, std::size_t at) {
  const std::size_t length = std::max<std::size_t>(utf8_length(text, at), 1);
  const std::string character = printable(text.substr(at, length));
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kHints = {
      {{"&", "write 'and'"},
       {"|", "write 'or'"},
       {"!", "write 'not'"},
       {"'", "expressions have no strings"},
       {"\"", "expressions have no strings"}}};
  for (const auto& [sign, hint] : kHints) {
    if (character == sign) return fmt::format("unexpected '{}'; {}", character, hint);
  }
  return fmt::format("unexpected '{}' in an expression", character);
}

}  // namespace

std::vector<Token> tokenize(std::string_view text,
                            const std::function<Origin(std::size_t)>& place) {
  const auto fail = [&](std::size_t at, const std::string& message) {
    throw ConfigError({{Severity::Error, place(at), message}});
  };
  std::vector<Token> tokens;
  std::size_t at = 0;
  while (true) {
    while (at < text.size() && is_space(text[at])) ++at;
    Token token{TokenKind::End, {}, 0, at};
    if (at >= text.size()) {
      tokens.push_back(token);
      return tokens;
    }
    const char c = text[at];
    const bool fraction = c == '.' && at + 1 < text.size() && is_digit(text[at + 1]);
    if (is_digit(c) || fraction) {
      token.kind = TokenKind::Number;
      token.text = text.substr(at, number_end(text, at) - at);
      const auto value = parse_number(token.text);
      if (!value) {
        fail(at, fmt::format("expected a number such as 64, 2e-4 or 1_000 (below 1.8e308), got "
                             "'{}'",
                             printable(token.text.substr(0, 40))));
      }
      token.number = *value;
    } else if (is_letter(c)) {
      std::size_t end = at;
      while (end < text.size() && (is_letter(text[end]) || is_digit(text[end]))) ++end;
      token.kind = TokenKind::Word;
      token.text = text.substr(at, end - at);
    } else if (const auto sign = sign_at(text, at)) {
      token.kind = TokenKind::Sign;
      token.text = *sign;
    } else {
      fail(at, unexpected(text, at));
    }
    at += token.text.size();
    tokens.push_back(token);
  }
}

}  // namespace agon
