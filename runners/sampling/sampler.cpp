#include "runners/sampling/sampler.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/base/error.h"
#include "runners/data/drawn/gaussians.h"
#include "runners/sampling/grid.h"
#include "runners/sampling/scatter.h"

namespace agon {

namespace {
/// Outputs image0, image1, ... in order.
std::vector<Program::Port> pictures_of(const Program& program) {
  std::vector<Program::Port> ports;
  while (true) {
    const std::string name = fmt::format("image{}", ports.size());
    const auto it = std::find_if(program.outputs.begin(), program.outputs.end(),
                                 [&](const Program::Port& port) { return port.name == name; });
    if (it == program.outputs.end()) return ports;
    ports.push_back(*it);
  }
}

/// Whether an output is a source's examples as they came.
bool is_data(const Graph& graph, const std::string& output) {
  const auto it = std::find_if(graph.outputs().begin(), graph.outputs().end(),
                               [&](const Graph::Named& named) { return named.name == output; });
  return it != graph.outputs().end() && it->value.node->is("input");
}
}  // namespace

PngTexts picture_texts(const Experiment& experiment, std::int64_t step) {
  return {{"config", experiment.hash},
          {"name", experiment.name},
          {"step", std::to_string(step)},
          {"seed", std::to_string(experiment.seed)}};
}

Sampler::Sampler(const SampleGraph& spec, const Program& program, Backend& backend,
                 Variables& variables, Sources& sources, Arena& arena)
    : spec_(spec),
      program_(program),
      feed_(sources, program, spec.split, spec.batch),
      executor_(program, variables, backend.lanes, &arena, backend.accelerator()) {
  const auto& facts = sources.experiment().facts;
  if (!facts.empty()) modes_ = facts[0].modes;
  for (const Program::Port& input : program.inputs) {
    if (input.name == "step") executor_.bind_input("step", &step_);
  }
}

Picture Sampler::draw() {
  if (!fed_) {
    feed_.read(0);
    feed_.bind(executor_);
    fed_ = true;
  }
  executor_.run();
  if (spec_.is_points) return plot();
  std::vector<PictureBatch> batches;
  for (const Program::Port& port : pictures_of(program_)) {
    const Shape& shape = port.type.shape;
    batches.push_back({static_cast<const float*>(executor_.output(port.name)), shape[0], shape[1],
                       shape[2], shape[3]});
  }
  return arranged(batches, spec_.columns, spec_.low, spec_.high);
}

Picture Sampler::plot() const {
  // fixed, so that plots of one run can be laid over one another
  const double reach = plot_reach(modes_);
  std::vector<PointCloud> real, generated;
  for (const Program::Port& port : pictures_of(program_)) {
    const auto* xy = static_cast<const float*>(executor_.output(port.name));
    const std::int64_t count = port.type.shape[0];
    if (is_data(*spec_.graph, port.name)) {
      real.push_back({xy, count, kRealPoints, kRealRadius});
    } else {
      generated.push_back(
          {xy, count, kGeneratedPoints[generated.size() % kGeneratedPoints.size()]});
    }
  }
  real.insert(real.end(), generated.begin(), generated.end());
  return scatter_plot(real, reach);
}

}  // namespace agon
