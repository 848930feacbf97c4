#pragma once
#include <memory>
#include <string>
#include <vector>

#include "graphs/experiment/training.h"

namespace agon {

/// How a loss judges the scores of a discriminator: logits against 1 and 0, numbers against 1 and
/// 0, by margins around 0, or by their difference alone.
enum class ScoreKind { Logits, Targets, Margins, Unbounded };

/// The score above which an example counts as real; see has_boundary.
double boundary(ScoreKind kind);
/// Of unbounded scores only the difference means something.
bool has_boundary(ScoreKind kind);

/// A discriminator and who makes what it judges. Number i has the outputs "critic<i>.<what>" of a
/// HealthGraph:
///   real, fake                        its scores [...]
///   fake_alone                        where a score is less another (relativistic): without that
///   real_example, fake_example        what it was given, one row an example, pictures
///                                     channels-last
///   slope                             where scores are unbounded: the length of their gradient
///                                     with respect to each generated example [batch]
///   made, relabelled, redrawn, label  with `labelled`: what the maker makes, the same with the
///                                     next example's label, the same with the next example's other
///                                     inputs; labels i32 [batch] or f32 [batch, n]
struct WatchedCritic {
  std::string network;
  ScoreKind kind = ScoreKind::Logits;
  bool saturates = false;  // the generator minimizes log(1 - sigmoid(score)) itself
  std::string maker;       // network; empty where what is judged is made by none that is trained
  std::string maker_turn;  // optimizer that updates the maker
  bool pictures = false;   // examples are [batch, height, width, channels]
  bool labelled = false;
};

/// What critics say of real examples, trained on or not: a graph of its own, run on batches of
/// either kind.
struct HeldOut {
  /// Inputs as in HealthGraph. Output "critic<i>.real": the scores that critic i gives the batch's
  /// real examples, f32 [rows, ...], without what a relativistic score takes from them; none where
  /// these are no data.
  std::unique_ptr<Graph> graph;  // null where nothing was held out
  std::string split;             // "validate" or "test"
  std::int64_t batches = 0;      // the first so many, of that split and of the training examples
};

/// What the health of a training is read from: one graph that computes, from the variables as they
/// are, what the training step does with one batch, and updates nothing.
struct HealthGraph {
  /// Inputs data.* as in training and step (f64: steps done). Beside those of critics the outputs
  ///   gradient.<optimizer>   f32, squares of all elements of its gradient, summed
  ///   code.mean, code.logvar f32 [batch, n], where there is a code
  std::unique_ptr<Graph> graph;
  std::int64_t batch = 0;
  std::vector<WatchedCritic> critics;
  HeldOut held_out;
  bool has_code = false;

  /// An optimizer's networks, and the limits `keep` holds their weights in.
  struct Turn {
    std::string optimizer;
    std::vector<std::string> networks;
    std::vector<double> keep;  // empty or [low, high]
  };
  std::vector<Turn> turns;

  std::vector<std::string> on;   // "collapse: generator, by what discriminator(fake) judges"
  std::vector<std::string> off;  // "posterior_collapse: no kl_normal( ) in the losses"
};

}  // namespace agon
