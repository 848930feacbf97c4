#include "graphs/experiment/build_health.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/autodiff/differentiate.h"
#include "engine/base/text.h"
#include "graphs/experiment/build_held_out.h"
#include "graphs/experiment/checks.h"
#include "graphs/experiment/health_names.h"
#include "graphs/experiment/scene.h"
#include "graphs/experiment/updated_variables.h"
#include "graphs/experiment/variables.h"
#include "ops/bf16/bf16.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

/// Fewer examples say nothing of how much they differ.
constexpr std::int64_t kFewestExamples = 8;

/// Row i + 1 in the place of row i, the first in that of the last.
Value rolled(Value x) {
  const std::int64_t rows = x.shape()[0];
  return concat({slice(x, 0, 1, rows), slice(x, 0, 0, 1)}, 0);
}

Value as_float(Value x) {
  return x.dtype() == DType::F32 ? x : convert(x, DType::F32);
}

class HealthBuilder {
 public:
  HealthBuilder(System& system, HealthGraph& result)
      : system_(system),
        result_(result),
        scene_(system, *result.graph,
               {.batch = system.experiment.batch,
                .looking = false,
                .stream_prefix = "health/",
                .step = result.graph->input("step", Type{DType::F64, {}}),
                .draw = result.graph->constant(0, DType::F64)}) {}

  void build() {
    for (const auto& optimizer : system_.experiment.sections.optimizers) turn(optimizer);
    const HealthNames names = health_names(system_);
    for (const ScorePair& pair : names.scores) {
      attempt("scores of " + pair.network, [&] { critic(pair, names); });
    }
    if (names.scores.empty())
      result_.off.push_back(
          "scores, collapse: no loss compares scores of real and generated "
          "examples; name them in health.real and health.fake");
    if (names.code.empty()) {
      result_.off.push_back(
          "posterior_collapse: no kl_normal( ) in the losses; name mean and "
          "log-variance in health.code");
    } else {
      attempt("posterior_collapse", [&] { code(names); });
    }
    build_held_out(system_, watched_, result_);
  }

  const std::set<std::string>& used() const { return scene_.used(); }

 private:
  /// What cannot be built is off, with the reason; what the user wrote himself is told as a
  /// mistake.
  template <class F>
  void attempt(const std::string& what, F build) {
    try {
      build();
    } catch (const ConfigError& failure) {
      for (const Diagnostic& d : failure.diagnostics())
        system_.diagnostics.error(d.origin, d.message);
      result_.off.push_back(fmt::format("{}: {}", what, failure.diagnostics().front().message));
    } catch (const Error& failure) {
      result_.off.push_back(fmt::format("{}: {}", what, failure.what()));
    } catch (const AlreadyReported&) {
      result_.off.push_back(what + ": its values could not be built");
    }
  }

  void turn(const Named<OptimizerSection>& optimizer) {
    HealthGraph::Turn turn{.optimizer = optimizer.name, .networks = {}, .keep = {}};
    std::vector<Value> xs;
    for (const NetworkVariable* v : updated_variables(system_, optimizer)) {
      xs.push_back(scene_.variable(v->decl));
      const std::string& network = v->decl.network;
      if (!network.empty() && std::ranges::find(turn.networks, network) == turn.networks.end())
        turn.networks.push_back(network);
    }
    for (const Number& limit : optimizer.value.keep)
      turn.keep.push_back(limit.value(*system_.numbers));
    attempt("gradients of " + optimizer.name, [&] {
      scene_.begin_turn(optimizer.name);
      const Term term = scene_.evaluate_number(optimizer.value.minimize,
                                               optimizer.origin.path + ".minimize", optimizer.name);
      const Tensor loss = tensor_of(term, picture_or_plain(scene_.graph().constant(0)));
      Value squares;
      for (const Value& g : differentiate(loss.value, xs)) {
        if (!g) continue;
        const Value square = sum(mul(g, g));
        squares = squares ? add(squares, square) : square;
      }
      if (!squares) return;
      scene_.graph().set_output("gradient." + optimizer.name, squares);
      result_.on.push_back(fmt::format("gradient_explosion, update_ratio: {}", optimizer.name));
    });
    result_.turns.push_back(std::move(turn));
  }

  Tensor evaluated(const Expr& e, const std::string& path, const std::string& turn) {
    const Term term = scene_.evaluate(e, path, turn);
    const Tensor* tensor = term.as_tensor();
    if (tensor == nullptr) {
      throw ConfigError(
          {{Severity::Error, e.origin,
            fmt::format("expected the values of one output, got {}", term.described())}});
    }
    return *tensor;
  }

