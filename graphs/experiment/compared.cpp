#include "graphs/experiment/compared.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "graphs/experiment/feature_network.h"
#include "ops/pointwise/pointwise.h"

namespace agon {

namespace {

[[noreturn]] void fail(const Origin& origin, const std::string& message) {
  throw ConfigError({{Severity::Error, origin, message}});
}

/// A misspelt metric is one that would have read what now seems idle.
bool names_unknown_metric(const EvaluateSection& section) {
  return std::ranges::any_of(section.metrics, [](const MetricEntry& entry) {
    return !entry.expression && find_metric(entry.name.text) == nullptr;
  });
}

class Compared {
 public:
  Compared(System& system, Scene& scene, const Named<EvaluateSection>& spec, std::int64_t count,
           bool report)
      : system_(system), scene_(scene), spec_(spec), count_(count), report_(report) {
    failed_ = names_unknown_metric(spec.value);
  }

  Comparison build(const std::vector<const MetricEntry*>& metrics) {
    expect_sides(metrics);
    fake_ = side(*spec_.value.fake, "fake");
    result_.fake = canonical_text(*spec_.value.fake);
    result_.example = fake_->shape().without(0);
    if (spec_.value.real) {
      real_ = side(*spec_.value.real, "real");
      result_.real = canonical_text(*spec_.value.real);
      expect_equal_shapes();
    }
    read_range();
    for (const MetricEntry* entry : metrics) {
      try {
        add(*entry);
      } catch (...) {
        failed_ = true;
        if (report_) system_.report_current_exception(entry->name.origin);
      }
    }
    if (report_ && !failed_) warn_of_idle_networks();
    if (result_.examples) {
      give("metric/fake", *fake_);
      if (real_) give("metric/real", *real_);
    }
    return std::move(result_);
  }

 private:
  static bool needs_real(const MetricEntry& entry) {
    return find_metric(entry.name.text)->needs != MetricNeeds::Modes;
  }

  void expect_sides(const std::vector<const MetricEntry*>& metrics) const {
    const auto comparing =
        std::ranges::find_if(metrics, [](const MetricEntry* entry) { return needs_real(*entry); });
    const bool fake = spec_.value.fake.has_value(), real = spec_.value.real.has_value();
    if (comparing != metrics.end() && !(fake && real)) {
      fail((*comparing)->name.origin,
           fmt::format("{} compares what is made with real examples; {} missing",
                       (*comparing)->name.text,
                       fake   ? "real: is"
                       : real ? "fake: is"
                              : "fake: and real: are"));
    }
    if (!fake)
      fail(metrics[0]->name.origin,
           fmt::format("{} measures what is made; fake: is missing", metrics[0]->name.text));
  }

  void warn_of_idle_networks() const {
    const auto warn = [&](const std::optional<Expr>& written, const std::string& used,
                          const char* metrics) {
      if (written && used.empty())
        system_.diagnostics.warning(written->origin,
                                    fmt::format("no metric reads it; {}", metrics));
    };
    warn(spec_.value.features, result_.features,
         "fid, kid, precision_recall and density_coverage do");
    warn(spec_.value.classifier, result_.classifier, "mode_coverage does");
  }

  void expect_equal_shapes() const {
    if (fake_->shape() == real_->shape()) return;
    fail(spec_.value.fake->origin,
         fmt::format("fake and real expect equal shapes, got {} and {}", to_text(result_.example),
                     to_text(real_->shape().without(0))));
  }

  Tensor side(const Expr& written, const std::string& key) {
    const std::string path = child_path(spec_.value.origin.path, key);
    const Term term = scene_.evaluate(written, path, "step");
    const Tensor* tensor = term.as_tensor();
    if (tensor == nullptr || tensor->rank() < 2 || tensor->size(0) != scene_.batch()) {
      fail(written.origin, fmt::format("expected a result for each example, [batch, ...], got {}",
                                       term.described()));
    }
    if (!is_floating(tensor->dtype()))
      fail(written.origin, "expected real values, got labels; real(x) converts");
    return tensor->rank() == 4 ? as_channels_last(*tensor) : *tensor;
  }

  /// What the real examples are known to lie in, else the range of the first source.
  void read_range() {
    if (real_ && real_->bounds) {
      result_.low = real_->bounds->low;
      result_.high = real_->bounds->high;
    } else if (!system_.experiment.data.empty()) {
      result_.low = system_.experiment.data[0].low;
      result_.high = system_.experiment.data[0].high;
    }
  }

