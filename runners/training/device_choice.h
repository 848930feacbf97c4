#pragma once
#include <memory>
#include <span>
#include <string>

#include "engine/runtime/accelerator.h"
#include "graphs/experiment/placement.h"
#include "graphs/experiment/training.h"
#include "runners/runs/machine.h"

namespace agon {

/// What computes an experiment here.
struct DeviceChoice {
  Placement placement;
  /// Where something is placed on it; null also where `missing` says why it is not there.
  std::unique_ptr<Accelerator> accelerator = nullptr;
  std::string missing = {};
  /// How `device: auto` was settled; empty where the file says.
  std::string why = {};
};

/// What becomes of an experiment whose file names a device that is not there.
enum class Absent {
  Refused,  // Error(Unavailable)
  Planned   // it is compiled and cannot be run: for looking at a file
};

/// Settles `device: auto` and opens the accelerator, if one is used. What `auto` came to in an
/// earlier process of the run it stays, where that is there. Else the processors compute the rest
/// where there is no device, and the faster of both as estimated_seconds has it. Throws
/// Error(Unavailable), beginning with "device cuda:N: ".
DeviceChoice choose_device(const Experiment& experiment, std::span<const Plan> plans,
                           const Means& means, Absent absent);

/// "cpu" or "cuda:N".
std::string device_name(const Placement& placement, Device device);
/// "cuda:0 (NVIDIA H100 80GB HBM3)".
std::string described(const Accelerator& accelerator);

}  // namespace agon