  /// The call behind a score. Its text is that of the first call of the network that is written.
  const Scene::Call& call_of(const Expr& score, const std::string& network) const {
    const Expr* written = network_call(system_, score);
    const std::string text = written == nullptr ? "" : canonical_text(*written);
    const auto& calls = scene_.calls();
    const auto it = std::find_if(calls.rbegin(), calls.rend(), [&](const Scene::Call& call) {
      return call.network->name() == network && call.text == text;
    });
    if (it == calls.rend()) throw GraphError("no call of " + network + " was made");
    return *it;
  }

  /// The trained network that made a value last.
  const Scene::Call* maker_of(Value value, const std::string& judge) const {
    const std::set<const Node*> behind = nodes_behind(value);
    const Scene::Call* found = nullptr;
    for (const Scene::Call& call : scene_.calls()) {
      if (call.network->name() == judge || call.network->section().frozen) continue;
      const bool made = std::ranges::any_of(behind, [&](const Node* node) {
        return node->id() >= call.first_node && node->id() < call.end_node &&
               !node->inputs().empty();
      });
      if (made && (found == nullptr || call.end_node > found->end_node)) found = &call;
    }
    return found;
  }

  /// The first argument of a call that some trained network made; nothing where there is none.
  std::optional<std::size_t> made_argument(const Scene::Call& call) const {
    for (std::size_t i = 0; i < call.arguments.size(); ++i) {
      const Value& argument = call.arguments[i];
      if (argument.rank() > 1 && is_floating(argument.dtype()) &&
          maker_of(argument, call.network->name()) != nullptr)
        return i;
    }
    return std::nullopt;
  }

  /// Of several scores that count as generated, the first whose examples a network made.
  const Expr& judged_fake(const ScorePair& pair) {
    for (const Expr& fake : pair.fakes) {
      evaluated(fake, "health.fake", pair.turn);
      if (made_argument(call_of(fake, pair.network))) return fake;
    }
    return pair.fakes.front();
  }

  void critic(const ScorePair& pair, const HealthNames& names) {
    WatchedCritic critic;
    critic.network = pair.network;
    critic.kind = pair.kind;
    critic.saturates = names.saturated.contains(pair.network);
    const std::string prefix = fmt::format("critic{}.", result_.critics.size());
    const auto give = [&](const std::string& name, Value value) {
      scene_.graph().set_output(prefix + name, value);
    };
    const Tensor real = evaluated(pair.real, "health.real", pair.turn);
    const Expr& judged = judged_fake(pair);
    const Tensor fake = evaluated(judged, "health.fake", pair.turn);
    give("real", as_float(real.value));
    give("fake", as_float(fake.value));
    if (has_boundary(pair.kind))
      result_.on.push_back(fmt::format("critic_accuracy, dead_critic: {} beside {}",
                                       canonical_text(pair.real), canonical_text(judged)));
    const Expr& alone = score_alone(system_, judged);
    if (&alone != &judged)
      give("fake_alone", as_float(evaluated(alone, "health.fake", pair.turn).value));
    const Scene::Call judging = call_of(judged, pair.network);
    const Scene::Call judging_real = call_of(pair.real, pair.network);
    if (const auto which = made_argument(judging)) {
      const Value example = judging.arguments[*which];
      const Scene::Call maker = *maker_of(example, pair.network);
      critic.maker = maker.network->name();
      critic.maker_turn = updated_in(critic.maker);
      give("fake_example", example);
      give("real_example", judging_real.arguments[*which]);
      critic.pictures = example.rank() == 4;
      note_examples(critic, judged, example.shape()[0]);
      if (!has_boundary(pair.kind)) slope(fake.value, example, prefix);
      labels(maker, names.label, critic, prefix);
    }
    result_.critics.push_back(std::move(critic));
    watched_.push_back(pair);
  }

  void note_examples(const WatchedCritic& critic, const Expr& judged, std::int64_t examples) {
    const std::string by =
        fmt::format("{}, by what {} judges", critic.maker, canonical_text(judged));
    if (examples < kFewestExamples) {
      result_.off.push_back(
          fmt::format("collapse of {}: {} examples a batch are too few to say how much "
                      "they differ",
                      critic.maker, examples));
      return;
    }
    const auto& facts = system_.experiment.facts;
    const bool modes = !critic.pictures && !facts.empty() && !facts[0].modes.centres.empty();
    result_.on.push_back(fmt::format("vanishing_gradient, collapse, {}: {}",
                                     modes ? "missing_modes" : "saturation", by));
  }

  std::string updated_in(const std::string& network) const {
    for (const HealthGraph::Turn& turn : result_.turns) {
      if (std::ranges::find(turn.networks, network) != turn.networks.end()) return turn.optimizer;
    }
    return "";
  }

