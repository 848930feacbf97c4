#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "engine/base/text.h"
#include "graphs/experiment/build.h"
#include "graphs/experiment/checks.h"
#include "graphs/experiment/spectral_weights.h"
#include "graphs/experiment/step_variants.h"
#include "graphs/experiment/variables.h"
#include "graphs/words/initial.h"

namespace agon {

namespace {

const Named<OptimizerSection>& optimizer_named(const System& system, const std::string& name) {
  const auto& all = system.experiment.sections.optimizers;
  return *std::find_if(all.begin(), all.end(), [&](const auto& o) { return o.name == name; });
}

/// Builds the graphs of draws, each kind and variant once.
class DrawBuilder {
 public:
  DrawBuilder(System& system, StateRegister& state, Use& use)
      : system_(system), state_(state), use_(use) {}

  using Due = std::optional<std::set<std::int64_t>>;

  /// The program of a draw with these turns where those periods are due; all without `due`. The
  /// last draw of a step logs what no turn computes.
  int program(const DrawTurns& turns, const Due& due, bool last) {
    const bool logs = last && !use_.logged.empty();
    const auto known = std::find_if(kinds_.begin(), kinds_.end(), [&](const Kind& kind) {
      return kind.turns == turns && kind.logs == logs;
    });
    if (known == kinds_.end()) {
      kinds_.push_back({turns, logs, {}, {}});
      return built(kinds_.back(), std::nullopt);
    }
    std::set<std::int64_t> met;
    for (const auto& [period, term] : known->periods) {
      if (!due || due->contains(period)) met.insert(period);
    }
    const auto it = known->programs.find(met);
    return it != known->programs.end() ? it->second : built(*known, met);
  }

  const std::map<std::int64_t, const Expr*>& periods() const { return periods_; }
  std::vector<DrawGraph> take() { return std::move(programs_); }

 private:
  struct Kind {
    DrawTurns turns;
    bool logs;
    std::map<std::int64_t, const Expr*> periods;     // met when all are due
    std::map<std::set<std::int64_t>, int> programs;  // by those due
  };

  int built(Kind& kind, const Due& due);
  void log_losses(Scene& scene) const;

