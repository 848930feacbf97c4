#include "graphs/experiment/evaluator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "graphs/document/suggestion.h"
#include "ops/pointwise/pointwise.h"

namespace agon {

namespace {

[[noreturn]] void fail(const Origin& origin, const std::string& message) {
  throw ConfigError({{Severity::Error, origin, message}});
}

std::string_view engine_op(Operator op) {
  switch (op) {
    case Operator::Equal:
      return "equal";
    case Operator::NotEqual:
      return "not_equal";
    case Operator::Less:
      return "less";
    case Operator::LessEqual:
      return "less_equal";
    case Operator::Greater:
      return "greater";
    case Operator::GreaterEqual:
      return "greater_equal";
    case Operator::Add:
      return "add";
    case Operator::Subtract:
      return "sub";
    case Operator::Multiply:
    case Operator::And:  // conditions are 0 or 1
      return "mul";
    case Operator::Divide:
      return "div";
    case Operator::Power:
      return "pow";
    case Operator::Or:
      return "max";
    default:
      throw InternalError("not a binary operator");
  }
}

}  // namespace

std::optional<double> known_number(const Expr& e, TermScope& scope) {
  if (e.kind == ExprKind::Number) return e.number;
  if (e.kind == ExprKind::Name) return scope.param(e.name);
  if (e.kind == ExprKind::Unary && e.op == Operator::Negate) {
    const auto x = known_number(e.operands[0], scope);
    return x ? std::optional(-*x) : std::nullopt;
  }
  if (e.kind != ExprKind::Binary) return std::nullopt;
  const auto a = known_number(e.operands[0], scope), b = known_number(e.operands[1], scope);
  if (!a || !b) return std::nullopt;
  switch (e.op) {
    case Operator::Add:
      return *a + *b;
    case Operator::Subtract:
      return *a - *b;
    case Operator::Multiply:
      return *a * *b;
    case Operator::Divide:
      return *a / *b;
    case Operator::Power:
      return std::pow(*a, *b);
    default:
      return std::nullopt;
  }
}

namespace {

constexpr double kMostSteps = 9007199254740992.0;  // beyond 2^53 doubles do not count one by one

std::optional<std::int64_t> period_of(const Expr& every, TermScope& scope) {
  const auto period = known_number(every.argument(0), scope);
  if (!period || *period < 1 || *period > kMostSteps || *period != std::floor(*period))
    return std::nullopt;
  return static_cast<std::int64_t>(*period);
}

bool is_every(const Expr& e) {
  if (e.kind != ExprKind::Call || e.callee().kind != ExprKind::Name) return false;
  const FunctionDef* def = find_function(e.callee().name);
  return def != nullptr && def->is_lazy && e.argument_count() == 2;
}

}  // namespace

bool is_left_out(const Expr& e, TermScope& scope) {
  if (is_every(e)) {
    const auto period = period_of(e, scope);
    return period && !scope.due(*period, e).value_or(true);
  }
  if (e.kind != ExprKind::Binary || e.op != Operator::Multiply) return false;
  return known_number(e.operands[0], scope) == 0.0 || known_number(e.operands[1], scope) == 0.0;
}

namespace {

class Evaluation {
 public:
  explicit Evaluation(TermScope& scope) : scope_(scope) {}

  /// An expression that is one number.
  Term sum(const Expr& e) {
    const bool unary = e.kind == ExprKind::Unary && e.op == Operator::Negate;
    const bool joins =
        e.kind == ExprKind::Binary && (e.op == Operator::Add || e.op == Operator::Subtract ||
                                       e.op == Operator::Multiply || e.op == Operator::Divide);
    if (!unary && !joins) return of(e);
    if (is_left_out(e, scope_)) {
      scope_.leave_out(e);
      return 0.0;
    }
    in_sum_.insert(&e);
    return of(e);
  }

  Term of(const Expr& e) {
    Term term = value_of(e);
    scope_.made(e, term);
    return term;
  }

 private:
  Term value_of(const Expr& e) {
    const Graph::OriginScope origin(scope_.graph(), scope_.origin_of(e));
    try {
      switch (e.kind) {
        case ExprKind::Number:
        case ExprKind::Boolean:
          return e.number;
        case ExprKind::Name:
          return scope_.name(e);
        case ExprKind::Member:
          return member(e);
        case ExprKind::Call:
          return call(e);
        case ExprKind::List:
          return list(e);
        case ExprKind::Unary:
          return unary(e);
        case ExprKind::Binary:
          return binary(e);
      }
    } catch (const GraphError& error) {
      fail(e.origin, error.what());
    }
    throw InternalError("unknown kind of expression");
  }

