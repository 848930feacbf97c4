#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/origin.h"
#include "graphs/document/yaml.h"

namespace agon {

enum class ExprKind { Number, Boolean, Name, Member, Call, List, Unary, Binary };

enum class Operator {
  None,
  Or,
  And,
  Not,  // unary
  Equal,
  NotEqual,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  Add,
  Subtract,
  Multiply,
  Divide,
  Negate,  // unary
  Power,
};

/// "+", "and", "==", ...; "-" for Negate.
std::string_view operator_text(Operator op);

struct ExprOption;

/// One node of an expression:
///   Number   number                    `2e-4`
///   Boolean  number is 1 or 0          `true`
///   Name     name                      `fake`
///   Member   operands[0], name         `data.image` is Member(Name data, image); `net(x).h`
///   Call     operands[0] is the callee, a Name or Member of names (`net`, `net.train`); the rest
///            are the positional arguments; options are sorted by name
///   List     operands                  `[batch, latent]`
///   Unary    op, operands[0]
///   Binary   op, operands[0], operands[1]
/// At most kMaxExpressionDepth deep, so that recursion over it is safe.
struct Expr {
  ExprKind kind = ExprKind::Number;
  double number = 0;
  std::string name;
  Operator op = Operator::None;
  std::vector<Expr> operands;
  std::vector<ExprOption> options;
  Origin origin;  // Binary: of the operator; Call and Member: of their first word; else where it
                  // begins

  bool is_name(std::string_view word) const { return kind == ExprKind::Name && name == word; }
  const Expr& callee() const { return operands.front(); }
  std::size_t argument_count() const { return operands.size() - 1; }
  const Expr& argument(std::size_t i) const { return operands[i + 1]; }
  /// The value of option `word` of a call, or nullptr.
  const Expr* option(std::string_view word) const;
};

/// `name=value` in a call.
struct ExprOption {
  std::string name;
  Expr value;
  Origin origin;  // of the name
};

inline constexpr int kMaxExpressionDepth = 200;
inline constexpr std::size_t kMaxExpressionBytes = 16'384;

/// Grammar (tightest last): or; and; not; == != < <= > >= (which do not chain); + -; * /; unary -;
/// ^ (right, so -x^2 is -(x^2)); calls with options `name=value` after the positional arguments;
/// `.name`; lists `[a, b]`; numbers as parse_number reads them without sign; `true`, `false`. There
/// are no strings. Throws ConfigError at the position of the mistake.
Expr parse_expression(const Yaml& scalar, const std::string& path = "");
/// Columns count from `origin`, where the text begins, in one line.
Expr parse_expression(std::string_view text, const Origin& origin = {});

/// A number as an expression without origin.
Expr number_expression(double value);

/// The expression as text that depends only on its meaning: spacing, needless parentheses, the
/// spelling of numbers and the order of options are normalised. parse_expression(canonical_text(x))
/// is x. Equal texts identify equal calls and draws.
std::string canonical_text(const Expr& expression);

/// Same structure; origins do not count.
bool operator==(const Expr& a, const Expr& b);

/// "data.a.image" for a chain of names; nothing for anything else.
std::optional<std::string> dotted_name(const Expr& expression);

/// Every name the expression reads, first words of chains only ("data" of data.image), callees
/// included (`net` of net.train(x)) and option values left out (they are words unless the function
/// says otherwise), each once in order of appearance.
std::vector<std::string> free_names(const Expr& expression);

/// `up(filters, kernel)` or `up`: a block's key.
struct Signature {
  std::string name;
  std::vector<std::string> parameters;
  Origin origin;
};
Signature parse_signature(std::string_view text, const Origin& origin);

}  // namespace agon
