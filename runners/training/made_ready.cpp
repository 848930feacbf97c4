#include "runners/training/made_ready.h"

#include "runners/training/memory_check.h"

namespace agon {

namespace {
MadeReady compiled_with(const Experiment& experiment, const std::vector<Plan>& plans,
                        const Means& means, Absent absent) {
  MadeReady ready;
  ready.backend = std::make_unique<Backend>(experiment, plans, means, absent);
  for (const Plan& plan : plans) ready.compiled.push_back(compile_plan(plan, *ready.backend));
  return ready;
}
}  // namespace

MadeReady made_ready(const Experiment& experiment, const std::vector<Plan>& plans,
                     const Means& means, Absent absent) {
  std::string why;
  try {
    return compiled_with(experiment, plans, means, absent);
  } catch (const DeviceTooSmall& failure) {
    if (!leaves_device_open(experiment.sections) || !means.device.empty()) throw;
    why = failure.what();
  }
  MadeReady ready = compiled_with(experiment, plans, Means(means.lanes, "cpu", means.open), absent);
  ready.backend->explain_device(why);
  return ready;
}

}  // namespace agon
