#include "graphs/keys/values.h"

#include <fmt/format.h>

#include <cmath>

#include "engine/base/text.h"

namespace agon {

bool Range::contains(double value) const {
  const bool above = low_open ? value > low : value >= low;
  const bool below = high_open ? value < high : value <= high;
  return above && below;
}

std::string Range::text() const {
  const bool bounded_low = std::isfinite(low);
  const bool bounded_high = std::isfinite(high);
  if (bounded_low && bounded_high) {
    return fmt::format("a number in {}{}, {}{}", low_open ? '(' : '[', number_text(low),
                       number_text(high), high_open ? ')' : ']');
  }
  if (bounded_low) {
    return fmt::format("a number {} {}", low_open ? "above" : "of at least", number_text(low));
  }
  if (bounded_high) {
    return fmt::format("a number {} {}", high_open ? "below" : "of at most", number_text(high));
  }
  return "a number";
}

namespace {
/// The value `compute` gives, or its findings added to `diagnostics`.
template <class F>
auto collected(F compute, Diagnostics& diagnostics) -> std::optional<decltype(compute())> {
  try {
    return compute();
  } catch (const ConfigError& failure) {
    for (const Diagnostic& found : failure.diagnostics()) {
      diagnostics.error(found.origin, found.message);
    }
    return std::nullopt;
  }
}
}  // namespace

double Number::value(const NumberScope& scope) const {
  const double number = evaluate_number(expression, scope);
  if (range.contains(number)) return number;
  const std::string written = canonical_text(expression);
  const std::string got = number_text(number);
  throw ConfigError({{Severity::Error, expression.origin,
                      fmt::format("expected {}, got {}{}", range.text(), got,
                                  written == got ? "" : fmt::format(" ({})", written))}});
}

std::optional<double> Number::value(const NumberScope& scope, Diagnostics& diagnostics) const {
  return collected([&] { return value(scope); }, diagnostics);
}

std::int64_t Whole::value(const NumberScope& scope) const {
  return evaluate_whole(expression, scope, low, high);
}

std::optional<std::int64_t> Whole::value(const NumberScope& scope, Diagnostics& diagnostics) const {
  return collected([&] { return value(scope); }, diagnostics);
}

}  // namespace agon
