#pragma once
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "graphs/experiment/scene.h"

/// The checks of LANGUAGE.md rule 14 that are about meaning: they walk the built graphs and add
/// warnings and errors to a system's diagnostics.
namespace agon {

/// Notes the summands of what `optimizer` minimizes and whether their gradients reach `xs`, the
/// values of what it updates. Call when they have just been evaluated in `scene`.
void note_summands(System& system, const Scene& scene, const Named<OptimizerSection>& optimizer,
                   std::span<const Value> xs);

/// What one training graph shows: gradients of a network through its batch norm, a code without
/// randomness.
void check_draw(System& system, const Scene& scene);

/// What the graphs of all stages together show: summands, ranges, networks with two optimizers,
/// parameters that nothing reaches.
using Stages = std::vector<std::unique_ptr<System>>;
void check_training(const Stages& stages);

/// Params and blocks that are nowhere written, inputs of networks that no layer reads, layers on
/// which no result of any stage depends. `read`: what the stages read.
void check_unused(const Stages& stages, const std::set<std::string>& read);
/// Step values that nothing names are evaluated once, for their errors alone.
void check_unread(const Stages& stages, const std::set<std::string>& read);
/// Every name that an experiment reads somewhere, step values that nothing names left out.
std::set<std::string> names_in_use(const Yaml& document);

/// What the nodes of one layer show: kernel taps that meet only padding, a stride on one pixel.
/// Returns how many of its parameters never act.
std::int64_t check_layer(const LayerReport& row, std::span<const std::unique_ptr<Node>> nodes,
                         Diagnostics& diagnostics);
/// Outputs and weights larger than any machine, in bytes at the training batch.
void check_sizes(const Network& network, std::int64_t batch, Diagnostics& diagnostics);

/// "; conv never enlarges: ..." where a network's picture is smaller than what is expected of it.
std::string enlarging_advice(const Network& maker, const Shape& expected, const Shape& got);

/// Nodes that `v` is computed from, its own included.
std::set<const Node*> nodes_behind(Value v);

}  // namespace agon
