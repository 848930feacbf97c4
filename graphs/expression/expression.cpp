#include "graphs/expression/expression.h"

#include <algorithm>

#include "engine/base/text.h"
#include "graphs/expression/grammar.h"

namespace agon {

std::string_view operator_text(Operator op) {
  for (const OperatorFacts& facts : operator_table()) {
    if (facts.op == op) return facts.text;
  }
  return "";
}

const Expr* Expr::option(std::string_view word) const {
  for (const ExprOption& option : options) {
    if (option.name == word) return &option.value;
  }
  return nullptr;
}

Expr number_expression(double value) {
  Expr literal;
  literal.kind = ExprKind::Number;
  literal.number = value;
  if (!(value < 0)) return literal;
  literal.number = -value;
  Expr negative;
  negative.kind = ExprKind::Unary;
  negative.op = Operator::Negate;
  negative.operands.push_back(std::move(literal));
  return negative;
}

namespace {

int level_of(const Expr& e) {
  if (e.kind == ExprKind::Unary || e.kind == ExprKind::Binary) {
    for (const OperatorFacts& facts : operator_table()) {
      if (facts.op == e.op) return facts.level;
    }
  }
  return kOperandLevel;
}

void append(const Expr& e, int least, std::string& text);

/// Writes the operand, in parentheses if it binds less tightly than `least`.
void append_operand(const Expr& e, int least, std::string& text) {
  if (level_of(e) >= least) return append(e, least, text);
  text += '(';
  append(e, 0, text);
  text += ')';
}

void append_list(const std::vector<Expr>& items, std::size_t from, std::string& text) {
  for (std::size_t i = from; i < items.size(); ++i) {
    if (i > from) text += ", ";
    append(items[i], 0, text);
  }
}

void append_binary(const Expr& e, std::string& text) {
  const int level = level_of(e);
  // Comparisons stand between operands that are none; ^ groups to the right and takes a sign there.
  const bool compares = level == kComparisonLevel;
  const bool power = e.op == Operator::Power;
  append_operand(e.operands[0], compares || power ? level + 1 : level, text);
  text += power ? "^" : ' ' + std::string(operator_text(e.op)) + ' ';
  append_operand(e.operands[1], power ? kUnaryLevel : level + 1, text);
}

void append(const Expr& e, int, std::string& text) {
  switch (e.kind) {
    case ExprKind::Number:
      text += number_text(e.number);
      break;
    case ExprKind::Boolean:
      text += e.number != 0 ? "true" : "false";
      break;
    case ExprKind::Name:
      text += e.name;
      break;
    case ExprKind::Member:
      append_operand(e.operands[0], kOperandLevel, text);
      text += '.' + e.name;
      break;
    case ExprKind::Call:
      append(e.operands[0], 0, text);
      text += '(';
      append_list(e.operands, 1, text);
      for (std::size_t i = 0; i < e.options.size(); ++i) {
        if (i > 0 || e.operands.size() > 1) text += ", ";
        text += e.options[i].name + '=';
        append(e.options[i].value, 0, text);
      }
      text += ')';
      break;
    case ExprKind::List:
      text += '[';
      append_list(e.operands, 0, text);
      text += ']';
      break;
    case ExprKind::Unary:
      text += e.op == Operator::Not ? "not " : "-";
      append_operand(e.operands[0], level_of(e), text);
      break;
    case ExprKind::Binary:
      append_binary(e, text);
      break;
  }
}

void collect_names(const Expr& e, std::vector<std::string>& names) {
  if (e.kind == ExprKind::Name && std::find(names.begin(), names.end(), e.name) == names.end()) {
    names.push_back(e.name);
  }
  for (const Expr& operand : e.operands) collect_names(operand, names);
}

}  // namespace

std::string canonical_text(const Expr& expression) {
  std::string text;
  append(expression, 0, text);
  return text;
}

bool operator==(const Expr& a, const Expr& b) {
  const auto same_option = [](const ExprOption& x, const ExprOption& y) {
    return x.name == y.name && x.value == y.value;
  };
  return a.kind == b.kind && a.number == b.number && a.name == b.name && a.op == b.op &&
         a.operands == b.operands &&
         std::equal(a.options.begin(), a.options.end(), b.options.begin(), b.options.end(),
                    same_option);
}

std::optional<std::string> dotted_name(const Expr& expression) {
  if (expression.kind == ExprKind::Name) return expression.name;
  if (expression.kind != ExprKind::Member) return std::nullopt;
  auto base = dotted_name(expression.operands[0]);
  if (!base) return std::nullopt;
  return *base + '.' + expression.name;
}

std::vector<std::string> free_names(const Expr& expression) {
  std::vector<std::string> names;
  collect_names(expression, names);
  return names;
}

}  // namespace agon
