#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "graphs/expression/expression.h"

namespace agon {

/// What the names in a numeric expression mean (params, data facts, block arguments).
struct NumberScope {
  /// The number behind a dotted name ("width", "data.channels"); booleans are 1 and 0.
  std::function<std::optional<double>(const std::string& name)> find;
  /// Names for suggestions.
  std::vector<std::string> candidates;
  /// Why a name that exists elsewhere means nothing here ("; params come before the data"), or "".
  std::function<std::string(const std::string& name)> absent = nullptr;
};

/// A scope without names.
const NumberScope& no_names();

/// The value of an expression over numbers, in float64. Functions: min max (two or more) abs sqrt
/// exp log floor ceil round clip(x, lo, hi) where(condition, a, b; only the chosen one is
/// computed). Throws ConfigError with the origin of the part at fault: unknown names (with the
/// nearest), a result that is not finite (with the arithmetic), a condition where a number is
/// meant.
double evaluate_number(const Expr& expression, const NumberScope& scope);

/// A condition: comparisons, and, or, not, true, false; the numbers 0 and 1 count as conditions.
bool evaluate_condition(const Expr& expression, const NumberScope& scope);

/// A number that must come out whole and within [low, high]; else "expected a whole number of at
/// least 1, got 2.5 (5 / 2)".
std::int64_t evaluate_whole(const Expr& expression, const NumberScope& scope, std::int64_t low = 0,
                            std::int64_t high = std::numeric_limits<std::int64_t>::max());

/// "a whole number of at least 1", "a whole number from 1 to 8".
std::string whole_text(std::int64_t low, std::int64_t high);

}  // namespace agon
