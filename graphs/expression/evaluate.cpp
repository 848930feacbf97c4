#include "graphs/expression/evaluate.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string_view>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "graphs/document/suggestion.h"

namespace agon {

const NumberScope& no_names() {
  static const NumberScope scope{[](const std::string&) { return std::nullopt; }, {}};
  return scope;
}

std::string whole_text(std::int64_t low, std::int64_t high) {
  constexpr auto kLowest = std::numeric_limits<std::int64_t>::min();
  constexpr auto kHighest = std::numeric_limits<std::int64_t>::max();
  if (low == kLowest && high == kHighest) return "a whole number";
  if (high == kHighest) return fmt::format("a whole number of at least {}", low);
  if (low == kLowest) return fmt::format("a whole number of at most {}", high);
  return fmt::format("a whole number from {} to {}", low, high);
}

namespace {

/// What a part of an expression comes to.
struct Result {
  double number = 0;
  bool condition = false;
};

[[noreturn]] void fail(const Expr& e, const std::string& message) {
  throw ConfigError({{Severity::Error, e.origin, message}});
}

std::string short_text(const Expr& e) {
  constexpr std::size_t kShown = 80;
  const std::string text = canonical_text(e);
  return text.size() <= kShown ? text : text.substr(0, kShown) + "...";
}

/// A function of numbers: how many it takes and what it computes of them.
struct NumberFunction {
  std::string_view name;
  std::size_t least;
  std::size_t most;
  double (*compute)(const std::vector<double>&);
};

/// To the nearest, halves to even, whatever the rounding mode: as the engine's `round` does.
double round_even(double x) {
  const double low = std::floor(x);
  const double rest = x - low;
  if (rest != 0.5) return rest < 0.5 ? low : low + 1;
  return std::fmod(low, 2) == 0 ? low : low + 1;
}

constexpr std::size_t kAny = 1000;

constexpr std::array<NumberFunction, 10> kFunctions = {{
    {"min", 2, kAny,
     [](const std::vector<double>& x) {
       double least = x[0];
       for (const double v : x) least = v < least ? v : least;
       return least;
     }},
    {"max", 2, kAny,
     [](const std::vector<double>& x) {
       double most = x[0];
       for (const double v : x) most = v > most ? v : most;
       return most;
     }},
    {"abs", 1, 1, [](const std::vector<double>& x) { return std::abs(x[0]); }},
    {"sqrt", 1, 1, [](const std::vector<double>& x) { return std::sqrt(x[0]); }},
    {"exp", 1, 1, [](const std::vector<double>& x) { return std::exp(x[0]); }},
    {"log", 1, 1, [](const std::vector<double>& x) { return std::log(x[0]); }},
    {"floor", 1, 1, [](const std::vector<double>& x) { return std::floor(x[0]); }},
    {"ceil", 1, 1, [](const std::vector<double>& x) { return std::ceil(x[0]); }},
    {"round", 1, 1, [](const std::vector<double>& x) { return round_even(x[0]); }},
    {"clip", 3, 3,
     [](const std::vector<double>& x) {
       const double least = x[0] < x[1] ? x[1] : x[0];
       return least > x[2] ? x[2] : least;
     }},
}};

std::string count_text(const NumberFunction& f) {
  if (f.most == kAny) return fmt::format("at least {} arguments", f.least);
  return fmt::format("{} argument{}", f.least, f.least == 1 ? "" : "s");
}

class Evaluator {
 public:
  explicit Evaluator(const NumberScope& scope) : scope_(scope) {}

  double number(const Expr& e) const {
    const Result result = any(e);
    if (result.condition) {
      fail(e, fmt::format("expected a number, got the condition {}", short_text(e)));
    }
    return result.number;
  }

  bool condition(const Expr& e) const {
    const Result result = any(e);
    if (result.condition || result.number == 0 || result.number == 1) return result.number != 0;
    fail(e, fmt::format("expected a condition, got {}{}", number_text(result.number),
                        e.kind == ExprKind::Number ? "" : " (" + short_text(e) + ")"));
  }

 private:
  Result any(const Expr& e) const {
    switch (e.kind) {
      case ExprKind::Number:
        return {e.number, false};
      case ExprKind::Boolean:
        return {e.number, true};
      case ExprKind::Name:
      case ExprKind::Member:
        return {name(e), false};
      case ExprKind::Call:
        return {call(e), false};
      case ExprKind::List:
        fail(e, fmt::format("expected a number, got the list {}", short_text(e)));
      case ExprKind::Unary:
        if (e.op == Operator::Not) return {condition(e.operands[0]) ? 0.0 : 1.0, true};
        return {-number(e.operands[0]), false};
      case ExprKind::Binary:
        break;
    }
    return binary(e);
  }

