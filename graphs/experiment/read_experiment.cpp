#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "engine/base/text.h"
#include "graphs/document/override.h"
#include "graphs/document/reader.h"
#include "graphs/document/suggestion.h"
#include "graphs/document/writer.h"
#include "graphs/experiment/compose.h"
#include "graphs/experiment/experiment.h"
#include "graphs/experiment/judge_numbers.h"
#include "graphs/experiment/names.h"
#include "graphs/experiment/other_kinds.h"
#include "graphs/experiment/pairs.h"
#include "graphs/experiment/paths.h"
#include "graphs/experiment/scope.h"
#include "graphs/experiment/stage_document.h"
#include "graphs/experiment/supported.h"

namespace agon {

namespace {

constexpr std::int64_t kHealthEvery = 100;
constexpr double kMostSteps = 9007199254740992.0;  // 2^53, as of `steps`
constexpr std::size_t kMostStages = 64;            // each is built and compiled

class Reading {
 public:
  Reading(Yaml document, const std::string& directory, const Inspect& inspect) : inspect_(inspect) {
    e_.document = std::move(document);
    e_.directory = directory;
  }

  Experiment read(const ReadOptions& options) {
    if (!options.quick && !options.restored) check_quick();
    apply_options(options);
    refuse_other_kinds(e_.document);
    e_.hash = config_hash(e_.document);
    e_.sections = read_experiment_sections(e_.document, diagnostics_);
    check_names(e_.sections, diagnostics_);
    check_supported(e_.sections, diagnostics_);
    e_.name = e_.sections.name.text;
    read_params();
    read_data();
    read_weights(options);
    // numbers that need data facts are only judged when the facts are known
    if (!diagnostics_.has_errors() || e_.facts.size() == e_.data.size()) read_numbers();
    if (diagnostics_.has_errors() && options.ops != nullptr)
      find_more_errors(e_, *options.ops, diagnostics_);
    e_.stage_steps = e_.steps;
    if (!diagnostics_.has_errors()) read_stages(options);
    diagnostics_.throw_if_errors();
    e_.warnings = diagnostics_.sorted();
    return std::move(e_);
  }

 private:
  void apply_options(const ReadOptions& options) {
    if (options.quick) {
      const Yaml* quick = e_.document.find("quick");
      if (quick == nullptr) throw Error(ExitCode::Usage, "--quick: the file has no quick: section");
      const Yaml patch = *quick;
      for (std::size_t i = 0; i < patch.keys.size(); ++i) {
        set_path(e_.document, patch.keys[i].text, patch.items[i], patch.keys[i].place,
                 experiment_override_names());
      }
    }
    for (const std::string& setting : options.set)
      apply_override(e_.document, setting, experiment_override_names());
  }

  /// What --quick would be told is told by every reading.
  void check_quick() {
    const Yaml* quick = e_.document.find("quick");
    if (quick == nullptr || e_.document.find("agon") == nullptr) return;
    Yaml tried = e_.document;
    for (std::size_t i = 0; i < quick->keys.size(); ++i) {
      try {
        set_path(tried, quick->keys[i].text, quick->items[i], quick->keys[i].place,
                 experiment_override_names());
      } catch (const ConfigError& error) {
        report(error);
      }
    }
    const auto findings = [](const Yaml& document) {
      Diagnostics found;
      read_experiment_sections(document, found);
      return found.sorted();
    };
    const std::vector<Diagnostic> before = findings(e_.document);
    for (const Diagnostic& d : findings(tried)) {
      if (std::find(before.begin(), before.end(), d) == before.end())
        diagnostics_.error(d.origin, d.message);
    }
  }

  void report(const ConfigError& error) {
    for (const Diagnostic& d : error.diagnostics()) diagnostics_.error(d.origin, d.message);
  }

  void read_params() {
    std::set<std::string> open;
    for (const Named<Number>& param : e_.sections.params) {
      try {
        param_value(param.name, open);
      } catch (const ConfigError& error) {
        report(error);
        e_.params.emplace(param.name, 1);  // so that one mistake gives one message
      }
    }
  }

