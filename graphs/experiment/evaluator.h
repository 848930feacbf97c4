#pragma once
#include <optional>
#include <string>

#include "graphs/expression/expression.h"
#include "graphs/terms/term.h"
#include "graphs/words/function.h"

namespace agon {

/// What the names of an expression over values mean where it stands.
class TermScope {
 public:
  virtual ~TermScope() = default;
  virtual Graph& graph() = 0;
  virtual std::int64_t batch() = 0;
  /// A lone name; throws ConfigError with the nearest one.
  virtual Term name(const Expr& name) = 0;
  /// A dotted chain of names ("data.image"); nothing lets the evaluator take its first word as a
  /// value with parts.
  virtual std::optional<Term> dotted(const std::string& text, const Expr& whole) = 0;
  /// A call whose callee is no function of the language (a network); nothing if unknown.
  virtual std::optional<Term> call(const Expr& call) = 0;
  virtual DrawSource& draw_source() = 0;
};

/// Thrown where an expression depends on something that was already reported as wrong.
struct AlreadyReported {};

/// The value of an expression, appended to the scope's graph. Throws ConfigError (with the origin
/// of the part at fault), or AlreadyReported.
Term evaluate_term(const Expr& expression, TermScope& scope);

}  // namespace agon
