#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "graphs/experiment/findings.h"
#include "graphs/experiment/network.h"

namespace agon {

struct DeclaredVariable;

/// State that one written call keeps from draw to draw, in whatever places it is written.
struct KeptCall {
  std::string text;  // canonical
  std::string name;  // step.fake_pool/image_pool1
  std::vector<VariableDecl> parts;
  bool logged = false;  // first read by a loss for the log alone, which moves it
};

/// An experiment with its networks declared: what every graph of it is built from.
struct System {
  System(const Experiment& e, const OpRegistry& o);
  ~System();

  const Experiment& experiment;
  const OpRegistry& ops;
  const Drawing* drawing = nullptr;  // what `agon sample` asks for, if anything
  std::shared_ptr<const NumberScope> numbers;
  std::vector<std::unique_ptr<Network>> networks;
  std::vector<std::unique_ptr<DeclaredVariable>> variables;  // in file order
  std::deque<KeptCall> kept_calls;                           // in order of first use in training
  bool looks_at_steps = false;  // some graph for looking reads how many steps are done
  Diagnostics diagnostics;
  Findings findings;
  /// How a mistake is told while something beside the training is built; null: as it was found.
  std::function<Diagnostic(Diagnostic found)> retell;

  const Network* find_network(std::string_view name) const;
  const DeclaredVariable* find_variable(std::string_view name) const;
  const Named<Expr>* find_step(std::string_view name) const;
  const Named<Expr>* find_loss(std::string_view name) const;
  /// Names of step values and losses by which a definition leads back to itself, its own first and
  /// last.
  std::vector<std::string> cycle_from(const Named<Expr>& definition) const;
  /// Reports what a failed piece of building threw, under `path` where it has none. For use in
  /// catch (...) only.
  void report_current_exception(const Origin& where);

 private:
  /// One message a place: a definition that fails in training fails in sampling too, with another
  /// batch in its text.
  void report(const Origin& origin, const std::string& message);
  std::set<std::tuple<std::string, int, int>> reported_;
};

/// Binds and declares the networks; findings go to `diagnostics` of the system.
void declare_networks(System& system);

/// Name of a kept average of a variable.
std::string average_name(const std::string& variable);

}  // namespace agon
