#include "tests/cuda/on_device/device_training.h"

#include <utility>

#include "runners/data/data_set.h"
#include "tests/cuda/judged_device.h"
#include "tests/ops/harness_checks.h"

namespace agon {

namespace {

constexpr int kLanes = 2;

DeviceChoice choice_of(const Experiment& experiment, std::unique_ptr<Accelerator>& device) {
  DeviceChoice choice;
  choice.placement = placement_of(experiment.sections, Device::Cpu);
  if (!choice.placement.uses(Device::Gpu)) return choice;
  if (!device) device = op_cases::judged_device();
  choice.accelerator = std::move(device);
  return choice;
}

}  // namespace

PlannedExperiment::PlannedExperiment(const std::string& config, const ReadOptions& options)
    : experiment(read_experiment(config, options, inspect_data)),
      plans(build_plans(experiment, op_cases::all_ops())) {}

DeviceTraining::DeviceTraining(const PlannedExperiment& planned, std::size_t stage,
                               std::unique_ptr<Accelerator>& device)
    : lender_(device),
      backend_(kLanes, Determinism::Run, choice_of(planned.experiment, device)),
      compiled_(compile_training(planned.plans[stage], backend_)),
      arena_(compiled_.arena(backend_)),
      variables_(backend_.variable_memory()),
      sources_(*stages_of(planned.experiment)[stage]) {
  const TrainingGraphs& training = planned.plans[stage].training;
  add_variables(training, variables_);
  trainer_ =
      std::make_unique<Trainer>(training, compiled_.training, backend_, variables_, sources_,
                                arena_, Position{.steps_done = sources_.experiment().first_step});
  initialise(training, backend_, variables_, sources_);
}

DeviceTraining::~DeviceTraining() {
  if (backend_.accelerator() != nullptr) lender_ = backend_.take_accelerator();
}

}  // namespace agon
