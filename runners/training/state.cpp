#include "runners/training/state.h"

#include <memory>
#include <set>
#include <vector>

#include "engine/runtime/executor.h"
#include "runners/training/weights.h"

namespace agon {

void add_variables(const TrainingGraphs& training, Variables& variables) {
  for (const VariableDecl& decl : training.variables) {
    const bool derived = decl.role == VariableDecl::Role::Derived;
    variables.add(decl.name, decl.type, decl.file,
                  derived ? Variables::Saved::No : Variables::Saved::Yes);
  }
}

void initialise(const TrainingGraphs& training, Backend& backend, Variables& variables,
                Sources& sources) {
  std::vector<std::unique_ptr<const Program>> programs;
  programs.push_back(backend.compiled_on_processors(*training.initial));
  Executor executor(*programs[0], variables, backend.lanes, nullptr, backend.accelerator());
  TrainingFeed feed(sources, programs, 0);
  feed.next();
  feed.bind(0, executor);
  executor.run();
  std::set<std::string> all;
  for (const VariableDecl& decl : training.variables) all.insert(decl.name);
  read_weights(sources.experiment(), training, all, variables);
  derive(training, backend, variables);
}

void derive(const TrainingGraphs& training, Backend& backend, Variables& variables) {
  if (!training.derived) return;
  const auto program = backend.compiled(*training.derived);
  Executor(*program, variables, backend.lanes, nullptr, backend.accelerator()).run();
}

}  // namespace agon