  /// A part of what `whole` joins: again a sum if that is one.
  Term part(const Expr& whole, std::size_t i) {
    return in_sum_.contains(&whole) ? sum(whole.operands[i]) : of(whole.operands[i]);
  }

  Term list(const Expr& e) {
    TermList items;
    for (const Expr& item : e.operands) items.push_back(of(item));
    return items;
  }

  Term unary(const Expr& e) {
    const Term x = part(e, 0);
    if (e.op == Operator::Not) return pointwise("equal", x, Term(0.0));
    if (const double* number = x.number()) return -*number;
    const Tensor* t = x.as_tensor();
    if (t == nullptr)
      throw GraphError("expects a number or a tensor after '-', got " + x.described());
    return like(*t, neg(t->value));
  }

  Term binary(const Expr& e) {
    const auto [a, b] = both(e);
    // a square and a root are exact and cheaper than a general power
    if (e.op == Operator::Power && b.number() != nullptr && a.number() == nullptr) {
      if (*b.number() == 2) return pointwise("mul", a, a);
      if (*b.number() == 0.5 && a.as_tensor() != nullptr)
        return like(*a.as_tensor(), sqrt(a.as_tensor()->value));
    }
    return pointwise(engine_op(e.op), a, b);
  }

  /// A mistake on the left does not hide those on the right.
  std::pair<Term, Term> both(const Expr& whole) {
    std::vector<Diagnostic> wrong;
    bool known = true;
    const auto side = [&](std::size_t i) -> std::optional<Term> {
      try {
        return part(whole, i);
      } catch (const AlreadyReported&) {
        known = false;
      } catch (const ConfigError& error) {
        wrong.insert(wrong.end(), error.diagnostics().begin(), error.diagnostics().end());
      }
      return std::nullopt;
    };
    const std::optional<Term> a = side(0);
    const std::optional<Term> b = side(1);
    if (!wrong.empty()) throw ConfigError(std::move(wrong));
    if (!known) throw AlreadyReported{};
    return {*a, *b};
  }

  /// `a.b.c`: the longest chain that the scope knows, else a part of a value.
  Term member(const Expr& e) {
    if (const auto text = dotted_name(e)) {
      if (auto known = scope_.dotted(*text, e)) return *known;
    }
    // parts of a network's result may have dots themselves: e.fire4.s is layer "fire4/s"
    std::vector<std::string> parts;
    const Expr* base = &e;
    while (base->kind == ExprKind::Member) {
      parts.insert(parts.begin(), base->name);
      base = &base->operands[0];
    }
    return part_of(of(*base), parts, e);
  }

  Term part_of(const Term& whole, const std::vector<std::string>& parts, const Expr& e) {
    const CallResult* result = whole.result();
    if (result == nullptr)
      fail(e.origin, fmt::format("'{}' has no part '{}': it is {}", canonical_text(e.operands[0]),
                                 e.name, whole.described()));
    const std::string path = joined(parts, "/");
    if (const auto it = result->outputs.find(path); it != result->outputs.end()) return it->second;
    if (const auto it = result->layers.find(path); it != result->layers.end()) {
      scope_.read_layer(result->network, path);
      return it->second;
    }
    std::vector<std::string> known;
    for (const auto& [name, t] : result->outputs) known.push_back(name);
    for (const auto& [name, t] : result->layers) known.push_back(name);
    const std::string asked = joined(parts, ".");
    fail(e.origin, fmt::format("{} has no output or layer '{}'{}", result->network, asked,
                               suggestion(path, known)));
  }

  Term call(const Expr& e) {
    const std::string name = e.callee().kind == ExprKind::Name ? e.callee().name : "";
    const FunctionDef* def = name.empty() ? nullptr : find_function(name);
    if (def == nullptr) {
      if (auto result = scope_.call(e)) return *result;
      std::vector<std::string> known;
      for (const FunctionDef& f : functions()) known.push_back(f.name);
      fail(e.origin, fmt::format("no function or network '{}'{}", canonical_text(e.callee()),
                                 suggestion(name, known)));
    }
    check_count(e, *def);
    if (def->is_lazy) return every(e);
    std::vector<Term> arguments;
    for (std::size_t i = 0; i < e.argument_count(); ++i) arguments.push_back(of(e.argument(i)));
    std::map<std::string, Term> options;
    std::map<std::string, std::string> words;
    for (const ExprOption& option : e.options) read_option(*def, option, options, words);
    try {
      KeptState* state = def->keeps_state ? scope_.state(name, canonical_text(e)) : nullptr;
      if (def->keeps_state && state == nullptr)
        throw GraphError(
            "keeps values from draw to draw, which no layer can; write it under step:");
      const FunctionCall built(scope_.graph(), scope_.draw_source(), scope_.batch(),
                               std::move(arguments), std::move(options), std::move(words), state);
      return def->build(built);
    } catch (const GraphError& error) {
      throw GraphError(fmt::format("{}: {}", def->name, error.what()));
    }
  }

