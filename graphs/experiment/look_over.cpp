#include <algorithm>

#include "graphs/experiment/checks.h"
#include "graphs/experiment/names.h"
#include "graphs/experiment/variables.h"

namespace agon {

namespace {

/// Evaluates definitions for their mistakes; nothing of it is kept.
void look_over(System& system, const std::vector<const Named<Expr>*>& definitions) {
  Graph graph(system.ops);
  const Value zero = graph.constant(0, DType::F64);
  Scene scene(system, graph,
              {.batch = std::max<std::int64_t>(1, system.experiment.batch),
               .looking = true,
               .stream_prefix = "",
               .step = zero,
               .draw = zero,
               .alone = true});
  for (const Named<Expr>* definition : definitions) {
    try {
      scene.evaluate(definition->value, definition->origin.path, "step");
    } catch (...) {
      system.report_current_exception(definition->origin);
    }
  }
}

}  // namespace

void find_more_errors(const Experiment& experiment, const OpRegistry& ops,
                      Diagnostics& diagnostics) {
  const std::vector<Diagnostic> found = diagnostics.sorted();
  const auto wrong = [&](const std::string& path) {
    return std::any_of(found.begin(), found.end(), [&](const Diagnostic& d) {
      const std::string& at = d.origin.path;
      return at.starts_with(path) &&
             (at.size() == path.size() || at[path.size()] == '.' || at[path.size()] == '[');
    });
  };
  if (wrong("data") || wrong("params") || wrong("blocks") || experiment.facts.empty()) return;
  System system(experiment, ops);
  declare_networks(system);
  std::size_t broken = 0;
  for (const auto& network : system.networks) {
    if (!wrong("networks." + network->name())) continue;
    ++broken;
    network->mark_broken();
  }
  if (!wrong("variables")) declare_variables(system);
  std::vector<const Named<Expr>*> sound;
  const auto take = [&](const std::vector<Named<Expr>>& definitions) {
    for (const Named<Expr>& definition : definitions) {
      if (!wrong(definition.origin.path)) sound.push_back(&definition);
    }
  };
  // an entry that could not be read at all is missing, and those that name it are not to blame
  const bool networks_known = !wrong("networks") || broken > 0;
  if (networks_known && !wrong("step") && !wrong("variables")) {
    take(experiment.sections.step);
    if (!wrong("losses")) take(experiment.sections.losses);
  }
  look_over(system, sound);
  for (const Diagnostic& d : system.diagnostics.sorted()) {
    if (d.severity == Severity::Error) diagnostics.error(d.origin, d.message);
  }
}

namespace {

/// Step values that nothing names; losses too where nothing could be built that reads them.
std::vector<const Named<Expr>*> unread(const Experiment& experiment,
                                       const std::set<std::string>& read) {
  std::vector<const Named<Expr>*> found;
  const ExperimentSections& sections = experiment.sections;
  const bool untrained = sections.optimizers.empty();
  const std::set<std::string> named = names_in_use(experiment.document);
  for (const Named<Expr>& value : sections.step) {
    if (!read.contains(value.name) && (untrained || !named.contains(value.name)))
      found.push_back(&value);
  }
  for (const Named<Expr>& loss : sections.losses) {
    if (untrained && !read.contains(loss.name)) found.push_back(&loss);
  }
  return found;
}

bool is_at_place_of_one(const Diagnostic& d, const std::vector<Diagnostic>& others) {
  return std::ranges::any_of(
      others, [&](const Diagnostic& other) { return same_place(d.origin, other.origin); });
}

/// Those of what is unread itself: what it names may stand in a sample, where `with` changes it.
std::vector<Diagnostic> mistakes_in(const System& stage, const std::set<std::string>& read) {
  System alone(stage.experiment, stage.ops);
  declare_networks(alone);
  declare_variables(alone);
  alone.findings.refused = stage.findings.refused;
  const std::vector<const Named<Expr>*> judged = unread(stage.experiment, read);
  look_over(alone, judged);
  std::vector<Diagnostic> errors;
  for (const Diagnostic& d : alone.diagnostics.sorted()) {
    const bool own = std::ranges::any_of(
        judged, [&](const Named<Expr>* value) { return d.origin.path == value->origin.path; });
    if (own && d.severity == Severity::Error) errors.push_back(d);
  }
  return errors;
}

}  // namespace

void check_unread(const Stages& stages, const std::set<std::string>& read) {
  if (unread(stages.front()->experiment, read).empty()) return;
  // what one stage has no sizes for is meant for another
  std::vector<Diagnostic> wrong = mistakes_in(*stages.front(), read);
  for (std::size_t i = 1; i < stages.size(); ++i) {
    const std::vector<Diagnostic> here = mistakes_in(*stages[i], read);
    std::erase_if(wrong, [&](const Diagnostic& d) { return !is_at_place_of_one(d, here); });
  }
  const std::vector<Diagnostic> said = stages.front()->diagnostics.sorted();
  for (const Diagnostic& d : wrong) {
    if (is_at_place_of_one(d, said)) continue;
    for (const auto& stage : stages) stage->diagnostics.error(d.origin, d.message);
  }
}

}  // namespace agon
