#include "graphs/experiment/turns.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "graphs/document/suggestion.h"

namespace agon {

namespace {

constexpr std::int64_t kMaxTurns = 10'000;

std::vector<std::string> optimizer_names(const System& system) {
  std::vector<std::string> names;
  for (const auto& optimizer : system.experiment.sections.optimizers)
    names.push_back(optimizer.name);
  return names;
}

/// Appends `name` or `name * count`.
void read_item(System& system, const Expr& item, std::vector<std::string>& turns) {
  const Expr* name = &item;
  std::int64_t count = 1;
  if (item.kind == ExprKind::Binary && item.op == Operator::Multiply) {
    name = &item.operands[0];
    count = evaluate_whole(item.operands[1], *system.numbers, 1, kMaxTurns);
  }
  const std::vector<std::string> known = optimizer_names(system);
  if (name->kind != ExprKind::Name ||
      std::find(known.begin(), known.end(), name->name) == known.end()) {
    const std::string text = canonical_text(*name);
    system.diagnostics.error(
        item.origin, fmt::format("expected an optimizer, or `optimizer * count`, got '{}'{}", text,
                                 suggestion(text, known)));
    return;
  }
  turns.insert(turns.end(), static_cast<std::size_t>(count), name->name);
}

}  // namespace

std::vector<DrawTurns> read_order(System& system) {
  std::vector<std::string> turns;
  const std::vector<Expr>& order = system.experiment.sections.train.order;
  for (const Expr& item : order) {
    try {
      read_item(system, item, turns);
    } catch (...) {
      system.report_current_exception(item.origin);
    }
  }
  if (order.empty()) turns = optimizer_names(system);
  std::vector<DrawTurns> draws;
  for (const std::string& turn : turns) {
    if (draws.empty() ||
        std::find(draws.back().begin(), draws.back().end(), turn) != draws.back().end())
      draws.emplace_back();
    draws.back().push_back(turn);
  }
  return draws;
}

namespace {

/// Names of losses in an expression and in the definitions it names.
class NamedLosses {
 public:
  NamedLosses(const System& system, std::set<std::string>& losses)
      : system_(system), losses_(losses) {}

  void visit(const Expr& e) {
    for (const std::string& name : free_names(e)) {
      const Named<Expr>* loss = system_.find_loss(name);
      const Named<Expr>* definition = loss != nullptr ? loss : system_.find_step(name);
      if (definition == nullptr || !seen_.insert(definition).second) continue;
      if (loss != nullptr) losses_.insert(name);
      visit(definition->value);
    }
  }

 private:
  const System& system_;
  std::set<std::string>& losses_;
  std::set<const Named<Expr>*> seen_;
};

}  // namespace

void collect_turn_losses(const System& system, const std::vector<DrawTurns>& draws,
                         std::set<std::string>& losses) {
  NamedLosses named(system, losses);
  for (const auto& optimizer : system.experiment.sections.optimizers) {
    const bool has_turn = std::ranges::any_of(draws, [&](const DrawTurns& turns) {
      return std::ranges::find(turns, optimizer.name) != turns.end();
    });
    if (!has_turn) continue;
    named.visit(optimizer.value.minimize);
    named.visit(optimizer.value.rule.lr);
  }
}

std::string reading_text(const System& system, const std::vector<DrawTurns>& draws) {
  std::size_t updates = 0;
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < draws.size();) {
    std::size_t same = 1;
    while (i + same < draws.size() && draws[i + same] == draws[i]) ++same;
    updates += same * draws[i].size();
    const std::string turns = joined(draws[i], ", ");
    parts.push_back(same == 1 ? turns : fmt::format("{} x ({})", same, turns));
    i += same;
  }
  const auto& facts = system.experiment.facts;
  const std::string what = std::string(!facts.empty() && facts[0].points ? "point" : "image") +
                           (system.experiment.batch == 1 ? "" : "s");
  return fmt::format("one step = {} draw{} of {} {}, {} update{}: {}", draws.size(),
                     draws.size() == 1 ? "" : "s", system.experiment.batch, what, updates,
                     updates == 1 ? "" : "s", joined(parts, "; "));
}

}  // namespace agon
