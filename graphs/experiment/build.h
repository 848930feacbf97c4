#pragma once
#include <set>
#include <string>
#include <vector>

#include "graphs/experiment/system.h"
#include "graphs/experiment/training.h"
#include "graphs/experiment/turns.h"
#include "graphs/experiment/update_turn.h"

/// The pieces of build_plan. Findings go to the system's diagnostics; what could not be built is
/// left out.
namespace agon {

/// What the stages of a training do, together.
struct Use {
  std::set<std::string> logged;   // losses that no turn of any stage names: for the log alone
  std::set<std::string> read;     // names
  std::set<std::string> turns;    // optimizers that have one
  std::set<std::string> updated;  // variables
  std::set<std::string> moved;    // of `variables:`, by next
};

/// One graph for each kind of draw, and the order in which a step runs them. Fills `state` and what
/// is read and moved.
TrainingGraphs build_training(System& system, const std::vector<DrawTurns>& draws,
                              StateRegister& state, Use& use);

/// Every variable of the run in a fixed order: networks' own in file order, then `state`.
std::vector<VariableDecl> all_variables(const System& system, const StateRegister& state);
/// The graph that gives each of them its first value.
std::unique_ptr<Graph> build_initial(System& system, const std::vector<VariableDecl>& variables);

/// The split a spec looks at: what `on:` says, else the test examples where there are any. Reports
/// `on: test` without them.
std::string split_of(System& system, const std::optional<Text>& on);
std::vector<SampleGraph> build_samples(System& system, std::set<std::string>& used);
std::vector<EvaluateGraph> build_evaluations(System& system, std::set<std::string>& used);

/// Parameters nobody updates, optimizers without turns, a next that no draw computes, names never
/// read: in none of the stages.
void check_use(System& system, const Use& use);

}  // namespace agon
