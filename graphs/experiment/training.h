#pragma once
#include <memory>
#include <string>
#include <vector>

#include "engine/ir/op_def.h"
#include "engine/runtime/variables.h"
#include "graphs/experiment/experiment.h"

namespace agon {

/// A variable of the training state.
struct VariableDecl {
  std::string name;  // generator.up1/conv_transpose1.weight
  Type type;         // as the engine keeps it
  FileForm file;
  /// State: moved by its `next`, or kept by a function from draw to draw. Derived: follows from
  /// frozen networks and constants, and stands in no checkpoint.
  enum class Role {
    Parameter,
    Statistic,
    OptimizerState,
    Average,
    State,
    Derived
  } role = Role::Parameter;
  std::string network;       // empty for optimizer counters and `variables:`
  std::string weights_file;  // frozen networks: read from here (absolute path) under `weights_name`
  std::string weights_name;
};

/// The variable (f64) that counts the steps done, where sampling or evaluation reads a counter.
inline constexpr std::string_view kStepsDone = "steps";

/// Inputs of step, sample and evaluation graphs, as named in the graph:
///   step, draw                f64 scalars (sampling and evaluation have neither)
///   data.image, data.label, data.point (data.<source>.image with several sources)
/// One draw of a step: its turns and the values they share.
struct DrawGraph {
  std::unique_ptr<Graph> graph;
  /// Outputs "losses.<name>", f32 scalars, in the order of the file.
  std::vector<std::string> losses;
  std::vector<std::string> turns;      // optimizers in order
  std::vector<std::int64_t> left_out;  // periods of every(n, term) that are not due in it
  std::string title() const;           // "draw with turns d, g without every 16"
};

/// A step in which some every(n, term) are not due.
struct StepVariant {
  std::vector<std::int64_t> due;  // of the periods, those that divide the step
  std::vector<int> draws;
};

/// A whole training step. Run the draws in order, each with the next batch and its number as input
/// `draw`.
struct TrainingGraphs {
  std::vector<VariableDecl> variables;
  std::unique_ptr<Graph> initial;  // updates every variable but those from files; its inputs are
                                   // data that variables begin from
  /// Gives the derived variables their values, from frozen networks; null where there are none.
  std::unique_ptr<Graph> derived;
  std::vector<DrawGraph> programs;
  std::vector<int> draws;             // for each draw of a step the program that runs it
  std::vector<std::int64_t> periods;  // of every(n, term), ascending
  /// The other kinds of steps; `draws` is the one in which everything is computed.
  std::vector<StepVariant> variants;
  std::vector<std::string> losses;  // all that are logged, in the order of the file

  /// The draws of step `step`, counted from 0.
  const std::vector<int>& draws_at(std::int64_t step) const;
  /// How often a program runs in a step, on average over many.
  double runs_a_step(std::size_t program) const;
};

/// One row of `agon check`, for a layer of a network at its declared input.
struct LayerReport {
  std::string network;
  std::string name;  // up1/conv_transpose1
  std::string word;
  Shape shape;  // output, without batch
  std::int64_t parameters = 0;
  double flops = 0;        // forward, one example
  std::string arithmetic;  // how a convolution's height came about
  std::int64_t any = 0;    // the size that stood for `any` in inputs; 0 where there is none
  Origin origin;
};

struct SampleGraph {
  std::string name;  // "" for the only spec
  std::int64_t every = 0;
  std::int64_t batch = 0;  // examples
  std::int64_t rows = 0, columns = 0;
  bool is_points = false;  // pictures are [batch, 2]
  std::string split;       // train or test; empty when no data is read
  std::unique_ptr<Graph>
      graph;  // outputs "image0", "image1", ...: [batch, height, width, channels], side by side
  double low = -1, high = 1;  // the data's range: what is black and white
};

struct EvaluateGraph {
  std::string name;
  std::int64_t every = 0;
  std::int64_t batch = 0;
  std::int64_t count = 0;  // examples
  std::string split;
  std::vector<std::string>
      metrics;  // outputs of both graphs, f32 scalars: means over the batch's examples
  std::unique_ptr<Graph> graph;  // for `batch` examples; input `step` (f64) counts the batches
  std::unique_ptr<Graph> last;   // for count % batch, or null
};

/// Everything a stage of a run needs, built and checked; a run without stages is one. Throws
/// ConfigError with every finding; warnings go to `warnings`.
struct Plan {
  TrainingGraphs training;
  std::vector<SampleGraph> samples;
  std::vector<EvaluateGraph> evaluations;
  std::vector<LayerReport> layers;
  std::string stage;    // "stage 2 of 3: level = 1, steps 4001 to 12000"; empty without stages
  std::string reading;  // "one step = 5 draws of 64 images, 6 updates: c x5, g"
  std::vector<Diagnostic> warnings;
};

/// A plan for each of stages_of(experiment). The warnings of all are the first one's.
std::vector<Plan> build_plans(const Experiment& experiment, const OpRegistry& ops);
/// The first, which is the only one without stages.
Plan build_plan(const Experiment& experiment, const OpRegistry& ops);

}  // namespace agon
