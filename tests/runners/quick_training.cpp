#include "tests/runners/quick_training.h"

#include "engine/base/philox.h"
#include "ops/ops.h"
#include "runners/data/data_set.h"

namespace agon {

const OpRegistry& all_ops() {
  static const OpRegistry* const kOps = [] {
    auto* ops = new OpRegistry;
    register_all_ops(*ops);
    return ops;
  }();
  return *kOps;
}

const KernelRegistry& all_kernels() {
  static const KernelRegistry* const kKernels = [] {
    auto* kernels = new KernelRegistry;
    register_all_kernels(*kernels);
    return kernels;
  }();
  return *kKernels;
}

Plan quick_plan(const std::string& config) {
  return build_plan(read_experiment(config, {.set = {}, .quick = true}, inspect_data), all_ops());
}

Arrays initial_variables(const Plan& plan) {
  Arrays inputs, variables;
  for (const auto& node : plan.training.initial->nodes()) {
    if (!node->is("input")) continue;
    const std::string& name = node->attrs_as<LeafAttrs>().name;
    NdArray array(node->out_type());
    RandomStream random(0, name, 0);
    for (double& v : array.values) v = random.uniform(-1, 1);
    array.round_to_type();
    inputs[name] = array;
  }
  for (const auto& [name, array] : run_reference(*plan.training.initial, inputs, {}))
    variables[name.substr(std::string("update:").size())] = array;
  if (plan.training.derived) {
    for (const auto& [name, array] : run_reference(*plan.training.derived, {}, variables))
      variables[name.substr(std::string("update:").size())] = array;
  }
  return variables;
}

QuickTraining::QuickTraining(const Plan& plan, const Arrays& initial, const PlanOptions& options,
                             const KernelRegistry& kernels)
    : plan_(plan) {
  for (const VariableDecl& decl : plan.training.variables)
    initial.at(decl.name).store(variables_.add(decl.name, decl.type, decl.file).memory.data());
  for (const DrawGraph& draw : plan.training.programs) {
    lanes().run([&] { programs_.push_back(compile(draw.graph->clone(), kernels, options)); });
    executors_.push_back(std::make_unique<Executor>(*programs_.back(), variables_, lanes()));
    for (const Program::Port& port : programs_.back()->inputs) {
      Buffer& memory = memory_.try_emplace(port.name, port.type.bytes()).first->second;
      executors_.back()->bind_input(port.name, memory.data());
    }
  }
}

void QuickTraining::run(int step, std::size_t draw) {
  const auto program = static_cast<std::size_t>(plan_.training.draws_at(step)[draw]);
  for (const auto& [name, array] : inputs(step, draw)) array.store(memory_.at(name).data());
  executors_[program]->run();
}

void QuickTraining::steps(int count) {
  for (int step = 0; step < count; ++step) {
    for (std::size_t draw = 0; draw < draws(); ++draw) run(step, draw);
  }
}

Arrays QuickTraining::inputs(int step, std::size_t draw) const {
  Arrays arrays;
  for (const Program::Port& port : programs_[number(draw)]->inputs) {
    RandomStream random(step, port.name, draw);
    NdArray array(port.type);
    for (double& v : array.values)
      v = is_floating(port.type.dtype) ? random.uniform(-1, 1) : random.below(2);
    if (port.name == "step") array[0] = step;
    if (port.name == "draw") array[0] = static_cast<double>(draw);
    array.round_to_type();
    arrays[port.name] = array;
  }
  return arrays;
}

Arrays QuickTraining::state() const {
  Arrays arrays;
  for (const Variables::Variable& v : variables_.all()) {
    NdArray array(v.type);
    array.load(v.memory.data());
    arrays[v.name] = array;
  }
  return arrays;
}

std::map<std::string, std::string> QuickTraining::bytes() const {
  std::map<std::string, std::string> bytes;
  for (const Variables::Variable& v : variables_.all())
    bytes[v.name].assign(static_cast<const char*>(v.memory.data()), v.type.bytes());
  return bytes;
}

Lanes& QuickTraining::lanes() {
  static Lanes lanes(2);
  return lanes;
}

}  // namespace agon
