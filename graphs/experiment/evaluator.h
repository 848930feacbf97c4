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
  /// What the nodes that an expression makes say of where they come from.
  virtual Origin origin_of(const Expr& expression) { return expression.origin; }
  /// What the call of a function that keeps state keeps, `text` being the call as written; null
  /// where no state can be kept.
  virtual KeptState* state(const std::string& /*word*/, const std::string& /*text*/) {
    return nullptr;
  }
  /// Whether what stands in every(period, ...) is computed in the steps of this graph; nothing
  /// where no step is meant.
  virtual std::optional<bool> due(std::int64_t /*period*/, const Expr& /*term*/) {
    return std::nullopt;
  }
  /// A param's value; nothing for other names.
  virtual std::optional<double> param(const std::string& /*name*/) { return std::nullopt; }
  /// `part` of the expression that is being evaluated is left out.
  virtual void leave_out(const Expr& /*part*/) {}
  /// Told of every expression that got its value, and of every layer read as a part of a result.
  virtual void made(const Expr&, const Term&) {}
  virtual void read_layer(const std::string& /*network*/, const std::string& /*path*/) {}
};

/// The value of an expression of literals and params alone.
std::optional<double> known_number(const Expr& expression, TermScope& scope);

/// Whether nothing in an expression is computed where it stands as a summand: a product with a
/// factor known to be 0, or every(n, term) in a step that n does not divide.
bool is_left_out(const Expr& summand, TermScope& scope);

/// Thrown where an expression depends on something that was already reported as wrong.
struct AlreadyReported {};

/// The value of an expression, appended to the scope's graph. Throws ConfigError (with the origin
/// of the part at fault), or AlreadyReported.
Term evaluate_term(const Expr& expression, TermScope& scope);
/// The same for one number, such as a loss: summands with a factor that is known to be 0 are left
/// out, and nothing in them is computed (LANGUAGE.md rule 11).
Term evaluate_sum(const Expr& expression, TermScope& scope);

}  // namespace agon
