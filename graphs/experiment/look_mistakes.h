#pragma once
#include <functional>
#include <string>
#include <vector>

#include "graphs/experiment/scene.h"

namespace agon {

/// A sample or an evaluation, as far as its mistakes need it: what it evaluates in its own batch.
struct Look {
  std::string name;  // "sample", "evaluate.large"
  Origin origin;
  std::int64_t batch = 1;
  std::vector<const Expr*> expressions;
  std::vector<const Named<Expr>*> losses;
  std::vector<const Named<Expr>*> with;  // what replaces values under `step:`
  /// Gives a scene names of its own, such as `row`; null where there are none.
  std::function<void(Scene& scene)> define = nullptr;
};

/// While it lives, mistakes that `system` meets outside of the look's own section, in what a
/// training step has no mistake in, say that they are the look's, and which `with` makes them. A
/// `with` of another shape than what it replaces is itself the mistake, told at its place.
class LookMistakes {
 public:
  LookMistakes(System& system, Look look);
  ~LookMistakes();
  LookMistakes(const LookMistakes&) = delete;
  LookMistakes& operator=(const LookMistakes&) = delete;

 private:
  System& system_;
};

}  // namespace agon