  void add(const MetricEntry& entry) {
    const MetricDef& def = *find_metric(entry.name.text);
    const Shape& shape = result_.example;
    if (std::ranges::find(result_.metrics, def.name) != result_.metrics.end())
      fail(entry.name.origin, fmt::format("'{}' is named twice", def.name));
    if (def.needs == MetricNeeds::Pictures && shape.rank() != 3) {
      fail(entry.name.origin, fmt::format("{} expects pictures [channels, height, width], got {}",
                                          def.name, to_text(shape)));
    }
    if (shape.rank() == 3 && std::min(shape[1], shape[2]) < def.least_side) {
      fail(entry.name.origin,
           fmt::format("{} needs pictures of at least {} x {} pixels, got {} x {}", def.name,
                       def.least_side, def.least_side, shape[1], shape[2]));
    }
    if (count_ < def.least_count) {
      fail(entry.name.origin, fmt::format("{} needs at least {} examples, count is {}", def.name,
                                          def.least_count, count_));
    }
    if (def.needs == MetricNeeds::Features) {
      add_features();
      if (def.more_than_features && count_ <= result_.feature_count) {
        fail(entry.name.origin,
             fmt::format("{} needs more examples than features: count is {}, {} gives {} numbers",
                         def.name, count_, result_.features, result_.feature_count));
      }
    } else if (def.needs == MetricNeeds::Modes) {
      add_modes(entry);
    } else {
      result_.examples = true;
    }
    result_.metrics.push_back(def.name);
  }

  void add_features() {
    if (!result_.features.empty()) return;
    const FeatureSource source = feature_source(system_, spec_, result_.example, report_);
    const auto of = [&](const std::string& name, const Tensor& side) {
      const Tensor features = features_of(scene_, source, name, side, result_.low, result_.high);
      give("metric/" + name.substr(name.find('.') + 1) + ".features", features);
      return features.size(1);
    };
    result_.feature_count = of("evaluate.fake", *fake_);
    of("evaluate.real", *real_);
    result_.features = source.text;
    result_.feature_network = source.network;
  }

  /// Of points the modes that the program drew them from; of anything else a classifier's classes.
  void add_modes(const MetricEntry& entry) {
    const auto& facts = system_.experiment.facts;
    const bool points = result_.example == Shape{2};
    const auto drawn = std::ranges::find_if(
        facts, [](const DataFacts& source) { return !source.modes.centres.empty(); });
    if (points && !spec_.value.classifier && drawn != facts.end()) {
      result_.centres = drawn->modes.centres;
      result_.deviation = drawn->modes.deviation;
      result_.examples = true;
      return;
    }
    const std::int64_t classes = facts.empty() ? 0 : facts[0].classes();
    const FeatureSource source =
        classifier_source(system_, spec_, result_.example, classes, entry.name.origin);
    const Tensor scores =
        features_of(scene_, source, "evaluate.fake", *fake_, result_.low, result_.high);
    if (scores.size(1) < 2 || (classes > 0 && scores.size(1) != classes)) {
      fail(source.written->origin,
           fmt::format("a classifier gives a number for each class: {} expected, got {}",
                       classes > 0 ? fmt::format("{} (data.classes)", classes) : "at least 2",
                       scores.size(1)));
    }
    give("metric/fake.scores", scores);
    result_.classifier = source.text;
    result_.classifier_network = source.network;
    result_.classes = scores.size(1);
  }

  void give(const std::string& name, const Tensor& tensor) {
    const Value& value = tensor.value;
    scene_.graph().set_output(name,
                              tensor.dtype() == DType::F32 ? value : convert(value, DType::F32));
  }

  System& system_;
  Scene& scene_;
  const Named<EvaluateSection>& spec_;
  std::int64_t count_;
  bool report_;
  bool failed_ = false;  // what some metric reads is not known
  std::optional<Tensor> fake_, real_;
  Comparison result_;
};

}  // namespace

Comparison build_comparison(System& system, Scene& scene, const Named<EvaluateSection>& spec,
                            const std::vector<const MetricEntry*>& metrics, std::int64_t count,
                            bool report) {
  if (metrics.empty()) {
    const std::optional<Expr>& idle = spec.value.fake ? spec.value.fake : spec.value.real;
    if (report && idle && !names_unknown_metric(spec.value))
      system.diagnostics.warning(idle->origin, "no metric compares fake with real");
    return {};
  }
  try {
    return Compared(system, scene, spec, count, report).build(metrics);
  } catch (...) {
    if (report) system.report_current_exception(metrics.front()->name.origin);
    return {};
  }
}

}  // namespace agon