  std::optional<double> param_value(const std::string& name, std::set<std::string>& open) {
    if (const auto it = e_.params.find(name); it != e_.params.end()) return it->second;
    for (const Named<Number>& param : e_.sections.params) {
      if (param.name != name) continue;
      if (!open.insert(name).second)
        throw ConfigError({{Severity::Error, param.origin,
                            fmt::format("param '{}' is defined by itself", name)}});
      NumberScope scope;
      scope.find = [&](const std::string& other) { return param_value(other, open); };
      for (const auto& p : e_.sections.params) scope.candidates.push_back(p.name);
      scope.absent = [](const std::string& other) {
        const bool later = other == "batch" || other.starts_with("data.");
        return later ? "; params are read before data and batch: write it where it is used" : "";
      };
      const double value = param.value.value(scope);
      open.erase(name);
      e_.params[name] = value;
      return value;
    }
    return std::nullopt;
  }

  void read_data() {
    NumberScope scope;
    scope.find = [&](const std::string& name) -> std::optional<double> {
      const auto it = e_.params.find(name);
      return it == e_.params.end() ? std::nullopt : std::optional(it->second);
    };
    for (const auto& [name, value] : e_.params) scope.candidates.push_back(name);
    for (const Named<DataSection>& source : e_.sections.data) {
      DataSpec spec = data_spec(source, scope);
      DataFacts facts;
      // a source that is wrong still has the shape of a picture, so that the rest can be judged
      facts.channels = spec.channels.value_or(1);
      facts.height = spec.height.value_or(28);
      facts.width = spec.width.value_or(28);
      facts.count = 1 << 20;
      facts.labels = {{.name = "label", .classes = 10, .length = 0, .class_names = {}}};
      try {
        if (!spec.source.empty()) facts = inspect_(spec);  // else reported while reading
      } catch (const ConfigError& error) {
        report(error);
      } catch (const GraphError& error) {
        diagnostics_.error(spec.origin, error.what());
      }
      e_.data.push_back(std::move(spec));
      e_.facts.push_back(std::move(facts));
    }
    if (!diagnostics_.has_errors()) check_pairs(e_.data, e_.facts, diagnostics_);
  }

  DataSpec data_spec(const Named<DataSection>& source, const NumberScope& scope) {
    const DataSection& s = source.value;
    DataSpec spec;
    spec.name = source.name;
    spec.source = s.source.text;
    const Yaml* written = e_.document.find("data");
    if (written != nullptr && !source.name.empty()) written = written->find(source.name);
    for (std::size_t i = 0; written != nullptr && i < written->keys.size(); ++i) {
      const std::string& key = written->keys[i].text;
      spec.key_origins[key] = written->key_origin(i, child_path(s.origin.path, key));
    }
    if (s.path) spec.path = resolved_path(*s.path, e_.directory);
    if (s.test) spec.test = resolved_path(*s.test, e_.directory);
    if (!s.size.empty()) {
      spec.height = s.size[0].value(scope, diagnostics_);
      spec.width = s.size.size() > 1 ? s.size[1].value(scope, diagnostics_) : spec.height;
    }
    if (s.channels) spec.channels = s.channels->value(scope, diagnostics_);
    if (s.frames) spec.frames = s.frames->value(scope, diagnostics_);
    if (s.count) spec.count = s.count->value(scope, diagnostics_);
    if (s.style) spec.style = s.style->text;
    for (const Text& table : s.labels) spec.labels.push_back(resolved_path(table, e_.directory));
    for (const AugmentItem& item : s.augment)
      spec.augment.push_back({item.kind, item.by.value(scope, diagnostics_).value_or(1)});
    if (!s.range.empty()) {
      spec.low = s.range[0].value(scope, diagnostics_).value_or(-1);
      spec.high = s.range[1].value(scope, diagnostics_).value_or(1);
      expect_rising("range", spec.low, spec.high, s.range[0].origin(), diagnostics_);
    }
    spec.pick = s.pick;
    spec.paired = s.paired;
    spec.hold_out = s.hold_out.value(scope, diagnostics_).value_or(0);
    spec.validate = s.validate.value(scope, diagnostics_).value_or(0);
    spec.origin = s.origin;
    spec.source_origin = s.source.origin;
    spec.path_origin = s.path ? s.path->origin : s.origin;
    return spec;
  }