  Term every(const Expr& e) {
    const auto period = period_of(e, scope_);
    if (!period) {
      fail(e.argument(0).origin, fmt::format("every expects a whole number of steps known "
                                             "beforehand, at least 1, got '{}'",
                                             canonical_text(e.argument(0))));
    }
    const auto due = scope_.due(*period, e);
    if (!due) fail(e.origin, "every stands in losses and step values alone, where there are steps");
    if (*due) return sum(e.argument(1));
    scope_.leave_out(e.argument(1));
    return 0.0;
  }

  void check_count(const Expr& e, const FunctionDef& def) {
    std::size_t least = 0;
    bool any = false;
    for (const std::string& p : def.parameters) {
      any = any || p.ends_with("...");
      if (!p.ends_with("?")) ++least;
    }
    const std::size_t count = e.argument_count();
    if (count >= least && (any || count <= def.parameters.size())) return;
    const std::size_t most = def.parameters.size();
    const bool too_many = count > most && least < most;
    const std::size_t expected = too_many ? most : least;
    fail(e.origin,
         fmt::format("{}({}) expects {}{} argument{}, got {}{}", def.name, joined(def.parameters),
                     too_many              ? "at most "
                     : any || least < most ? "at least "
                                           : "",
                     expected, expected == 1 ? "" : "s", count, list_advice(e, def)));
  }

  /// Where the sizes of a shape are arguments of their own: the call as it is meant.
  static std::string list_advice(const Expr& e, const FunctionDef& def) {
    const auto shape = std::ranges::find_if(
        def.parameters, [](const std::string& p) { return p.starts_with("shape"); });
    const std::size_t count = e.argument_count(), most = def.parameters.size();
    if (shape == def.parameters.end() || count <= most) return "";
    const auto begin = static_cast<std::size_t>(shape - def.parameters.begin());
    std::vector<std::string> arguments, sizes;
    for (std::size_t i = 0; i < count; ++i) {
      const bool is_size = i >= begin && i <= begin + count - most;
      if (is_size && e.argument(i).kind == ExprKind::List) return "";
      (is_size ? sizes : arguments).push_back(canonical_text(e.argument(i)));
    }
    arguments.insert(arguments.begin() + static_cast<std::ptrdiff_t>(begin),
                     fmt::format("[{}]", joined(sizes)));
    return fmt::format("; write the shape as one list, {}({})", def.name, joined(arguments));
  }

  void read_option(const FunctionDef& def, const ExprOption& option,
                   std::map<std::string, Term>& options,
                   std::map<std::string, std::string>& words) {
    const auto known = std::find_if(def.options.begin(), def.options.end(),
                                    [&](const FunctionOption& o) { return o.name == option.name; });
    if (known == def.options.end()) {
      std::vector<std::string> names;
      for (const FunctionOption& o : def.options) names.push_back(o.name);
      fail(option.origin, fmt::format("{} has no option '{}'{}", def.name, option.name,
                                      suggestion(option.name, names)));
    }
    if (known->words.empty()) {
      options.emplace(option.name, of(option.value));
      return;
    }
    const std::string word = canonical_text(option.value);
    const bool axis = option.value.kind == ExprKind::Number && known->words.back() == "<axis>";
    if (!axis && std::find(known->words.begin(), known->words.end(), word) == known->words.end()) {
      fail(option.value.origin,
           fmt::format("{}= is one of {}, got '{}'{}", option.name, joined(known->words), word,
                       suggestion(word, known->words)));
    }
    words[option.name] = word;
  }

  TermScope& scope_;
  std::set<const Expr*> in_sum_;
};

}  // namespace

Term evaluate_term(const Expr& expression, TermScope& scope) {
  return Evaluation(scope).of(expression);
}

Term evaluate_sum(const Expr& expression, TermScope& scope) {
  return Evaluation(scope).sum(expression);
}

}  // namespace agon
