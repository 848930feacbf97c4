#pragma once
#include <array>
#include <memory>
#include <optional>
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
  std::string weights_file;  // begins from here (absolute path), where it is called `weights_name`
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
  bool logs = false;                   // it also computes the losses that no turn does
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

/// What `agon sample` asks of a spec instead of the file's grid. Its graph then has the inputs
/// "row" and "column" (i32 [batch]), and the outputs go on beyond one batch.
struct Drawing {
  enum class Form {
    Many,         // `count` examples; random numbers by the input "draw" (f64), the batch's number
    Walk,         // through latent space, past seeded key points and back to the first
    Interpolate,  // each row of the grid from one end to another
  };
  Form form = Form::Many;
  std::string spec;                   // the only one drawn; empty: all
  std::optional<std::int64_t> count;  // examples: of Many, or frames of Walk
};

/// Frames of a walk from one key point to the next, where it is not a grid.
inline constexpr std::int64_t kFramesBetween = 16;

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
  std::optional<Drawing> drawing;
  std::int64_t total = 0;  // of a drawing: examples in all
  /// Of a walk or an interpolation: rows of the input "walk" (f32 [batch, keys]), which says how
  /// much of each key point an example is.
  std::int64_t keys = 0;
  bool labelled = false;  // of many: output "label", i32 [batch]
};

/// Two sides of one evaluation that metrics by name compare. Where a metric needs them, both graphs
/// have the outputs "metric/fake" and "metric/real" (f32, one row an example, pictures
/// channels-last), "metric/fake.features", "metric/real.features" and "metric/fake.scores" (f32
/// [batch, n]).
struct Comparison {
  std::vector<std::string> metrics;  // names; empty where nothing is compared
  Shape example;                     // of either side, without batch, in the language's order
  double low = -1, high = 1;         // the range of a picture's numbers
  std::string fake, real;            // as written, canonical; real may be empty
  bool examples = false;             // whether some metric reads the sides themselves
  /// "reader", "reader.conv2", "random-v1", "values"; empty where no metric needs features.
  std::string features;
  std::string feature_network;  // whose weights they hang on, or empty
  std::int64_t feature_count = 0;
  std::string classifier;  // likewise for scores
  std::string classifier_network;
  std::int64_t classes = 0;
  std::vector<std::array<double, 2>> centres;  // of the modes of points
  double deviation = 0;
};

struct EvaluateGraph {
  std::string name;
  std::int64_t every = 0;
  std::int64_t batch = 0;
  std::int64_t count = 0;  // examples
  std::string split;
  std::vector<std::string>
      metrics;  // losses and own ones: f32 scalars of both graphs, means over the batch's examples
  std::unique_ptr<Graph> graph;  // for `batch` examples; input `step` (f64) counts the batches
  std::unique_ptr<Graph> last;   // for count % batch, or null
  std::int64_t repeats = 1;      // with other random numbers each: `step` counts on
  Comparison compared;
};

struct HealthGraph;  // graphs/experiment/health.h

/// Everything a stage of a run needs, built and checked; a run without stages is one. Throws
/// ConfigError with every finding; warnings go to `warnings`.
struct Plan {
  TrainingGraphs training;
  std::vector<SampleGraph> samples;
  std::vector<EvaluateGraph> evaluations;
  std::shared_ptr<const HealthGraph> health;  // null where nothing is looked at
  std::vector<LayerReport> layers;
  std::string stage;    // "stage 2 of 3: level = 1, steps 4001 to 12000"; empty without stages
  std::string reading;  // "one step = 5 draws of 64 images, 6 updates: c x5, g"
  std::vector<Diagnostic> warnings;
};

/// A plan for each of stages_of(experiment). The warnings of all are the first one's. With
/// `drawing`, the sample graphs are those of the drawing.
std::vector<Plan> build_plans(const Experiment& experiment, const OpRegistry& ops,
                              const Drawing* drawing = nullptr);
/// The first, which is the only one without stages.
Plan build_plan(const Experiment& experiment, const OpRegistry& ops,
                const Drawing* drawing = nullptr);

}  // namespace agon
