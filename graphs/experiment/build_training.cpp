#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "graphs/experiment/build.h"
#include "graphs/experiment/spectral_weights.h"
#include "graphs/experiment/variables.h"
#include "graphs/words/initial.h"

namespace agon {

namespace {

const Named<OptimizerSection>& optimizer_named(const System& system, const std::string& name) {
  const auto& all = system.experiment.sections.optimizers;
  return *std::find_if(all.begin(), all.end(), [&](const auto& o) { return o.name == name; });
}

DrawGraph build_draw(System& system, const DrawTurns& turns, StateRegister& state,
                     std::set<std::string>& used, std::set<std::string>& moved) {
  DrawGraph draw{.graph = std::make_unique<Graph>(system.ops), .losses = {}, .turns = turns};
  Graph& graph = *draw.graph;
  SceneSettings settings{.batch = system.experiment.batch,
                         .looking = false,
                         .stream_prefix = "",
                         .step = graph.input("step", Type{DType::F64, {}}),
                         .draw = graph.input("draw", Type{DType::F64, {}})};
  Scene scene(system, graph, settings);
  for (const std::string& turn : turns) {
    const Named<OptimizerSection>& optimizer = optimizer_named(system, turn);
    try {
      build_turn(system, scene, optimizer, state);
    } catch (...) {
      system.report_current_exception(optimizer.origin);
    }
  }
  build_next_values(system, scene, moved);
  for (const Named<Expr>& loss : system.experiment.sections.losses) {
    const auto it = scene.last_losses().find(loss.name);
    if (it == scene.last_losses().end()) continue;
    graph.set_output("losses." + loss.name, it->second.value);
    draw.losses.push_back(loss.name);
  }
  for (const auto& [name, value] : scene.changed()) graph.set_update(name, value);
  used.insert(scene.used().begin(), scene.used().end());
  return draw;
}

/// A `next` that no draw evaluates.
void report_still_variables(System& system, const std::set<std::string>& moved) {
  for (const auto& variable : system.variables) {
    if (!variable->sound || variable->is_trained() || moved.contains(variable->name())) continue;
    const Expr& next = *variable->section->value.next;
    std::vector<std::string> losses;
    for (const std::string& name : free_names(next)) {
      if (system.find_loss(name) != nullptr) losses.push_back(name);
    }
    system.diagnostics.error(
        next.origin, fmt::format("no draw computes {}, so '{}' never moves; an expression under "
                                 "step: is computed wherever it is read",
                                 joined(losses), variable->name()));
  }
}

/// Of `variables:`.
void first_values(System& system, Graph& graph, std::map<std::string, Value>& values) {
  const Value zero = graph.constant(0, DType::F64);
  Scene scene(system, graph,
              {.batch = system.experiment.batch,
               .looking = false,
               .stream_prefix = "",
               .step = zero,
               .draw = zero});
  for (const auto& variable : system.variables) {
    if (!variable->sound) continue;
    values[variable->variable.decl.name] = first_value(system, scene, *variable->section).value;
  }
}

}  // namespace

TrainingGraphs build_training(System& system, const std::vector<DrawTurns>& draws,
                              StateRegister& state, std::set<std::string>& used) {
  TrainingGraphs training;
  std::vector<DrawTurns> kinds;
  std::set<std::string> moved;
  for (const DrawTurns& turns : draws) {
    auto it = std::find(kinds.begin(), kinds.end(), turns);
    if (it == kinds.end()) {
      kinds.push_back(turns);
      training.programs.push_back(build_draw(system, turns, state, used, moved));
      it = kinds.end() - 1;
    }
    training.draws.push_back(static_cast<int>(it - kinds.begin()));
  }
  report_still_variables(system, moved);
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