  void read_weights(const ReadOptions& options) {
    constexpr std::string_view kRun = "run:";
    for (const Named<NetworkSection>& network : e_.sections.networks) {
      if (!network.value.weights) continue;
      const Text& written = *network.value.weights;
      std::string& file = e_.weights[network.name];
      if (!written.text.starts_with(kRun)) {
        file = resolved_path(written, e_.directory);
        if (!options.restored && !std::filesystem::is_regular_file(file))
          diagnostics_.error(written.origin, fmt::format("no file '{}'", printable(file)));
        continue;
      }
      if (!options.find_state) continue;
      try {
        file = options.find_state(written.text.substr(kRun.size()));
      } catch (const Error& failure) {
        const std::string missing = failure.what();
        if (options.runs_may_be_missing) {
          diagnostics_.note(written.origin, missing + "; training needs it");
        } else {
          diagnostics_.error(written.origin, missing);
        }
      }
    }
  }

  void read_numbers() {
    const auto scope = number_scope(e_);
    const TrainSection& train = e_.sections.train;
    e_.seed = e_.sections.seed.value(*scope, diagnostics_).value_or(1);
    e_.batch = train.batch.value(*scope, diagnostics_).value_or(1);
    read_steps(train, *scope);
    if (train.log.every) e_.log_every = train.log.every->value(*scope, diagnostics_).value_or(0);
    read_shown(train.log);
    judge_numbers(e_.sections, *scope, diagnostics_);
    if (e_.sections.checkpoint.every)
      e_.checkpoint_every = e_.sections.checkpoint.every->value(*scope, diagnostics_).value_or(0);
    if (e_.sections.checkpoint.keep)
      e_.checkpoint_keep = e_.sections.checkpoint.keep->value(*scope, diagnostics_).value_or(0);
    e_.health_every = kHealthEvery;
    if (e_.sections.health.every)
      e_.health_every = e_.sections.health.every->value(*scope, diagnostics_).value_or(1);
    for (std::size_t i = 0; i < e_.data.size(); ++i) {
      if (e_.facts[i].picture == nullptr && e_.batch > e_.facts[i].count) {
        diagnostics_.error(train.batch.origin(),
                           fmt::format("batch is {}, {} has {} examples", e_.batch,
                                       e_.data[i].source, e_.facts[i].count));
      }
    }
    if (const auto& lanes = e_.sections.lanes; lanes && lanes->text != "auto") {
      const auto number = parse_number(lanes->text);
      if (!number || *number < 1 || *number > 1024 || *number != std::floor(*number)) {
        diagnostics_.error(
            lanes->origin,
            fmt::format("lanes expects auto or a whole number from 1 to 1024, got '{}'",
                        lanes->text));
      } else {
        e_.lanes = static_cast<int>(*number);
      }
    }
  }

  void read_shown(const LogSection& log) {
    std::vector<std::string> losses;
    for (const auto& loss : e_.sections.losses) losses.push_back(loss.name);
    if (const Yaml* written = e_.document.find("losses")) {  // one that cannot be read is one too
      for (const YamlKey& key : written->keys) losses.push_back(key.text);
    }
    for (const Expr& shown : log.show) {
      const std::string name = canonical_text(shown);
      if (std::find(losses.begin(), losses.end(), name) == losses.end()) {
        diagnostics_.error(shown.origin, fmt::format("expected the name of a loss, got '{}'{}",
                                                     name, suggestion(name, losses)));
      }
      e_.log_show.push_back(name);
    }
  }