  double name(const Expr& e) const {
    const auto dotted = dotted_name(e);
    if (!dotted) fail(e, fmt::format("expected a number, got {}", short_text(e)));
    const auto value = scope_.find ? scope_.find(*dotted) : std::nullopt;
    if (!value) {
      const std::string absent = scope_.absent ? scope_.absent(*dotted) : "";
      if (!absent.empty()) fail(e, fmt::format("no '{}' here{}", *dotted, absent));
      fail(e, fmt::format("unknown name '{}'{}", *dotted, suggestion(*dotted, scope_.candidates)));
    }
    return finite(e, *value, *dotted);
  }

  Result binary(const Expr& e) const {
    if (e.op == Operator::Or || e.op == Operator::And) {
      const bool first = condition(e.operands[0]);
      const bool second = condition(e.operands[1]);
      return {(e.op == Operator::Or ? first || second : first && second) ? 1.0 : 0.0, true};
    }
    const double a = number(e.operands[0]);
    const double b = number(e.operands[1]);
    const auto compared = [](bool holds) { return Result{holds ? 1.0 : 0.0, true}; };
    switch (e.op) {
      case Operator::Equal:
        return compared(a == b);
      case Operator::NotEqual:
        return compared(a != b);
      case Operator::Less:
        return compared(a < b);
      case Operator::LessEqual:
        return compared(a <= b);
      case Operator::Greater:
        return compared(a > b);
      case Operator::GreaterEqual:
        return compared(a >= b);
      default:
        return {arithmetic(e, a, b), false};
    }
  }

  static double arithmetic(const Expr& e, double a, double b) {
    double value = 0;
    if (e.op == Operator::Add) value = a + b;
    if (e.op == Operator::Subtract) value = a - b;
    if (e.op == Operator::Multiply) value = a * b;
    if (e.op == Operator::Divide) value = a / b;
    if (e.op == Operator::Power) value = std::pow(a, b);
    if (std::isfinite(value)) return value;
    return finite(e, value,
                  fmt::format("{} {} {}", number_text(a), operator_text(e.op), number_text(b)));
  }

  double call(const Expr& e) const {
    const auto dotted = dotted_name(e.callee());
    if (!e.options.empty()) {
      throw ConfigError({{Severity::Error, e.options[0].origin,
                          fmt::format("unknown option '{}'; {} of numbers takes none",
                                      e.options[0].name, *dotted)}});
    }
    if (*dotted == "where") return where(e);
    for (const NumberFunction& f : kFunctions) {
      if (f.name == *dotted) return apply(f, e);
    }
    std::vector<std::string> known = {"where"};
    for (const NumberFunction& f : kFunctions) known.emplace_back(f.name);
    fail(e, fmt::format("{} is no function of numbers{}", *dotted, suggestion(*dotted, known)));
  }

  double where(const Expr& e) const {
    if (e.argument_count() != 3) {
      fail(e, fmt::format("where takes 3 arguments, got {}", e.argument_count()));
    }
    return number(e.argument(condition(e.argument(0)) ? 1 : 2));
  }

  double apply(const NumberFunction& f, const Expr& e) const {
    if (e.argument_count() < f.least || e.argument_count() > f.most) {
      fail(e, fmt::format("{} takes {}, got {}", f.name, count_text(f), e.argument_count()));
    }
    std::vector<double> arguments;
    for (std::size_t i = 0; i < e.argument_count(); ++i) arguments.push_back(number(e.argument(i)));
    const double value = f.compute(arguments);
    if (std::isfinite(value)) return value;
    std::vector<std::string> texts;
    for (const double x : arguments) texts.push_back(number_text(x));
    return finite(e, value, fmt::format("{}({})", f.name, joined(texts)));
  }

  static double finite(const Expr& e, double value, const std::string& arithmetic) {
    if (std::isfinite(value)) return value;
    const std::string text = short_text(e);
    fail(e, fmt::format("{} is {}{}", text, std::isnan(value) ? "not a number" : "not finite",
                        text == arithmetic ? "" : fmt::format(": {}", arithmetic)));
  }

  const NumberScope& scope_;
};

}  // namespace

double evaluate_number(const Expr& expression, const NumberScope& scope) {
  return Evaluator(scope).number(expression);
}

bool evaluate_condition(const Expr& expression, const NumberScope& scope) {
  return Evaluator(scope).condition(expression);
}

std::int64_t evaluate_whole(const Expr& expression, const NumberScope& scope, std::int64_t low,
                            std::int64_t high) {
  const double value = evaluate_number(expression, scope);
  // Above 2^53 a double no longer tells neighbours apart.
  constexpr double kExact = 9007199254740992.0;
  const bool whole = value == std::trunc(value) && std::abs(value) <= kExact;
  if (whole && value >= static_cast<double>(low) && value <= static_cast<double>(high)) {
    return static_cast<std::int64_t>(value);
  }
  const std::string text = short_text(expression);
  const std::string got = number_text(value);
  const std::int64_t most = std::min(high, static_cast<std::int64_t>(kExact));
  if (value > kExact) high = most;  // says what is too large
  fail(expression, fmt::format("expected {}, got {}{}", whole_text(low, high), got,
                               text == got ? "" : " (" + text + ")"));
}

}  // namespace agon
