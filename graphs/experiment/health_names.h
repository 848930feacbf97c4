#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "graphs/experiment/health.h"
#include "graphs/experiment/system.h"

namespace agon {

/// A discriminator's scores as some loss of its optimizer compares them.
struct ScorePair {
  std::string network;
  Expr real;
  std::vector<Expr> fakes;  // in written order
  ScoreKind kind = ScoreKind::Logits;
  std::string turn;  // the optimizer that minimizes it
};

/// What `health:` names, or where it does not, what the losses show.
struct HealthNames {
  std::vector<ScorePair> scores;
  std::vector<Expr> code;  // empty, or mean and log-variance
  std::string code_turn;
  std::optional<Expr> label;
  std::set<std::string> saturated;  // networks whose scores a generator pushes by -log(1 - D)
};

/// Reads the losses that optimizers minimize: bce_with_logits(x, 1) beside bce_with_logits(x, 0),
/// mse(x, 1) beside mse(x, 0), mean(relu(1 - x)) beside mean(relu(1 + x)), mean(x) beside -mean(x),
/// where x calls a network that the optimizer updates; kl_normal(mean, logvar).
HealthNames health_names(const System& system);

/// The first call of a network in an expression, names of `step:` followed; null if there is none.
const Expr* network_call(const System& system, const Expr& expression);

/// A score without the other score of its network that a relativistic loss takes from it.
const Expr& score_alone(const System& system, const Expr& score);

}  // namespace agon
