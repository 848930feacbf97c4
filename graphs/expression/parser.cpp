#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "graphs/expression/expression.h"
#include "graphs/expression/grammar.h"
#include "graphs/expression/lexer.h"

namespace agon {

std::span<const OperatorFacts> operator_table() {
  static constexpr std::array<OperatorFacts, 15> kTable = {{
      {Operator::Or, "or", 0},
      {Operator::And, "and", 1},
      {Operator::Not, "not", kNotLevel},
      {Operator::Equal, "==", kComparisonLevel},
      {Operator::NotEqual, "!=", kComparisonLevel},
      {Operator::LessEqual, "<=", kComparisonLevel},
      {Operator::GreaterEqual, ">=", kComparisonLevel},
      {Operator::Less, "<", kComparisonLevel},
      {Operator::Greater, ">", kComparisonLevel},
      {Operator::Add, "+", 4},
      {Operator::Subtract, "-", 4},
      {Operator::Multiply, "*", 5},
      {Operator::Divide, "/", 5},
      {Operator::Negate, "-", kUnaryLevel},
      {Operator::Power, "^", kPowerLevel},
  }};
  return kTable;
}

namespace {

/// A parsed part and the height of its tree, kept so that no recursion over it can run deep.
struct Part {
  Expr expr;
  int height = 1;
};

class ExpressionParser {
 public:
  ExpressionParser(std::string_view text, std::function<Origin(std::size_t)> place)
      : place_(std::move(place)) {
    if (text.size() > kMaxExpressionBytes) {
      fail_at(0, fmt::format("expected an expression of at most {} characters, got {}",
                             thousands_text(kMaxExpressionBytes),
                             thousands_text(static_cast<std::int64_t>(text.size()))));
    }
    tokens_ = tokenize(text, place_);
  }

  Expr whole() {
    if (now().kind == TokenKind::End) fail("expected an expression, got nothing");
    Expr result = binary(0).expr;
    if (now().kind != TokenKind::End) fail(fmt::format("expected an operator, got {}", shown()));
    return result;
  }

  Signature signature() {
    Signature result;
    result.origin = origin();
    result.name = name("a block's name");
    if (now().kind != TokenKind::End) {
      expect("(");
      while (!accept(")")) {
        if (!result.parameters.empty()) expect_comma(")");
        const std::size_t at = next_;
        const std::string parameter = name("an argument's name");
        const auto& known = result.parameters;
        if (std::find(known.begin(), known.end(), parameter) != known.end()) {
          fail_at(tokens_[at].offset, fmt::format("duplicate argument '{}'", parameter));
        }
        result.parameters.push_back(parameter);
      }
    }
    if (now().kind != TokenKind::End) fail(fmt::format("expected ':' or '(', got {}", shown()));
    return result;
  }

 private:
  const Token& now() const { return tokens_[next_]; }
  bool sees(std::string_view text) const {
    return now().kind != TokenKind::End && now().kind != TokenKind::Number && now().text == text;
  }
  bool accept(std::string_view text) {
    if (!sees(text)) return false;
    ++next_;
    return true;
  }
  void expect(std::string_view text) {
    if (!accept(text)) fail(fmt::format("expected '{}', got {}", text, shown()));
  }
  /// Between items: a comma, unless the list was to end here.
  void expect_comma(std::string_view closing) {
    if (accept(",")) return;
    fail(now().kind == TokenKind::End
             ? fmt::format("expected '{}', got the end", closing)
             : fmt::format("expected ',' or '{}', got {}", closing, shown()));
  }
  Origin origin() const { return place_(now().offset); }
  std::string shown() const {
    return now().kind == TokenKind::End ? "the end" : fmt::format("'{}'", now().text.substr(0, 64));
  }
  [[noreturn]] void fail(const std::string& message) const { fail_at(now().offset, message); }
  [[noreturn]] void fail_at(std::size_t offset, const std::string& message) const {
    throw ConfigError({{Severity::Error, place_(offset), message}});
  }

  /// Counts nested calls of binary, through which all recursion goes.
  struct Nested {
    explicit Nested(ExpressionParser& p) : parser(p) {
      if (++parser.nesting_ > kMaxExpressionDepth) parser.too_deep();
    }
    ~Nested() { --parser.nesting_; }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;
    ExpressionParser& parser;
  };

  [[noreturn]] void too_deep() const {
    fail(fmt::format("expression deeper than {} operations", kMaxExpressionDepth));
  }

  Part checked(Part part) const {
    if (part.height > kMaxExpressionDepth) too_deep();
    return part;
  }

  const OperatorFacts* binary_operator() const {
    for (const OperatorFacts& facts : operator_table()) {
      if (facts.op != Operator::Not && facts.op != Operator::Negate && sees(facts.text)) {
        return &facts;
      }
    }
    return nullptr;
  }

  /// Operators of at least this level, left to right.
  Part binary(int least) {
    const Nested nested(*this);
    Part left = prefix(least);
    bool compared = false;
    while (const OperatorFacts* facts = binary_operator()) {
      if (facts->level < least) break;
      const bool compares = facts->level == kComparisonLevel;
      if (compares && compared) {
        fail("comparisons do not chain; write 'a < b and b < c'");
      }
      compared = compared || compares;
      const Origin at = origin();
      ++next_;
      Part right = binary(facts->level == kPowerLevel ? kUnaryLevel : facts->level + 1);
      Part both;
      both.expr.kind = ExprKind::Binary;
      both.expr.op = facts->op;
      both.expr.origin = at;
      both.height = 1 + std::max(left.height, right.height);
      both.expr.operands.push_back(std::move(left.expr));
      both.expr.operands.push_back(std::move(right.expr));
      left = checked(std::move(both));
      if (facts->level < kComparisonLevel) compared = false;
    }
    return left;
  }

