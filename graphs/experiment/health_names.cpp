#include "graphs/experiment/health_names.h"

#include <algorithm>

namespace agon {

double boundary(ScoreKind kind) {
  return kind == ScoreKind::Targets ? 0.5 : 0;
}

bool has_boundary(ScoreKind kind) {
  return kind != ScoreKind::Unbounded;
}

const Expr* network_call(const System& system, const Expr& e) {
  if (e.kind == ExprKind::Call) {
    const Expr& callee = e.callee();
    const bool method =
        callee.kind == ExprKind::Member && callee.operands[0].kind == ExprKind::Name;
    const std::string& name = method ? callee.operands[0].name : callee.name;
    if (system.find_network(name) != nullptr) return &e;
  }
  if (e.kind == ExprKind::Name) {
    const Named<Expr>* meant = system.find_step(e.name);
    return meant == nullptr ? nullptr : network_call(system, meant->value);
  }
  const bool called = e.kind == ExprKind::Call && e.callee().kind == ExprKind::Name;
  for (std::size_t i = called ? 1 : 0; i < e.operands.size(); ++i) {
    if (const Expr* found = network_call(system, e.operands[i])) return found;
  }
  return nullptr;
}

namespace {

/// The network that a call names.
std::string called_network(const Expr& call) {
  const Expr& callee = call.callee();
  return callee.kind == ExprKind::Member ? callee.operands[0].name : callee.name;
}

}  // namespace

const Expr& score_alone(const System& system, const Expr& score) {
  if (score.kind == ExprKind::Name) {
    const Named<Expr>* meant = system.find_step(score.name);
    if (meant == nullptr) return score;
    const Expr& alone = score_alone(system, meant->value);
    return &alone == &meant->value ? score : alone;
  }
  if (score.kind != ExprKind::Binary || score.op != Operator::Subtract) return score;
  const Expr* own = network_call(system, score.operands[0]);
  const Expr* other = network_call(system, score.operands[1]);
  const bool same =
      own != nullptr && other != nullptr && called_network(*own) == called_network(*other);
  return same ? score_alone(system, score.operands[0]) : score;
}

namespace {

class LossReader {
 public:
  explicit LossReader(const System& system) : system_(system) {}

  HealthNames read() {
    for (const auto& optimizer : system_.experiment.sections.optimizers) {
      turn_ = &optimizer;
      visit(optimizer.value.minimize, 1);
    }
    std::erase_if(found_, [](const Found& f) { return f.pair.fakes.empty() || !f.has_real; });
    for (Found& f : found_) names_.scores.push_back(std::move(f.pair));
    return std::move(names_);
  }

 private:
  /// Scores of one network in one optimizer's loss.
  struct Found {
    ScorePair pair;
    bool has_real = false;
  };

  std::optional<double> number(const Expr& e) const {
    try {
      return evaluate_number(e, *system_.numbers);
    } catch (const ConfigError&) {
      return std::nullopt;
    }
  }

  bool updates(const std::string& network) const {
    return std::ranges::any_of(turn_->value.update, [&](const Text& target) {
      return target.text.substr(0, target.text.find('.')) == network;
    });
  }

  /// Whether an expression is what a network says, or that less something (relativistic scores).
  bool is_score(const Expr& e) const {
    if (e.kind == ExprKind::Name) {
      const Named<Expr>* meant = system_.find_step(e.name);
      return meant != nullptr && is_score(meant->value);
    }
    if (e.kind == ExprKind::Member || (e.kind == ExprKind::Binary && e.op == Operator::Subtract))
      return is_score(e.operands[0]);
    return e.kind == ExprKind::Call && network_call(system_, e) == &e;
  }

  void take(const Expr& score, bool real, ScoreKind kind) {
    const Expr* call = is_score(score) ? network_call(system_, score) : nullptr;
    if (call == nullptr) return;
    const std::string network = called_network(*call);
    if (!updates(network)) return;
    auto it = std::ranges::find_if(found_, [&](const Found& f) {
      return f.pair.network == network && f.pair.turn == turn_->name && f.pair.kind == kind;
    });
    if (it == found_.end()) {
      found_.push_back(
          {.pair = {
               .network = network, .real = {}, .fakes = {}, .kind = kind, .turn = turn_->name}});
      it = std::prev(found_.end());
    }
    if (!real) {
      it->pair.fakes.push_back(score);
    } else if (!it->has_real) {
      it->pair.real = score;
      it->has_real = true;
    }
  }

