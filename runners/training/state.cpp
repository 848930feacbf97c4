#include "runners/training/state.h"

#include <fmt/format.h>

#include <map>
#include <memory>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/runtime/executor.h"
#include "engine/runtime/safetensors.h"

namespace agon {

void add_variables(const TrainingGraphs& training, Variables& variables) {
  for (const VariableDecl& decl : training.variables) {
    const bool derived = decl.role == VariableDecl::Role::Derived;
    variables.add(decl.name, decl.type, decl.file,
                  derived ? Variables::Saved::No : Variables::Saved::Yes);
  }
}

namespace {
std::vector<std::string> names_in(const SafetensorsFile& file) {
  std::vector<std::string> names;
  for (const SafetensorsEntry& entry : file.entries()) names.push_back(entry.name);
  return names;
}

void read_one(const VariableDecl& decl, const SafetensorsFile& file, Variables& variables) {
  Variables::Variable& variable = *variables.find(decl.name);
  const std::string where = "'" + printable(decl.weights_file) + "': ";
  const SafetensorsEntry* entry = file.find(decl.weights_name);
  if (entry == nullptr) {
    throw Error(ExitCode::Data,
                fmt::format("{}no tensor '{}' for {}{}", where, decl.weights_name, decl.name,
                            suggestion(decl.weights_name, names_in(file))));
  }
  NdArray array = file.array(*entry);
  const Shape& expected = variable.file.shape;
  if (!(array.type.shape == expected)) {
    throw Error(ExitCode::Data,
                fmt::format("{}tensor '{}': expected {} for {}, got {}", where, decl.weights_name,
                            to_text(expected), decl.name, to_text(array.type.shape)));
  }
  variables.set_file_array(variable, array);
}
}  // namespace

void read_frozen_weights(const TrainingGraphs& training, Variables& variables) {
  std::map<std::string, std::unique_ptr<SafetensorsFile>> files;
  for (const VariableDecl& decl : training.variables) {
    if (decl.weights_file.empty()) continue;
    auto& file = files[decl.weights_file];
    if (!file) file = std::make_unique<SafetensorsFile>(decl.weights_file);
    read_one(decl, *file, variables);
  }
}

void initialise(const TrainingGraphs& training, Backend& backend, Variables& variables,
                Sources& sources) {
  std::vector<std::unique_ptr<const Program>> programs;
  programs.push_back(backend.compiled(*training.initial));
  Executor executor(*programs[0], variables, backend.lanes);
  TrainingFeed feed(sources, programs, 0);
  feed.next();
  feed.bind(0, executor);
  executor.run();
  read_frozen_weights(training, variables);
  derive(training, backend, variables);
}

void derive(const TrainingGraphs& training, Backend& backend, Variables& variables) {
  if (!training.derived) return;
  const auto program = backend.compiled(*training.derived);
  Executor(*program, variables, backend.lanes).run();
}

}  // namespace agon
