#include "graphs/experiment/judge_numbers.h"

#include <fmt/format.h>

#include "engine/base/text.h"

namespace agon {

void expect_rising(std::string_view key, double low, double high, const Origin& origin,
                   Diagnostics& diagnostics) {
  if (low < high) return;
  diagnostics.error(origin, fmt::format("{} expects [low, high] with low below high, got [{}, {}]",
                                        key, number_text(low), number_text(high)));
}

namespace {

void judge_keep(const std::vector<Number>& keep, const NumberScope& scope,
                Diagnostics& diagnostics) {
  if (keep.empty()) return;
  const auto low = keep[0].value(scope, diagnostics);
  const auto high = keep[1].value(scope, diagnostics);
  if (low && high) expect_rising("keep", *low, *high, keep[0].origin(), diagnostics);
}

void judge_rate(const Expr& rate, const NumberScope& scope, Diagnostics& diagnostics) {
  try {
    if (kRates.contains(evaluate_number(rate, scope))) return;
  } catch (const ConfigError&) {
    return;
  }
  Number(rate, kRates).value(scope, diagnostics);
}

void judge_optimizer(const OptimizerSection& optimizer, const NumberScope& scope,
                     Diagnostics& diagnostics) {
  const UpdateRule& rule = optimizer.rule;
  for (const Number& beta : rule.betas) beta.value(scope, diagnostics);
  for (const auto* number :
       {&rule.eps, &rule.momentum, &rule.alpha, &optimizer.clip_norm, &optimizer.weight_decay}) {
    if (*number) (*number)->value(scope, diagnostics);
  }
  judge_keep(optimizer.keep, scope, diagnostics);
  judge_rate(rule.lr, scope, diagnostics);
}

}  // namespace

void judge_numbers(const ExperimentSections& sections, const NumberScope& scope,
                   Diagnostics& diagnostics) {
  for (const auto& optimizer : sections.optimizers)
    judge_optimizer(optimizer.value, scope, diagnostics);
  for (const auto& variable : sections.variables)
    judge_keep(variable.value.keep, scope, diagnostics);
}

}  // namespace agon
