#pragma once
#include <deque>
#include <map>
#include <string>

#include "graphs/experiment/scene.h"

namespace agon {

/// The variables a training run keeps beside the networks' own: optimizer state and averages, in
/// order of first use.
class StateRegister {
 public:
  /// The entry of that name, made at first use.
  const VariableDecl& declare(VariableDecl decl);
  const std::deque<VariableDecl>& all() const { return list_; }

 private:
  std::deque<VariableDecl> list_;  // addresses stay
  std::map<std::string, std::size_t> by_name_;
};

/// The kept average of a network's variable.
VariableDecl average_of(const VariableDecl& variable);

/// One turn: evaluates what the optimizer minimizes, differentiates with respect to what it
/// updates, and gives the variables their new values: parameters, optimizer state, statistics of
/// the calls that count, averages.
void build_turn(System& system, Scene& scene, const Named<OptimizerSection>& optimizer,
                StateRegister& state);

}  // namespace agon