  /// A term that weighs in with that sign.
  void visit(const Expr& e, double sign) {
    switch (e.kind) {
      case ExprKind::Name:
        if (const Named<Expr>* loss = system_.find_loss(e.name)) visit(loss->value, sign);
        return;
      case ExprKind::Unary:
        return visit(e.operands[0], e.op == Operator::Negate ? -sign : sign);
      case ExprKind::Binary:
        return visit_binary(e, sign);
      case ExprKind::Call:
        return visit_call(e, sign);
      default:
        return;
    }
  }

  void visit_binary(const Expr& e, double sign) {
    const Expr &a = e.operands[0], &b = e.operands[1];
    if (e.op == Operator::Add || e.op == Operator::Subtract) {
      visit(a, sign);
      visit(b, e.op == Operator::Subtract ? -sign : sign);
    } else if (e.op == Operator::Multiply) {
      const auto left = number(a), right = number(b);
      if (!left) visit(a, right && *right < 0 ? -sign : sign);
      if (!right) visit(b, left && *left < 0 ? -sign : sign);
    } else if (e.op == Operator::Divide) {
      visit(a, sign);
    }
  }

  void visit_call(const Expr& e, double sign) {
    const std::string& word = e.callee().name;
    if (e.callee().kind != ExprKind::Name || e.argument_count() == 0) return;
    if (word == "every" && e.argument_count() == 2) return visit(e.argument(1), sign);
    if (word == "kl_normal" && e.argument_count() == 2 && names_.code.empty()) {
      names_.code = {e.argument(0), e.argument(1)};
      names_.code_turn = turn_->name;
    }
    if ((word == "bce_with_logits" || word == "mse") && e.argument_count() == 2)
      return visit_target(e, sign);
    if (word == "mean") visit_mean(e.argument(0), sign);
  }

  void visit_target(const Expr& e, double sign) {
    const auto target = number(e.argument(1));
    if (!target) return;
    const bool logits = e.callee().name == "bce_with_logits";
    if (sign > 0)
      return take(e.argument(0), *target > 0.5, logits ? ScoreKind::Logits : ScoreKind::Targets);
    const Expr* call = network_call(system_, e.argument(0));
    if (call != nullptr && logits && *target < 0.5) names_.saturated.insert(called_network(*call));
  }

  /// mean(relu(1 - x)), mean(relu(1 + x)), mean(x).
  void visit_mean(const Expr& e, double sign) {
    const bool hinge = e.kind == ExprKind::Call && e.callee().is_name("relu");
    if (!hinge) return take(e, sign < 0, ScoreKind::Unbounded);
    const Expr& inside = e.argument(0);
    if (inside.kind != ExprKind::Binary || sign < 0) return;
    const auto margin = number(inside.operands[0]);
    if (!margin || *margin <= 0) return;
    if (inside.op == Operator::Subtract) take(inside.operands[1], true, ScoreKind::Margins);
    if (inside.op == Operator::Add) take(inside.operands[1], false, ScoreKind::Margins);
  }

  const System& system_;
  const Named<OptimizerSection>* turn_ = nullptr;
  std::vector<Found> found_;
  HealthNames names_;
};

/// The optimizer that updates a network; the first where none does.
std::string turn_of(const System& system, const std::string& network) {
  const auto& optimizers = system.experiment.sections.optimizers;
  for (const auto& optimizer : optimizers) {
    for (const Text& target : optimizer.value.update) {
      if (target.text.substr(0, target.text.find('.')) == network) return optimizer.name;
    }
  }
  return optimizers.empty() ? "" : optimizers.front().name;
}

}  // namespace

HealthNames health_names(const System& system) {
  HealthNames names = LossReader(system).read();
  const HealthSection& written = system.experiment.sections.health;
  if (!written.real.empty()) {
    const std::vector<ScorePair> read = std::move(names.scores);
    names.scores.clear();
    for (std::size_t i = 0; i < std::min(written.real.size(), written.fake.size()); ++i) {
      const Expr* call = network_call(system, written.real[i]);
      const std::string network = call == nullptr ? "" : called_network(*call);
      const auto known = std::ranges::find(read, network, &ScorePair::network);
      names.scores.push_back({.network = network,
                              .real = written.real[i],
                              .fakes = {written.fake[i]},
                              .kind = known == read.end() ? ScoreKind::Logits : known->kind,
                              .turn = turn_of(system, network)});
    }
  }
  if (!written.code.empty()) {
    names.code = written.code;
    const Expr* call = network_call(system, written.code[0]);
    names.code_turn = turn_of(system, call == nullptr ? "" : called_network(*call));
  }
  names.label = written.label;
  return names;
}

}  // namespace agon
