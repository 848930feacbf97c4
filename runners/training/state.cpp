#include "runners/training/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/runtime/executor.h"
#include "engine/runtime/safetensors.h"
#include "graphs/experiment/system.h"

namespace agon {

void add_variables(const TrainingGraphs& training, Variables& variables) {
  for (const VariableDecl& decl : training.variables) {
    const bool derived = decl.role == VariableDecl::Role::Derived;
    variables.add(decl.name, decl.type, decl.file,
                  derived ? Variables::Saved::No : Variables::Saved::Yes);
  }
}

namespace {
/// What a file does not give a network.
struct Misfit {
  std::vector<std::string> missing, changed;
};

/// The tensor's entry: in the state of a run under the network's name, its average first.
const SafetensorsEntry* entry_of(const VariableDecl& decl, const SafetensorsFile& file) {
  const std::string own = decl.network + "." + decl.weights_name;
  for (const std::string& name : {average_name(own), own, decl.weights_name}) {
    if (const SafetensorsEntry* entry = file.find(name)) return entry;
  }
  return nullptr;
}

/// One such number makes every loss that sees it one.
void refuse_not_finite(const NdArray& array, const std::string& where) {
  const auto& values = array.values;
  const auto bad =
      std::find_if(values.begin(), values.end(), [](double x) { return !std::isfinite(x); });
  if (bad == values.end()) return;
  std::int64_t left = bad - values.begin();
  std::vector<std::int64_t> index(static_cast<std::size_t>(array.type.shape.rank()));
  for (int axis = array.type.shape.rank() - 1; axis >= 0; --axis) {
    index[static_cast<std::size_t>(axis)] = left % array.type.shape[axis];
    left /= array.type.shape[axis];
  }
  throw Error(ExitCode::Data, fmt::format("{}: {} at {}", where, std::isnan(*bad) ? "nan" : "inf",
                                          list_text(index)));
}

void read_one(const VariableDecl& decl, const SafetensorsFile& file, Variables& variables,
              Misfit& misfit) {
  const SafetensorsEntry* entry = entry_of(decl, file);
  if (entry == nullptr) {
    if (decl.role != VariableDecl::Role::Average) misfit.missing.push_back(decl.weights_name);
    return;
  }
  Variables::Variable& variable = *variables.find(decl.name);
  const Shape& expected = variable.file.shape;
  if (!(entry->shape == expected)) {
    if (decl.role != VariableDecl::Role::Average) {
      misfit.changed.push_back(fmt::format("{}: expected {}, got {}", entry->name,
                                           to_text(expected), to_text(entry->shape)));
    }
    return;
  }
  const NdArray array = file.array(*entry);
  refuse_not_finite(array,
                    fmt::format("'{}': tensor '{}'", printable(decl.weights_file), entry->name));
  variables.set_file_array(variable, array);
}

std::string listed(const char* what, const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 8;
  if (names.empty()) return "";
  const std::size_t count = std::min(names.size(), kShown);
  return fmt::format(
      "; {}: {}{}", what, joined(std::span(names).first(count)),
      names.size() > kShown ? fmt::format(" and {} more", names.size() - kShown) : "");
}

void refuse_misfit(const std::string& path, const std::string& network, const Misfit& misfit,
                   const SafetensorsFile& file) {
  if (misfit.missing.empty() && misfit.changed.empty()) return;
  std::vector<std::string> names, own;
  for (const SafetensorsEntry& entry : file.entries()) {
    names.push_back(printable(entry.name));
    if (names.back().starts_with(network + "."))
      own.push_back(names.back().substr(network.size() + 1));
  }
  if (!own.empty()) names = own;
  std::sort(names.begin(), names.end());
  const std::string hint =
      misfit.missing.size() == 1 ? suggestion(misfit.missing[0], names) : listed("there", names);
  throw Error(ExitCode::Data,
              fmt::format("'{}' does not fit network '{}'{}{}{}", printable(path), network,
                          listed("missing", misfit.missing), listed("changed", misfit.changed),
                          misfit.missing.empty() ? "" : hint));
}
}  // namespace

void read_weights(const TrainingGraphs& training, const std::set<std::string>& wanted,
                  Variables& variables) {
  std::map<std::string, std::unique_ptr<SafetensorsFile>> files;
  std::map<std::pair<std::string, std::string>, Misfit> misfits;  // by file and network
  for (const VariableDecl& decl : training.variables) {
    if (decl.weights_file.empty() || !wanted.contains(decl.name)) continue;
    auto& file = files[decl.weights_file];
    if (!file) file = std::make_unique<SafetensorsFile>(decl.weights_file);
    read_one(decl, *file, variables, misfits[{decl.weights_file, decl.network}]);
  }
  for (const auto& [where, misfit] : misfits)
    refuse_misfit(where.first, where.second, misfit, *files[where.first]);
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
  std::set<std::string> all;
  for (const VariableDecl& decl : training.variables) all.insert(decl.name);
  read_weights(training, all, variables);
  derive(training, backend, variables);
}

void derive(const TrainingGraphs& training, Backend& backend, Variables& variables) {
  if (!training.derived) return;
  const auto program = backend.compiled(*training.derived);
  Executor(*program, variables, backend.lanes).run();
}

}  // namespace agon
