#include "graphs/experiment/evaluator.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "engine/base/error.h"
#include "engine/base/text.h"
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

class Evaluation {
 public:
  explicit Evaluation(TermScope& scope) : scope_(scope) {}

  Term of(const Expr& e) {
    const Graph::OriginScope origin(scope_.graph(), e.origin);
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

 private:
  Term list(const Expr& e) {
    TermList items;
    for (const Expr& item : e.operands) items.push_back(of(item));
    return items;
  }

  Term unary(const Expr& e) {
    const Term x = of(e.operands[0]);
    if (e.op == Operator::Not) return pointwise("equal", x, Term(0.0));
    if (const double* number = x.number()) return -*number;
    const Tensor* t = x.as_tensor();
    if (t == nullptr)
      throw GraphError("expects a number or a tensor after '-', got " + x.described());
    return like(*t, neg(t->value));
  }

  Term binary(const Expr& e) {
    std::optional<Term> left;
    try {
      left = of(e.operands[0]);
    } catch (const AlreadyReported&) {
      // the right side may have mistakes of its own
    }
    const Term b = of(e.operands[1]);
    if (!left) throw AlreadyReported{};
    const Term& a = *left;
    // a square and a root are exact and cheaper than a general power
    if (e.op == Operator::Power && b.number() != nullptr && a.number() == nullptr) {
      if (*b.number() == 2) return pointwise("mul", a, a);
      if (*b.number() == 0.5 && a.as_tensor() != nullptr)
        return like(*a.as_tensor(), sqrt(a.as_tensor()->value));
    }
    return pointwise(engine_op(e.op), a, b);
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
    if (const auto it = result->layers.find(path); it != result->layers.end()) return it->second;
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
    std::vector<Term> arguments;
    for (std::size_t i = 0; i < e.argument_count(); ++i) arguments.push_back(of(e.argument(i)));
    std::map<std::string, Term> options;
    std::map<std::string, std::string> words;
    for (const ExprOption& option : e.options) read_option(*def, option, options, words);
    try {
      const FunctionCall built(scope_.graph(), scope_.draw_source(), scope_.batch(),
                               std::move(arguments), std::move(options), std::move(words));
      return def->build(built);
    } catch (const GraphError& error) {
      throw GraphError(fmt::format("{}: {}", def->name, error.what()));
    }
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
    fail(e.origin,
         fmt::format("{}({}) expects {}{} argument{}, got {}", def.name, joined(def.parameters),
                     any || least < def.parameters.size() ? "at least " : "", least,
                     least == 1 ? "" : "s", count));
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
};

}  // namespace

Term evaluate_term(const Expr& expression, TermScope& scope) {
  return Evaluation(scope).of(expression);
}

}  // namespace agon