  /// A length that could not be read, or whose key is misspelt, has its own message.
  bool mentions_length() const {
    for (const Diagnostic& d : diagnostics_.sorted()) {
      if (d.origin.path.starts_with("train")) return true;
    }
    return false;
  }

  void read_steps(const TrainSection& train, const NumberScope& scope) {
    if (!train.stages.empty() && (train.steps || train.epochs)) {
      diagnostics_.error((train.steps ? train.steps->origin() : train.epochs->origin()),
                         "stages have steps of their own");
    } else if (train.steps && train.epochs) {
      diagnostics_.error(train.epochs->origin(), "give steps or epochs, not both");
    } else if (train.steps) {
      e_.steps = train.steps->value(scope, diagnostics_).value_or(1);
    } else if (train.epochs) {
      const double epochs = train.epochs->value(scope, diagnostics_).value_or(1);
      // The first source that is a set counts.
      const auto set = std::ranges::find(e_.facts, nullptr, &DataFacts::picture);
      if (set == e_.facts.end()) {
        diagnostics_.error(train.epochs->origin(), "epochs need data; give steps");
      } else {
        const double steps =
            std::ceil(epochs * static_cast<double>(set->count) / static_cast<double>(e_.batch));
        if (steps <= kMostSteps) {
          e_.steps = static_cast<std::int64_t>(steps);
        } else {
          diagnostics_.error(
              train.epochs->origin(),
              fmt::format("{} epochs are more than 2^53 steps", number_text(epochs)));
        }
      }
    } else if (!train.stages.empty()) {
      e_.steps = 1;  // theirs together, once they are read
    } else if (!mentions_length()) {
      diagnostics_.error(train.origin.known() ? train.origin : e_.document.origin("train"),
                         "train needs steps or epochs");
    }
  }

  /// Each stage is the file with its params and order in their places.
  void read_stages(const ReadOptions& options) {
    const std::vector<StageSection>& written = e_.sections.train.stages;
    if (written.size() > kMostStages) {
      diagnostics_.error(
          written[kMostStages].origin,
          fmt::format("expected at most {} stages, got {}", kMostStages, written.size()));
      return;
    }
    std::int64_t begin = 0;
    for (std::size_t i = 0; i < written.size(); ++i) {
      ReadOptions as_is = options;
      as_is.set.clear();
      as_is.quick = false;
      try {
        Experiment stage =
            Reading(stage_document(e_, i, diagnostics_), e_.directory, inspect_).read(as_is);
        stage.first_step = begin;
        begin += stage.stage_steps;
        for (const Diagnostic& d : stage.warnings) diagnostics_.add(d);
        e_.stages.push_back(std::move(stage));
      } catch (const ConfigError& error) {
        report_of_stage(error, i);
      }
    }
    if (!e_.stages.empty()) e_.steps = e_.stage_steps = begin;
    for (Experiment& stage : e_.stages) {
      stage.steps = begin;
      stage.document = e_.document;
      stage.hash = e_.hash;
      stage.log_every = e_.log_every;
    }
  }

  /// The file alone has no mistake: what goes wrong is the stage's, or that of one before it.
  void report_of_stage(const ConfigError& error, std::size_t number) {
    const std::vector<Diagnostic> before = diagnostics_.sorted();
    for (const Diagnostic& d : error.diagnostics()) {
      const bool said = d.origin.known() && has_error_at(before, d.origin);
      if (d.severity == Severity::Error && !said)
        diagnostics_.add(of_stage(d, e_.sections.train.stages, number));
    }
  }

  const Inspect& inspect_;
  Experiment e_;
  Diagnostics diagnostics_;
};

}  // namespace

Experiment read_experiment_text(const std::string& text, const std::string& file,
                                const std::string& directory, const ReadOptions& options,
                                const Inspect& inspect) {
  return Reading(composed(read_yaml_text(text, file), directory), directory, inspect).read(options);
}

Experiment read_experiment(const std::string& path, const ReadOptions& options,
                           const Inspect& inspect) {
  return Reading(read_composed(path), folder_of(path), inspect).read(options);
}

}  // namespace agon
