#include "graphs/experiment/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "graphs/words/layer.h"

namespace agon {

namespace {

constexpr std::array kReserved = {
    "step",  "progress", "stage_progress", "batch",         "data",   "current", "row", "column",
    "train", "infer",    "average",        "residual",      "repeat", "compute", "and", "or",
    "not",   "true",     "false",          "spectral_norm", "any"};

class Names {
 public:
  explicit Names(Diagnostics& diagnostics) : diagnostics_(diagnostics) {
    for (const char* word : kReserved) structure_.insert(word);
    reserved_ = structure_;
    for (const FunctionDef& f : functions()) reserved_.insert(f.name);
    reserved_.erase(
        "real");  // everybody's name for the data's pictures; real(x) is still the function
    for (const LayerDef& l : layers()) reserved_.insert(l.word);
  }

  void take(const std::string& name, const Origin& origin, const std::string& what) {
    if (refused(name, reserved_, origin)) return;
    const auto [it, fresh] = taken_.emplace(name, std::pair{what, origin});
    if (!fresh) {
      diagnostics_.error(origin,
                         fmt::format("the name '{}' is taken by {} at {}", name, it->second.first,
                                     place_text(it->second.second, origin)));
    }
  }

  /// An argument of a block: must not hide a shared name. It is a number, so a function or layer
  /// may be called alike (fire(squeeze, expand)).
  void local(const std::string& name, const Origin& origin) {
    if (refused(name, structure_, origin)) return;
    if (const auto it = taken_.find(name); it != taken_.end()) {
      diagnostics_.error(origin,
                         fmt::format("the argument '{}' hides {} at {}", name, it->second.first,
                                     place_text(it->second.second, origin)));
    }
  }

 private:
  bool refused(const std::string& name, const std::set<std::string>& words, const Origin& origin) {
    if (!words.contains(name)) return false;
    diagnostics_.error(origin,
                       fmt::format("'{}' is a word of the language; choose another name", name));
    return true;
  }

  Diagnostics& diagnostics_;
  std::set<std::string> structure_;  // words that are neither layers nor functions
  std::set<std::string> reserved_;
  std::map<std::string, std::pair<std::string, Origin>> taken_;
};

}  // namespace

std::string place_text(const Origin& other, const Origin& here) {
  if (other.file == here.file) return fmt::format("line {}", other.line);
  return fmt::format("{}:{}", other.file, other.line);
}

bool same_place(const Origin& a, const Origin& b) {
  return a.file == b.file && a.line == b.line && a.column == b.column;
}

bool has_error_at(const std::vector<Diagnostic>& findings, const Origin& place) {
  return std::ranges::any_of(findings, [&](const Diagnostic& d) {
    return d.severity == Severity::Error && same_place(d.origin, place);
  });
}

void check_names(const ExperimentSections& sections, Diagnostics& diagnostics) {
  Names names(diagnostics);
  for (const auto& entry : sections.params) names.take(entry.name, entry.origin, "a param");
  for (const auto& entry : sections.networks) names.take(entry.name, entry.origin, "a network");
  for (const auto& entry : sections.variables) names.take(entry.name, entry.origin, "a variable");
  for (const auto& entry : sections.step) names.take(entry.name, entry.origin, "a step value");
  for (const auto& entry : sections.losses) names.take(entry.name, entry.origin, "a loss");
  for (const BlockSection& block : sections.blocks)
    names.take(block.signature.name, block.signature.origin, "a block");
  for (const BlockSection& block : sections.blocks) {
    for (const std::string& argument : block.signature.parameters)
      names.local(argument, block.signature.origin);
  }
}

}  // namespace agon