  System& system_;
  StateRegister& state_;
  Use& use_;
  std::deque<Kind> kinds_;
  std::vector<DrawGraph> programs_;
  std::map<std::int64_t, const Expr*> periods_;
};

/// Losses that no turn of the training computes.
void DrawBuilder::log_losses(Scene& scene) const {
  for (const Named<Expr>& loss : system_.experiment.sections.losses) {
    if (!use_.logged.contains(loss.name)) continue;
    try {
      scene.log_loss(loss);
    } catch (...) {
      system_.report_current_exception(loss.origin);
    }
  }
}

int DrawBuilder::built(Kind& kind, const Due& due) {
  DrawGraph draw{.graph = std::make_unique<Graph>(system_.ops),
                 .losses = {},
                 .turns = kind.turns,
                 .logs = kind.logs,
                 .left_out = {}};
  Graph& graph = *draw.graph;
  Scene scene(system_, graph,
              {.batch = system_.experiment.batch,
               .looking = false,
               .stream_prefix = "",
               .step = graph.input("step", Type{DType::F64, {}}),
               .draw = graph.input("draw", Type{DType::F64, {}}),
               .due = due});
  for (const std::string& turn : kind.turns) {
    const Named<OptimizerSection>& optimizer = optimizer_named(system_, turn);
    try {
      build_turn(system_, scene, optimizer, state_);
    } catch (...) {
      system_.report_current_exception(optimizer.origin);
    }
  }
  if (kind.logs) log_losses(scene);
  build_next_values(system_, scene, use_.moved);
  for (const Named<Expr>& loss : system_.experiment.sections.losses) {
    const auto it = scene.last_losses().find(loss.name);
    if (it == scene.last_losses().end()) continue;
    graph.set_output("losses." + loss.name, it->second.value);
    draw.losses.push_back(loss.name);
  }
  check_draw(system_, scene);
  for (const auto& [name, value] : scene.changed()) graph.set_update(name, value);
  use_.read.insert(scene.used().begin(), scene.used().end());
  std::set<std::int64_t> met;
  for (const auto& [period, term] : scene.periods()) {
    if (!due || due->contains(period)) {
      met.insert(period);
    } else {
      draw.left_out.push_back(period);
    }
  }
  if (!due) kind.periods = scene.periods();
  periods_.insert(scene.periods().begin(), scene.periods().end());
  programs_.push_back(std::move(draw));
  const int number = static_cast<int>(programs_.size()) - 1;
  kind.programs[due.value_or(met)] = number;
  return number;
}

/// Of `variables:`.
void first_values(System& system, Graph& graph, std::map<std::string, Value>& values) {
  Scene scene(system, graph, before_steps(system, graph));
  for (const auto& variable : system.variables) {
    if (!variable->sound) continue;
    values[variable->variable.decl.name] = first_value(system, scene, *variable->section).value;
  }
}

}  // namespace

TrainingGraphs build_training(System& system, const std::vector<DrawTurns>& draws,
                              StateRegister& state, Use& use) {
  TrainingGraphs training;
  DrawBuilder builder(system, state, use);
  const auto program = [&](std::size_t i, const DrawBuilder::Due& due) {
    return builder.program(draws[i], due, i + 1 == draws.size());
  };
  for (std::size_t i = 0; i < draws.size(); ++i) training.draws.push_back(program(i, {}));
  for (const auto& [period, term] : builder.periods()) training.periods.push_back(period);
  for (const auto& due : step_variants(system, builder.periods())) {
    StepVariant variant{.due = {due.begin(), due.end()}, .draws = {}};
    for (std::size_t i = 0; i < draws.size(); ++i) variant.draws.push_back(program(i, due));
    training.variants.push_back(std::move(variant));
  }
  training.programs = builder.take();
  // sampling reads the averages of every network that keeps them, moved by a turn or not
  for (const auto& network : system.networks) {
    if (!network->average()) continue;
    for (const NetworkVariable& v : network->variables) state.declare(average_of(v.decl));
  }
  for (const Named<Expr>& loss : system.experiment.sections.losses) {
    for (const DrawGraph& draw : training.programs) {
      if (std::find(draw.losses.begin(), draw.losses.end(), loss.name) != draw.losses.end()) {
        training.losses.push_back(loss.name);
        break;
      }
    }
  }
  return training;
}

std::vector<VariableDecl> all_variables(const System& system, const StateRegister& state) {
  std::vector<VariableDecl> all;
  for (const auto& network : system.networks) {
    for (const NetworkVariable& v : network->variables) all.push_back(v.decl);
  }
  for (const auto& variable : system.variables) {
    if (variable->sound) all.push_back(variable->variable.decl);
  }
  for (const KeptCall& kept : system.kept_calls)
    all.insert(all.end(), kept.parts.begin(), kept.parts.end());
  if (system.looks_at_steps) {
    all.push_back({.name = std::string(kStepsDone),
                   .type = Type{DType::F64, {}},
                   .file = {},
                   .role = VariableDecl::Role::State,
                   .network = "",
                   .weights_file = "",
                   .weights_name = ""});
  }
  all.insert(all.end(), state.all().begin(), state.all().end());
  return all;
}

std::unique_ptr<Graph> build_initial(System& system, const std::vector<VariableDecl>& variables) {
  auto graph = std::make_unique<Graph>(system.ops);
  std::map<std::string, Value> values;
  for (const auto& network : system.networks) {
    InitialRule rule;
    if (const auto& written = network->section().init) {
      try {
        rule = read_initial(*written, *system.numbers);
      } catch (...) {
        system.report_current_exception(written->origin);
        continue;
      }
    }
    for (const NetworkVariable& v : network->variables) {
      if (!v.decl.weights_file.empty()) continue;
      values[v.decl.name] = initial_value(*graph, v.initial, rule, v.decl.type, v.decl.file,
                                          system.experiment.seed, "init/" + v.decl.name);
    }
  }
  for (const auto& network : system.networks)
    begin_singular_vectors(*network, *graph, system.experiment.seed, values);
  first_values(system, *graph, values);
  for (const VariableDecl& decl : variables) {
    Value value;
    const bool own = values.contains(decl.name);
    if (decl.role == VariableDecl::Role::OptimizerState ||
        (decl.role == VariableDecl::Role::State && !own)) {
      value = graph->constant(0, decl.type.dtype, decl.type.shape);
    } else if (decl.role == VariableDecl::Role::Average) {
      value = values[decl.name.substr(average_name("").size())];
    } else {
      value = values[decl.name];
    }
    if (value) graph->set_update(decl.name, value);
  }
  return graph;
}

}  // namespace agon
