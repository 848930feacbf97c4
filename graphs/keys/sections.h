#pragma once
#include <optional>
#include <string>
#include <vector>

#include "graphs/data_spec.h"
#include "graphs/document/override.h"
#include "graphs/keys/forms.h"
#include "graphs/keys/layer_item.h"

/// The sections of an experiment file, as written: expressions unevaluated, names unresolved.
namespace agon {

/// An item of `augment:`.
struct AugmentItem {
  Augment::Kind kind = Augment::Kind::Flip;
  Whole by = 0;  // of shift
};

/// One source under `data:`.
struct DataSection {
  Origin origin;
  Text source;
  std::optional<Text> path;
  std::optional<Text> test;
  std::vector<Whole> size;  // empty, [n] or [height, width]
  std::optional<Whole> channels;
  std::optional<Whole> frames;
  std::optional<Whole> count;
  std::optional<Text> style;
  std::vector<Text> labels;   // tables: of `path`, then of `test`
  std::vector<Number> range;  // empty or [low, high]
  Pick pick = Pick::Shuffle;
  bool paired = false;  // written beside the sources, the same for all
  std::vector<AugmentItem> augment;
  Number hold_out = 0.0;
  Number validate = 0.0;
};

struct NetworkSection {
  Origin origin;
  std::vector<Named<Yaml>> input;  // a shape (list) or an expression (`data.image`)
  std::optional<Expr> init;        // `normal(std=0.02)` or a word
  std::optional<Number> average;
  bool frozen = false;
  std::optional<Text> weights;
  std::optional<Text> device;
  std::vector<LayerItem> layers;
  std::vector<Named<std::vector<LayerItem>>> outputs;
};

/// A block: its arguments and its layers.
struct BlockSection {
  Signature signature;
  std::vector<LayerItem> layers;
};

/// What a learning rate may be, where it is known.
inline const Range kRates{.low = 0};

/// `adam: {lr: 1e-4, betas: [0.5, 0.999]}`; what an algorithm does not have is empty.
struct UpdateRule {
  Origin origin;
  std::string word;  // sgd, momentum, nesterov, rmsprop, adam, adamw
  Expr lr;
  std::vector<Number> betas;       // adam, adamw: two
  std::optional<Number> eps;       // adam, adamw, rmsprop
  std::optional<Number> momentum;  // momentum, nesterov
  std::optional<Number> alpha;     // rmsprop
};

struct OptimizerSection {
  Origin origin;
  Expr minimize;
  std::vector<Text> update;  // networks, variables, `encoder.head`
  UpdateRule rule;
  std::optional<Number> clip_norm;
  std::optional<Number> weight_decay;
  std::vector<Number> keep;  // empty or [low, high]
};

struct VariableSection {
  Origin origin;
  Expr init;
  std::vector<Expr> shape;
  std::optional<Expr> next;
  std::vector<Number> keep;  // empty or [low, high]
};

/// `fake: generator(z)`, or `fake: {value: generator(z), device: cuda}`.
struct StepValueSection {
  Origin origin;
  Expr value;
  std::optional<Text> device;
};

struct LogSection {
  std::optional<Whole> every;
  std::vector<Expr> show;
};

struct StageSection {
  Origin origin;
  Whole steps;
  std::vector<Named<Yaml>> set;
  std::vector<Expr> order;
};

struct TrainSection {
  Origin origin;
  std::optional<Whole> steps;
  std::optional<Number> epochs;
  Whole batch = 1;
  std::vector<Expr> order;  // empty: each optimizer once, in file order; `c * 5`
  LogSection log;
  std::vector<StageSection> stages;
};

struct SampleSection {
  Origin origin;
  std::optional<Whole> every;
  std::vector<Expr> image;
  std::optional<Grid> grid;
  std::vector<Named<Expr>> with;
  std::optional<Text> on;
  std::optional<Whole> batch;
};

/// An entry of `metrics:`: a metric's name, or a name with an expression of the user's.
struct MetricEntry {
  Text name;
  std::optional<Expr> expression;
};

struct EvaluateSection {
  Origin origin;
  std::optional<Whole> every;
  std::optional<Expr> fake;
  std::optional<Expr> real;
  std::optional<Text> on;
  std::optional<Whole> count;
  Whole batch = 100;
  std::optional<Expr> features;    // `reader` or `reader.conv2`
  std::optional<Expr> classifier;  // a network with data.classes outputs
  Whole repeats = 1;
  std::vector<MetricEntry> metrics;
};

struct CheckpointSection {
  std::optional<Whole> every;
  std::optional<Whole> keep;
  bool goes_on = false;  // on_error: continue
};

/// What becomes of a training when a health signal gives alarm.
enum class OnAlarm { Continue, Stop, Rollback };

struct HealthSection {
  Origin origin;
  std::optional<Whole> every;
  std::vector<Expr> real, fake;  // scores of discriminators, in pairs
  std::vector<Expr> code;        // mean and log-variance
  std::optional<Expr> label;
  OnAlarm on_alarm = OnAlarm::Continue;
};

/// A whole file.
struct ExperimentSections {
  Origin origin;
  Whole agon = 1;
  Text name;
  std::optional<Text> about;
  std::optional<Text> paper;
  Whole seed = 1;
  std::optional<Text> device;
  std::optional<Text> lanes;
  Text precision{"float32", {}};
  Text determinism{"run", {}};
  std::optional<Yaml> extends;
  std::optional<Yaml> quick;
  std::vector<Named<Number>> params;
  std::vector<Named<DataSection>> data;  // one source has the name ""
  std::vector<BlockSection> blocks;
  std::vector<Named<NetworkSection>> networks;
  std::vector<Named<VariableSection>> variables;
  std::vector<Named<StepValueSection>> step_values;
  std::vector<Named<Expr>> step;  // the values of step_values
  std::vector<Named<Expr>> losses;
  std::vector<Named<OptimizerSection>> optimizers;
  TrainSection train;
  std::vector<Named<SampleSection>> sample;      // one spec has the name ""
  std::vector<Named<EvaluateSection>> evaluate;  // one spec has the name ""
  CheckpointSection checkpoint;
  HealthSection health;
};

const Keys<DataSection>& data_keys();
/// A source, or several by name with `paired` beside them.
Form<std::vector<Named<DataSection>>> data_form();
const Keys<NetworkSection>& network_keys();
const Keys<OptimizerSection>& optimizer_keys();
const Keys<VariableSection>& variable_keys();
/// Its lone argument is `value`.
const Keys<StepValueSection>& step_value_keys();
const Keys<TrainSection>& train_keys();
const Keys<SampleSection>& sample_keys();
const Keys<EvaluateSection>& evaluate_keys();
const Keys<CheckpointSection>& checkpoint_keys();
const Keys<HealthSection>& health_keys();
/// The table of a whole file; root of declared_paths and keys_markdown.
const Keys<ExperimentSections>& experiment_keys();

/// Reads a whole file; every finding goes to `diagnostics`.
ExperimentSections read_experiment_sections(const Yaml& document, Diagnostics& diagnostics);

/// For apply_override on an experiment file.
OverrideNames experiment_override_names();

}  // namespace agon
