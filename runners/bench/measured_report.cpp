#include "runners/bench/bench_report.h"
#include "runners/bench/process.h"

namespace agon {

namespace {

void add_accelerator(BenchReport& report, const Plan& plan, TrainingBench& bench) {
  const DeviceChoice& device = bench.backend().device();
  report.placement = placement_text(device.placement);
  report.accelerator = described(*device.accelerator);
  for (const auto& [name, value] : device.accelerator->facts()) report.facts[name] = value;
  report.use = device_use(plan, bench.compiled());
}

}  // namespace

BenchReport measured_report(TrainingBench& bench, const Experiment& experiment, const Plan& plan,
                            double first_step_seconds, const BenchOptions& options) {
  BenchReport report;
  report.first_step_seconds = first_step_seconds;
  report.name = experiment.name;
  report.batch = experiment.batch;
  report.examples = experiment.batch * static_cast<std::int64_t>(plan.training.draws.size());
  report.lanes = bench.backend().lanes.count();
  report.variable_bytes = bench.variable_bytes();
  report.speed = measure_speed(bench.trainer(), options.steps);
  // before the machine is measured, which takes memory of its own
  report.peak_bytes = peak_resident_bytes();
  add_instructions(report, plan.training, bench.compiled(),
                   time_instructions(bench, options.timed_seconds));
  if (bench.backend().accelerator() == nullptr) {
    report.limits = measure_limits(bench.backend().lanes);
  } else {
    add_accelerator(report, plan, bench);
    report.limits = measure_accelerator(bench.backend(), options.accelerator);
  }
  return report;
}

}  // namespace agon
