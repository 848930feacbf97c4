#include <fmt/format.h>

#include <algorithm>

#include "graphs/document/suggestion.h"
#include "graphs/experiment/build.h"
#include "graphs/experiment/compared.h"
#include "graphs/experiment/look_mistakes.h"
#include "graphs/experiment/scope.h"
#include "ops/pointwise/pointwise.h"

namespace agon {

std::string split_of(System& system, const std::optional<Text>& on) {
  const bool has_test = split_count(system.experiment, "test").value_or(0) > 0;
  if (on && on->text == "validate" && split_count(system.experiment, "validate").value_or(0) == 0) {
    system.diagnostics.error(on->origin, "the data has no validation examples; give it validate:");
  }
  if (on) {
    if (on->text == "test" && !has_test)
      system.diagnostics.error(on->origin,
                               "the data has no test examples; give it test: or hold_out:");
    return on->text;
  }
  return has_test ? "test" : "train";
}

namespace {

class EvaluateBuilder {
 public:
  EvaluateBuilder(System& system, const Named<EvaluateSection>& spec, std::set<std::string>& used)
      : system_(system), spec_(spec), used_(used) {}

  EvaluateGraph build() {
    const EvaluateSection& section = spec_.value;
    result_.name = spec_.name;
    result_.every = section.every ? section.every->value(*system_.numbers) : 0;
    result_.batch = section.batch.value(*system_.numbers);
    result_.repeats = section.repeats.value(*system_.numbers);
    result_.split = split_of(system_, section.on);
    const std::int64_t all = split_count(system_.experiment, result_.split).value_or(0);
    const bool no_split = all == 0 && section.on && section.on->text != "train";  // was said
    result_.count = section.count ? section.count->value(*system_.numbers) : all;
    if (result_.count == 0 && no_split) result_.count = result_.batch;
    if (result_.count == 0) {
      throw ConfigError(
          {{Severity::Error, section.origin, "nothing says how many examples; give it count:"}});
    }
    result_.batch = std::min(result_.batch, result_.count);
    const LookMistakes mistakes(system_, look());
    result_.graph = graph_for(result_.batch, true);
    if (reads_data_ && result_.count > all && !no_split) {
      system_.diagnostics.error(section.count->origin(),
                                fmt::format("count is {}, the {} split has {} examples",
                                            result_.count, result_.split, all));
    }
    if (!reads_data_) result_.split = "";
    if (result_.count % result_.batch != 0)
      result_.last = graph_for(result_.count % result_.batch, false);
    return std::move(result_);
  }

 private:
  Look look() const {
    const EvaluateSection& section = spec_.value;
    Look look{.name = section.origin.path,
              .origin = section.origin,
              .batch = result_.batch,
              .expressions = {},
              .losses = {},
              .with = {}};
    for (const auto* side : {&section.fake, &section.real}) {
      if (*side) look.expressions.push_back(&**side);
    }
    for (const MetricEntry& entry : section.metrics) {
      const MetricDef* def = entry.expression ? nullptr : find_metric(entry.name.text);
      if (entry.expression) look.expressions.push_back(&*entry.expression);
      if (def == nullptr || def->needs != MetricNeeds::Losses) continue;
      for (const Named<Expr>& loss : system_.experiment.sections.losses)
        look.losses.push_back(&loss);
    }
    return look;
  }

  std::unique_ptr<Graph> graph_for(std::int64_t batch, bool first) {
    auto graph = std::make_unique<Graph>(system_.ops);
    const std::string prefix = spec_.name.empty() ? "evaluate/" : "evaluate." + spec_.name + "/";
    Scene scene(system_, *graph,
                {.batch = batch,
                 .looking = true,
                 .stream_prefix = prefix,
                 .step = graph->input("step", Type{DType::F64, {}}),
                 .draw = graph->constant(0, DType::F64)});
    std::vector<const MetricEntry*> by_name;
    for (const MetricEntry& entry : spec_.value.metrics) {
      try {
        if (!entry.expression && known_metric(entry).needs != MetricNeeds::Losses) {
          by_name.push_back(&entry);
        } else {
          averaged(scene, *graph, entry, first);
        }
      } catch (...) {
        if (first) system_.report_current_exception(entry.name.origin);
      }
    }
    Comparison compared = build_comparison(system_, scene, spec_, by_name, result_.count, first);
    if (first) result_.compared = std::move(compared);
    reads_data_ = reads_data_ || scene.reads_data();
    used_.insert(scene.used().begin(), scene.used().end());
    return graph;
  }

  static const MetricDef& known_metric(const MetricEntry& entry) {
    if (const MetricDef* def = find_metric(entry.name.text)) return *def;
    std::vector<std::string> known;
    for (const MetricDef& def : agon::metrics()) known.push_back(def.name);
    throw ConfigError({{Severity::Error, entry.name.origin,
                        fmt::format("unknown metric '{}'{} (own ones are a mapping from names to "
                                    "expressions)",
                                    entry.name.text, suggestion(entry.name.text, known))}});
  }

  /// A loss or an expression of the user's: one number a batch.
  void averaged(Scene& scene, Graph& graph, const MetricEntry& entry, bool first) {
    if (entry.expression) {
      const Tensor value =
          tensor_of(scene.evaluate_number(*entry.expression, entry.name.origin.path, "step"),
                    picture_or_plain(graph.constant(0)));
      if (value.rank() != 0) {
        throw ConfigError(
            {{Severity::Error, entry.expression->origin,
              fmt::format("a metric is one number, got {}", to_text(value.shape()))}});
      }
      give(graph, entry.name.text, value, first);
      return;
    }
    for (const Named<Expr>& loss : system_.experiment.sections.losses) {
      try {
        give(graph, loss.name, scene.loss(loss), first);
      } catch (...) {
        if (first) system_.report_current_exception(loss.origin);
      }
    }
  }

  void give(Graph& graph, const std::string& name, const Tensor& value, bool first) {
    graph.set_output(name,
                     value.dtype() == DType::F32 ? value.value : convert(value.value, DType::F32));
    if (first) result_.metrics.push_back(name);
  }

  System& system_;
  const Named<EvaluateSection>& spec_;
  std::set<std::string>& used_;
  EvaluateGraph result_;
  bool reads_data_ = false;
};

}  // namespace

std::vector<EvaluateGraph> build_evaluations(System& system, std::set<std::string>& used) {
  std::vector<EvaluateGraph> evaluations;
  for (const Named<EvaluateSection>& spec : system.experiment.sections.evaluate) {
    try {
      evaluations.push_back(EvaluateBuilder(system, spec, used).build());
    } catch (...) {
      system.report_current_exception(spec.value.origin);
    }
  }
  return evaluations;
}

}  // namespace agon