  Part prefix(int least) {
    const Origin at = origin();
    if (sees("not") || sees("-")) {
      const bool negates = sees("-");
      const int level = negates ? kUnaryLevel : kNotLevel;
      if (least > level) fail(fmt::format("expected a value, got {}; use parentheses", shown()));
      ++next_;
      Part inner = binary(level);
      Part part;
      part.expr.kind = ExprKind::Unary;
      part.expr.op = negates ? Operator::Negate : Operator::Not;
      part.expr.origin = at;
      part.height = 1 + inner.height;
      part.expr.operands.push_back(std::move(inner.expr));
      return checked(std::move(part));
    }
    return members(operand());
  }

  Part operand() {
    if (accept("(")) {
      Part inner = binary(0);
      expect(")");
      return inner;
    }
    Part part;
    part.expr.origin = origin();
    if (now().kind == TokenKind::Number) {
      part.expr.number = now().number;
      ++next_;
    } else if (accept("[")) {
      part.expr.kind = ExprKind::List;
      while (!accept("]")) {
        if (!part.expr.operands.empty()) expect_comma("]");
        take(part, binary(0));
      }
    } else if (sees("true") || sees("false")) {
      part.expr.kind = ExprKind::Boolean;
      part.expr.number = sees("true") ? 1 : 0;
      ++next_;
    } else {
      const bool twice = next_ > 0 && sees("*") && tokens_[next_ - 1].text == "*";
      if (twice) fail("expected a value, got '*'; a power is written a ^ b");
      part.expr.kind = ExprKind::Name;
      part.expr.name = name("a value");
    }
    return part;
  }

  /// Adds an operand; the height follows.
  static void take(Part& parent, Part child) {
    parent.height = std::max(parent.height, child.height + 1);
    parent.expr.operands.push_back(std::move(child.expr));
  }

  /// `.name` and `(arguments)` behind an operand.
  Part members(Part part) {
    while (true) {
      if (sees("(")) {
        if (!dotted_name(part.expr)) {
          fail("only a name can be called; write '*' for a product");
        }
        part = checked(call(std::move(part)));
      } else if (accept(".")) {
        Part member;
        member.expr.kind = ExprKind::Member;
        member.expr.origin = part.expr.origin;
        member.expr.name = name("a name after '.'");
        if (part.expr.kind == ExprKind::Number || part.expr.kind == ExprKind::Boolean) {
          fail("a number has no members");
        }
        take(member, std::move(part));
        part = checked(std::move(member));
      } else {
        return part;
      }
    }
  }

  Part call(Part callee) {
    Part part;
    part.expr.kind = ExprKind::Call;
    part.expr.origin = callee.expr.origin;
    take(part, std::move(callee));
    expect("(");
    bool first = true;
    while (!accept(")")) {
      if (!first) expect_comma(")");
      first = false;
      const bool option = now().kind == TokenKind::Word && tokens_[next_ + 1].text == "=";
      if (option) {
        add_option(part);
      } else {
        if (!part.expr.options.empty()) {
          fail("positional arguments come before options 'name=value'");
        }
        take(part, binary(0));
      }
    }
    auto& options = part.expr.options;
    std::sort(options.begin(), options.end(),
              [](const ExprOption& a, const ExprOption& b) { return a.name < b.name; });
    return part;
  }

  void add_option(Part& call) {
    const Origin at = origin();
    const std::string word = name("an option");
    if (call.expr.option(word)) {
      throw ConfigError({{Severity::Error, at, fmt::format("duplicate option '{}'", word)}});
    }
    expect("=");
    Part value = binary(0);
    call.height = std::max(call.height, value.height + 1);
    call.expr.options.push_back({word, std::move(value.expr), at});
  }

  std::string name(std::string_view what) {
    static constexpr std::array<std::string_view, 5> kReserved = {"and", "or", "not", "true",
                                                                  "false"};
    const bool reserved =
        std::find(kReserved.begin(), kReserved.end(), now().text) != kReserved.end();
    if (now().kind != TokenKind::Word || reserved) {
      fail(fmt::format("expected {}, got {}", what, shown()));
    }
    if (now().text.size() > 64) fail("a name has at most 64 characters");
    return std::string(tokens_[next_++].text);
  }

  std::function<Origin(std::size_t)> place_;
  std::vector<Token> tokens_;
  std::size_t next_ = 0;
  int nesting_ = 0;
};

/// Offsets counted from `origin`, in characters.
std::function<Origin(std::size_t)> from_origin(std::string_view text, const Origin& origin) {
  return [text, origin](std::size_t offset) {
    Origin at = origin;
    if (!at.known()) return at;
    for (const char c : text.substr(0, offset)) {
      if ((c & 0xC0) != 0x80) ++at.column;
    }
    return at;
  };
}

}  // namespace

Expr parse_expression(const Yaml& scalar, const std::string& path) {
  if (!scalar.is_scalar()) {
    throw ConfigError({{Severity::Error, scalar.origin(path),
                        "expected an expression, got " + described(scalar)}});
  }
  const auto place = [&](std::size_t offset) { return scalar.origin_at(offset, path); };
  return ExpressionParser(scalar.text, place).whole();
}

Expr parse_expression(std::string_view text, const Origin& origin) {
  return ExpressionParser(text, from_origin(text, origin)).whole();
}

Signature parse_signature(std::string_view text, const Origin& origin) {
  return ExpressionParser(text, from_origin(text, origin)).signature();
}

}  // namespace agon
