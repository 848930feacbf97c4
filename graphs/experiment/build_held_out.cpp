#include "graphs/experiment/build_held_out.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "engine/base/text.h"
#include "graphs/experiment/checks.h"
#include "graphs/experiment/scene.h"
#include "ops/pointwise/pointwise.h"

namespace agon {

namespace {

/// So many examples of either kind are scored (Karras 2020 takes the mean of four batches of 64),
/// but where batches are small no more than a few of them.
constexpr std::int64_t kExamples = 64, kMostBatches = 4;
/// Fewer say nothing of how scores are spread.
constexpr std::int64_t kFewestExamples = 8;

class HeldOutBuilder {
 public:
  HeldOutBuilder(System& system, HealthGraph& health)
      : experiment_(system.experiment),
        system_(system),
        health_(health),
        graph_(std::make_unique<Graph>(system.ops)),
        scene_(system, *graph_,
               {.batch = health.batch,
                .looking = false,
                .stream_prefix = "health/",
                .step = graph_->input("step", Type{DType::F64, {}}),
                .draw = graph_->constant(0, DType::F64)}) {}

  void build(const std::vector<ScorePair>& scores) {
    for (std::size_t i = 0; i < scores.size(); ++i) {
      try {
        give(i, scores[i]);
      } catch (const Error& failure) {
        off(scores[i], failure.what());
      } catch (const AlreadyReported&) {
        off(scores[i], "its values could not be built");
      }
    }
    if (graph_->outputs().empty()) return;
    graph_->remove_dead();
    choose_examples();
    if (health_.held_out.batches == 0) return;
    for (const std::string& score : given_) {
      health_.on.push_back(fmt::format("critic_overfitting: {}, {} examples of the {} split", score,
                                       health_.held_out.batches * health_.batch,
                                       health_.held_out.split));
    }
    health_.held_out.graph = std::move(graph_);
  }

 private:
  void off(const ScorePair& pair, const std::string& why) {
    health_.off.push_back(fmt::format("critic_overfitting of {}: {}", pair.network, why));
  }

  void give(std::size_t number, const ScorePair& pair) {
    const Expr& score = score_alone(system_, pair.real);
    const Tensor said = tensor_of(scene_.evaluate(score, "health.real", pair.turn),
                                  picture_or_plain(graph_->constant(0)));
    if (said.rank() == 0) throw GraphError("expected a score for each example");
    const bool of_data = std::ranges::any_of(nodes_behind(said.value), [](const Node* node) {
      return node->is("input") && is_floating(node->outputs()[0].dtype) &&
             node->attrs_as<LeafAttrs>().name.starts_with("data.");
    });
    if (!of_data) throw GraphError(canonical_text(score) + " judges no data");
    graph_->set_output(fmt::format("critic{}.real", number),
                       said.dtype() == DType::F32 ? said.value : convert(said.value, DType::F32));
    given_.push_back(canonical_text(score));
  }

  /// Of the source that has fewest, of those the graph reads.
  std::int64_t count(const std::string& split) const {
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    for (const auto& node : graph_->nodes()) {
      if (!node->is("input")) continue;
      const auto part = data_part(experiment_, node->attrs_as<LeafAttrs>().name);
      if (part) least = std::min(least, split_count(experiment_.facts[part->source], split));
    }
    return least;
  }

  void choose_examples() {
    const std::int64_t batch = health_.batch, validate = count("validate"), test = count("test");
    const std::string split = validate >= batch ? "validate" : "test";
    const std::int64_t held_out = split == "validate" ? validate : std::max(test, validate);
    const std::int64_t batches = std::min(
        {(kExamples + batch - 1) / batch, kMostBatches, held_out / batch, count("train") / batch});
    if (held_out == 0) {
      health_.off.push_back(
          "critic_overfitting: no examples are held out; give the data test:, hold_out: or "
          "validate:");
    } else if (held_out < batch) {
      health_.off.push_back(
          fmt::format("critic_overfitting: of the {} held-out examples no batch of {} can be made",
                      held_out, batch));
    } else if (batches * batch < kFewestExamples) {
      health_.off.push_back(
          fmt::format("critic_overfitting: {} examples are too few", batches * batch));
    } else {
      health_.held_out.split = split;
      health_.held_out.batches = batches;
    }
  }

  const Experiment& experiment_;
  System& system_;
  HealthGraph& health_;
  std::unique_ptr<Graph> graph_;
  Scene scene_;
  std::vector<std::string> given_;
};

}  // namespace

void build_held_out(System& system, const std::vector<ScorePair>& scores, HealthGraph& health) {
  HeldOutBuilder(system, health).build(scores);
}

}  // namespace agon
