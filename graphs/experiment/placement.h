#pragma once
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/ir/device.h"
#include "engine/ir/graph.h"
#include "graphs/keys/sections.h"

namespace agon {

/// Where the parts of an experiment are computed. A part that is not named is where the rest is.
struct Placement {
  Device rest = Device::Cpu;
  std::map<std::string, Device> networks;
  std::map<std::string, Device> step_values;
  int accelerator = 0;  // N of cuda:N, where anything is computed there
  bool tf32 = false;    // whether products may multiply TF32 there (ops/tf32/tf32.h)

  bool uses(Device device) const;
  /// Whether both devices compute.
  bool is_mixed() const { return uses(Device::Cpu) && uses(Device::Gpu); }
};

/// Every `device` of a file that is written, in the order of the file's sections.
std::vector<Text> written_devices(const ExperimentSections& sections);
/// Whether the file leaves open where the rest is computed: `device: auto`, or none.
bool leaves_device_open(const ExperimentSections& sections);
/// The number of the accelerator that the file names; nothing where it names none.
std::optional<int> named_accelerator(const ExperimentSections& sections);
/// Reports a second accelerator: an experiment uses one beside the processors.
void check_devices(const ExperimentSections& sections, Diagnostics& diagnostics);
/// What a file says; where it leaves the rest open, that is computed on `open`.
Placement placement_of(const ExperimentSections& sections, Device open);

/// The device of each node:
///   - inputs lie at the host, variables on the device of their network or step value;
///   - what stands in a network or step value with a device of its own is computed there, gradients
///     with what they are gradients of;
///   - other values of the file (losses, step values, networks) are the rest;
///   - what the program adds (updates, moments, averages, statistics) follows the variables that it
///     leads to, where these are of one device; else the device of most bytes that it reads.
std::unordered_map<const Node*, Device> devices_of(const Graph& graph, const Placement& placement);
/// Puts every node where devices_of says.
void place(Graph& graph, const Placement& placement);

}  // namespace agon
