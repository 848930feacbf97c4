#include "runners/training/device_choice.h"

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/runtime/cuda/open.h"
#include "runners/training/device_rates.h"

namespace agon {

namespace {

/// Whether a file uses an accelerator whatever `auto` comes to.
bool needs_accelerator(const ExperimentSections& sections) {
  return placement_of(sections, Device::Cpu).uses(Device::Gpu);
}

std::string accelerator_name(const Placement& placement) {
  return fmt::format("cuda:{}", placement.accelerator);
}

/// Null where the accelerator is not there, and what is missing.
std::unique_ptr<Accelerator> opened(const Means& means, int number, std::string& missing) {
  try {
    return means.open ? means.open(number) : open_cuda(number);
  } catch (const Error& failure) {
    if (failure.code() != ExitCode::Unavailable) throw;
    missing = fmt::format("device cuda:{}: {}", number, failure.what());
    return nullptr;
  }
}

/// Where the rest is computed when the file leaves that open.
Device faster_device(std::span<const Plan> plans, int lane_count, DeviceChoice& choice) {
  const std::vector<DeviceRates> rates = device_rates(lane_count, choice.accelerator);
  double cpu = 0, gpu = 0;
  for (const Plan& plan : plans) {
    cpu += estimated_seconds(plan.training, rates[0]);
    gpu += estimated_seconds(plan.training, rates[1]);
  }
  choice.why = fmt::format(
      "a step is estimated to take {:.3g} ms on {} and {:.3g} ms on the "
      "processors",
      1e3 * gpu, described(*choice.accelerator), 1e3 * cpu);
  return gpu < cpu ? Device::Gpu : Device::Cpu;
}

/// The rest where an earlier process had it, if that device is there.
Device settled_device(const std::string& recorded, DeviceChoice& choice) {
  if (recorded == "cpu" || choice.accelerator) {
    choice.why = "as the run began";
    return recorded == "cpu" ? Device::Cpu : Device::Gpu;
  }
  choice.why = "the run began on " + recorded + "; " + choice.missing;
  return Device::Cpu;
}

}  // namespace

DeviceChoice choose_device(const Experiment& experiment, std::span<const Plan> plans,
                           const Means& means, Absent absent) {
  const ExperimentSections& sections = experiment.sections;
  const bool open = leaves_device_open(sections);
  const bool needed = needs_accelerator(sections);
  DeviceChoice choice;
  choice.placement = placement_of(sections, Device::Cpu);
  std::string none;
  if (needed || (open && means.device != "cpu" && (means.open || has_cuda(none))))
    choice.accelerator = opened(means, choice.placement.accelerator, choice.missing);
  if (needed && !choice.accelerator) {
    if (absent == Absent::Refused) throw Error(ExitCode::Unavailable, choice.missing);
    return choice;
  }
  if (open) {
    Device rest = Device::Cpu;
    if (!means.device.empty()) {
      if (!choice.accelerator && choice.missing.empty()) choice.missing = none;
      rest = settled_device(means.device, choice);
    } else if (choice.accelerator) {
      rest = faster_device(plans, means.lanes, choice);
    } else {
      choice.why = choice.missing.empty() ? none : choice.missing;
    }
    choice.placement = placement_of(sections, rest);
  }
  choice.missing.clear();
  if (!choice.placement.uses(Device::Gpu)) choice.accelerator.reset();
  return choice;
}

std::string device_name(const Placement& placement, Device device) {
  return device == Device::Cpu ? "cpu" : accelerator_name(placement);
}

std::string described(const Accelerator& accelerator) {
  for (const auto& [name, value] : accelerator.facts()) {
    if (name == "model") return fmt::format("{} ({})", accelerator.name(), value);
  }
  return accelerator.name();
}

}  // namespace agon
