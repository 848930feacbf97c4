#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "engine/base/error.h"
#include "graphs/expression/evaluate.h"

namespace agon {

/// Which numbers a key takes.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false;  // low itself is not allowed
  bool high_open = false;

  bool contains(double value) const;
  /// "a number", "a number of at least 0", "a number above 0", "a number in [0, 1)".
  std::string text() const;
};

/// The value of a numeric key: an expression over params, judged against the key's range when it is
/// evaluated (already while reading, if it has no names).
struct Number {
  Expr expression;
  Range range;

  Number() : Number(0.0) {}
  Number(double literal) : expression(number_expression(literal)) {}
  Number(Expr e, Range r) : expression(std::move(e)), range(r) {}

  const Origin& origin() const { return expression.origin; }
  /// Throws ConfigError: whatever evaluate_number says, or "expected a number in [0, 1), got 2".
  double value(const NumberScope& scope) const;
  /// The same, with the error added to `diagnostics` and nothing returned.
  std::optional<double> value(const NumberScope& scope, Diagnostics& diagnostics) const;
};

/// The same for whole numbers.
struct Whole {
  Expr expression;
  std::int64_t low = 0;
  std::int64_t high = std::numeric_limits<std::int64_t>::max();

  Whole() : Whole(0) {}
  Whole(std::int64_t literal) : expression(number_expression(static_cast<double>(literal))) {}
  Whole(Expr e, std::int64_t l, std::int64_t h) : expression(std::move(e)), low(l), high(h) {}

  const Origin& origin() const { return expression.origin; }
  std::int64_t value(const NumberScope& scope) const;
  std::optional<std::int64_t> value(const NumberScope& scope, Diagnostics& diagnostics) const;
};

/// A word or text with its position.
struct Text {
  std::string text;
  Origin origin;
};

/// `8x10`: rows x columns.
struct Grid {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  Origin origin;
};

/// An entry under a name the user gave.
template <class T>
struct Named {
  std::string name;
  Origin origin;  // of the name; its path is the entry's dotted path
  T value;
};

}  // namespace agon
