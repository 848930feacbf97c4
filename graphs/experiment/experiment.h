#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "graphs/data_spec.h"
#include "graphs/keys/sections.h"

namespace agon {

class OpRegistry;

/// An experiment file as understood: params known, sources inspected, names checked. Made by
/// read_experiment and not changed after.
struct Experiment {
  Yaml document;          // with overrides applied: what runs/<n>/experiment.yaml holds
  std::string hash;       // of the document's content
  std::string directory;  // of the file: where its relative paths begin
  ExperimentSections sections;
  std::map<std::string, double> params;
  std::vector<DataSpec> data;    // in file order
  std::vector<DataFacts> facts;  // beside `data`
  std::string name;
  std::int64_t seed = 1;
  std::int64_t steps = 0;        // of the whole training: train.steps, from epochs, or all stages
  std::int64_t first_step = 0;   // where this stage begins; 0 without stages
  std::int64_t stage_steps = 0;  // its length; `steps` without stages
  std::int64_t batch = 1;
  std::int64_t log_every = 0;
  std::vector<std::string> log_show;  // losses of the progress line; empty: all
  std::int64_t checkpoint_every = 0;  // 0: only at the end
  std::int64_t checkpoint_keep = 0;
  std::int64_t health_every = 0;  // steps between two looks at its health; never 0
  std::optional<int> lanes;       // nothing: auto
  /// By network, the absolute path of the file its weights begin from.
  std::map<std::string, std::string> weights;
  std::vector<Diagnostic> warnings;
  /// train.stages: each this experiment with the stage's params, data, order and place among the
  /// steps. Empty without stages.
  std::vector<Experiment> stages;
};

/// The stages in order; the experiment itself where it has none.
std::vector<const Experiment*> stages_of(const Experiment& experiment);
/// Of stages_of, the one that does the last of `steps_done` steps; the first before any.
std::size_t stage_at(const Experiment& experiment, std::int64_t steps_done);
/// "stage 2 of 3: level = 1, steps 4,001 to 12,000"; empty without stages.
std::string stage_text(const Experiment& experiment, std::size_t stage);
/// A mistake that stage `number` (from 0) of `stages` makes and not every one of them: with "; in
/// stage 2 (line 9), which sets level = 1", unless it stands in the stage itself.
Diagnostic of_stage(Diagnostic found, const std::vector<StageSection>& stages, std::size_t number);

struct ReadOptions {
  std::vector<std::string> set;  // "path=value" in order
  bool quick = false;            // apply `quick:`
  /// When given, a file with wrong keys is also built as far as it can be, so that its wrong layers
  /// and expressions are reported with them.
  const OpRegistry* ops = nullptr;
  /// The file that holds the state of the run in `weights: run:NAME`. Throws Error.
  std::function<std::string(const std::string& run)> find_state = {};
  /// A run that is not there yet is noted and its network keeps its drawn values: for looking at a
  /// file before what it builds on is trained. Likewise where there is no find_state.
  bool runs_may_be_missing = false;
  /// Whether files of weights may be gone: a run's checkpoints hold what was read from them.
  bool restored = false;
};

/// Tells what a source is (runners/data: inspect_data).
using Inspect = std::function<DataFacts(const DataSpec&)>;

/// What is wrong with networks, step values and losses of an experiment whose keys are wrong
/// elsewhere; what depends on the wrong keys is passed over.
void find_more_errors(const Experiment& experiment, const OpRegistry& ops,
                      Diagnostics& diagnostics);

/// Reads, checks and resolves a file. Throws ConfigError with every finding.
Experiment read_experiment(const std::string& path, const ReadOptions& options,
                           const Inspect& inspect);
/// The same for a text; `file` is shown in messages, relative paths begin at `directory`.
Experiment read_experiment_text(const std::string& text, const std::string& file,
                                const std::string& directory, const ReadOptions& options,
                                const Inspect& inspect);

}  // namespace agon