  void slope(Value scores, Value example, const std::string& prefix) {
    const Value x[] = {example};
    const Value gradient = differentiate(scores, x).front();
    if (!gradient) return;
    std::vector<std::int64_t> axes;
    for (int axis = 1; axis < gradient.rank(); ++axis) axes.push_back(axis);
    scene_.graph().set_output(prefix + "slope", sqrt(sum(mul(gradient, gradient), axes)));
    result_.on.push_back("critic_slope: the gradient at what it judges");
  }

  /// Which argument of the maker says what class is asked for: the one that `written` is, else one
  /// of integers, or of ones and zeros made of them.
  std::optional<std::size_t> label_argument(const Scene::Call& maker,
                                            const std::optional<Expr>& written) {
    const auto& arguments = maker.arguments;
    if (written) {
      const Tensor label = evaluated(*written, "health.label", "step");
      for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (nodes_behind(arguments[i]).contains(label.value.node)) return i;
      }
      throw ConfigError({{Severity::Error, written->origin,
                          fmt::format("{} is not called with it", maker.network->name())}});
    }
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (arguments[i].dtype() == DType::I32 || arguments[i].node->is("one_hot")) return i;
    }
    return std::nullopt;
  }

  void labels(const Scene::Call& maker, const std::optional<Expr>& written, WatchedCritic& critic,
              const std::string& prefix) {
    const auto at = label_argument(maker, written);
    if (!at || maker.arguments.size() < 2 || !maker.result->plain) return;
    const auto made = [&](bool label) {
      std::vector<Value> arguments = maker.arguments;
      for (std::size_t i = 0; i < arguments.size(); ++i) {
        if ((i == *at) == label) arguments[i] = rolled(arguments[i]);
      }
      return scene_.call_again(maker, arguments)->plain->value;
    };
    const auto give = [&](const std::string& name, Value value) {
      scene_.graph().set_output(prefix + name, value);
    };
    const Value label = maker.arguments[*at];
    give("label", label.dtype() == DType::I32 ? label : as_float(label));
    give("made", maker.result->plain->value);
    give("relabelled", made(true));
    give("redrawn", made(false));
    critic.labelled = true;
    result_.on.push_back(fmt::format("label_ignored: {}, input {}", critic.maker,
                                     maker.network->inputs()[*at].name));
  }

  void code(const HealthNames& names) {
    const char* outputs[] = {"code.mean", "code.logvar"};
    for (std::size_t i = 0; i < 2; ++i) {
      const Tensor value = evaluated(names.code[i], "health.code", names.code_turn);
      if (value.rank() < 2) throw GraphError("expected a code for each example");
      scene_.graph().set_output(outputs[i], as_float(value.value));
    }
    result_.has_code = true;
    result_.on.push_back(fmt::format("posterior_collapse: {}, {}", canonical_text(names.code[0]),
                                     canonical_text(names.code[1])));
  }

  System& system_;
  HealthGraph& result_;
  std::vector<ScorePair> watched_;  // beside result_.critics
  Scene scene_;
};

/// A look must find every variable in the training's state.
bool reads_only(const Graph& graph, const std::vector<VariableDecl>& variables) {
  std::set<std::string> known;
  for (const VariableDecl& decl : variables) known.insert(decl.name);
  return std::ranges::all_of(graph.nodes(), [&](const auto& node) {
    return !node->is("variable") || known.contains(node->template attrs_as<LeafAttrs>().name);
  });
}

}  // namespace

std::shared_ptr<const HealthGraph> build_health(System& system,
                                                const std::vector<VariableDecl>& variables,
                                                std::set<std::string>& used) {
  const Experiment& experiment = system.experiment;
  if (experiment.stage_steps < experiment.health_every) return nullptr;
  // a system of its own: what is found out here must not colour what is said of the training
  System beside(experiment, system.ops);
  declare_networks(beside);
  declare_variables(beside);
  beside.kept_calls = system.kept_calls;
  auto health = std::make_shared<HealthGraph>();
  health->graph = std::make_unique<Graph>(system.ops);
  health->batch = experiment.batch;
  HealthBuilder builder(beside, *health);
  builder.build();
  for (const Diagnostic& d : beside.diagnostics.sorted()) {
    if (d.severity == Severity::Error && d.origin.path.starts_with("health"))
      system.diagnostics.error(d.origin, d.message);
  }
  const bool written = experiment.sections.health.origin.known();
  if (written) used.insert(builder.used().begin(), builder.used().end());
  health->graph->remove_dead();
  if (health->graph->outputs().empty()) return nullptr;
  for (Graph* graph : {health->graph.get(), health->held_out.graph.get()}) {
    if (graph == nullptr) continue;
    if (experiment.sections.precision.text == "bf16") round_product_operands(*graph);
    if (!reads_only(*graph, variables)) return nullptr;
  }
  return health;
}

}  // namespace agon
