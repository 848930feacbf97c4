#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "graphs/experiment/build.h"
#include "graphs/words/initial.h"

namespace agon {

namespace {

const Named<OptimizerSection>& optimizer_named(const System& system, const std::string& name) {
  const auto& all = system.experiment.sections.optimizers;
  return *std::find_if(all.begin(), all.end(), [&](const auto& o) { return o.name == name; });
}

DrawGraph build_draw(System& system, const DrawTurns& turns, StateRegister& state,
                     std::set<std::string>& used) {
  DrawGraph draw{.graph = std::make_unique<Graph>(system.ops), .losses = {}, .turns = turns};
  Graph& graph = *draw.graph;
  SceneSettings settings{.batch = system.experiment.batch,
                         .looking = false,
                         .stream_prefix = "",
                         .step = graph.input("step", Type{DType::F64, {}}),
                         .draw = graph.input("draw", Type{DType::F64, {}})};
  Scene scene(system, graph, settings);
  std::map<std::string, Tensor> logged;
  for (const std::string& turn : turns) {
    const Named<OptimizerSection>& optimizer = optimizer_named(system, turn);
    try {
      build_turn(system, scene, optimizer, state);
    } catch (...) {
      system.report_current_exception(optimizer.origin);
    }
    for (const auto& [name, value] : scene.turn_losses()) logged[name] = value;
  }
  for (const Named<Expr>& loss : system.experiment.sections.losses) {
    const auto it = logged.find(loss.name);
    if (it == logged.end()) continue;
    graph.set_output("losses." + loss.name, it->second.value);
    draw.losses.push_back(loss.name);
  }
  for (const auto& [name, value] : scene.changed()) graph.set_update(name, value);
  used.insert(scene.used().begin(), scene.used().end());
  return draw;
}

}  // namespace

TrainingGraphs build_training(System& system, const std::vector<DrawTurns>& draws,
                              StateRegister& state, std::set<std::string>& used) {
  TrainingGraphs training;
  std::vector<DrawTurns> kinds;
  for (const DrawTurns& turns : draws) {
    auto it = std::find(kinds.begin(), kinds.end(), turns);
    if (it == kinds.end()) {
      kinds.push_back(turns);
      training.programs.push_back(build_draw(system, turns, state, used));
      it = kinds.end() - 1;
    }
    training.draws.push_back(static_cast<int>(it - kinds.begin()));
  }
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
  for (const VariableDecl& decl : variables) {
    Value value;
    if (decl.role == VariableDecl::Role::OptimizerState) {
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
