#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/origin.h"

namespace agon {

enum class TokenKind { Number, Word, Sign, End };

/// A piece of an expression. Signs are `+ - * / ^ ( ) [ ] , . = == != < <= > >=`.
struct Token {
  TokenKind kind = TokenKind::End;
  std::string_view text;
  double number = 0;
  std::size_t offset = 0;  // in bytes
};

/// The tokens of `text`, which must outlive them; the last is End. `place` says where an offset is
/// in the file. Throws ConfigError for characters and numbers outside the grammar.
std::vector<Token> tokenize(std::string_view text, const std::function<Origin(std::size_t)>& place);

}  // namespace agon
