#include "graphs/experiment/placement.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "engine/base/text.h"
#include "engine/ir/op_def.h"
#include "graphs/experiment/names.h"
#include "graphs/experiment/system.h"

namespace agon {

namespace {

bool is_accelerator(const Text& device) {
  return device.text.starts_with("cuda");
}

/// `cuda` is `cuda:0`.
int number_of(const Text& device) {
  const std::size_t colon = device.text.find(':');
  return colon == std::string::npos ? 0 : std::stoi(device.text.substr(colon + 1));
}

Device device_of(const Text& device) {
  return is_accelerator(device) ? Device::Gpu : Device::Cpu;
}

bool says_device(const std::optional<Text>& device) {
  return device && device->text != "auto";
}

/// "generator" of "networks.generator.layers[2]"; empty where the path is of another section.
std::string_view name_in(std::string_view section, std::string_view path) {
  if (!path.starts_with(section)) return {};
  path.remove_prefix(section.size());
  return path.substr(0, path.find_first_of(".[/"));
}

const Device* find(const std::map<std::string, Device>& devices, std::string_view name) {
  const auto it = devices.find(std::string(name));
  return it == devices.end() ? nullptr : &it->second;
}

class Placer {
 public:
  Placer(const Graph& graph, const Placement& placement) : graph_(graph), placement_(placement) {}

  std::unordered_map<const Node*, Device> place() {
    const std::vector<Node*> order = graph_.topological_order();
    for (const Node* node : order) {
      if (const auto device = own(*node)) devices_[node] = *device;
    }
    for (const Graph::Named& update : graph_.updates())
      wishes_[update.value.node].note(home(update.name));
    for (auto node = order.rbegin(); node != order.rend(); ++node) follow_readers(**node);
    for (const Node* node : order) {
      if (!devices_.contains(node)) devices_[node] = of_most_bytes(*node);
    }
    return std::move(devices_);
  }

 private:
  /// Where those that read a value are.
  struct Wish {
    bool cpu = false, gpu = false, unknown = false;
    void note(Device device) { (device == Device::Cpu ? cpu : gpu) = true; }
  };

  /// Of a variable: `generator.up1.weight`, `average/generator...`,
  /// `optimizers.g.exp_avg/generator...`, `step.fake/image_pool1/...`.
  Device home(std::string_view variable) const {
    if (variable.starts_with("optimizers.")) {
      const std::size_t slash = variable.find('/');
      variable = slash == std::string_view::npos ? "" : variable.substr(slash + 1);
    }
    const std::string average = average_name("");
    if (variable.starts_with(average)) variable.remove_prefix(average.size());
    const Device* found = find(placement_.networks, variable.substr(0, variable.find('.')));
    if (found == nullptr) found = find(placement_.step_values, name_in("step.", variable));
    return found == nullptr ? placement_.rest : *found;
  }

  /// Nothing where a node follows others.
  std::optional<Device> own(const Node& node) const {
    if (node.is("input")) return Device::Cpu;
    if (node.is("variable")) return home(node.attrs_as<LeafAttrs>().name);
    const std::string& path = node.origin().path;
    const Device* found = find(placement_.networks, name_in("networks.", path));
    if (found == nullptr) found = find(placement_.step_values, name_in("step.", path));
    if (found != nullptr) return *found;
    return is_added(path) ? std::nullopt : std::optional(placement_.rest);
  }

  /// Whether a node was not written by the user but belongs to what moves variables.
  static bool is_added(const std::string& path) {
    constexpr std::string_view kSection = "optimizers.";
    if (path.empty()) return true;
    const std::string_view optimizer = name_in(kSection, path);
    return !optimizer.empty() && !std::string_view(path)
                                      .substr(kSection.size() + optimizer.size())
                                      .starts_with(".minimize");
  }

  void follow_readers(const Node& node) {
    const auto known = devices_.find(&node);
    Wish wish = wishes_[&node];
    if (known != devices_.end()) {
      wish = {};
      wish.note(known->second);
    } else if (wish.cpu != wish.gpu && !wish.unknown) {
      devices_[&node] = wish.gpu ? Device::Gpu : Device::Cpu;
    } else {
      wish = {.cpu = false, .gpu = false, .unknown = true};
    }
    for (const Value& in : node.inputs()) {
      Wish& of_input = wishes_[in.node];
      of_input.cpu = of_input.cpu || wish.cpu;
      of_input.gpu = of_input.gpu || wish.gpu;
      of_input.unknown = of_input.unknown || wish.unknown;
    }
  }

  /// A sum over gradients of two devices: each is folded where it lies.
  Device of_most_bytes(const Node& node) const {
    std::array<std::size_t, 2> bytes = {0, 0};
    for (const Value& in : node.inputs()) {
      if (!in.node->is("constant"))
        bytes[devices_.at(in.node) == Device::Gpu ? 1 : 0] += in.type().bytes();
    }
    if (bytes[0] == bytes[1]) return placement_.rest;
    return bytes[1] > bytes[0] ? Device::Gpu : Device::Cpu;
  }

  const Graph& graph_;
  const Placement& placement_;
  std::unordered_map<const Node*, Device> devices_;
  std::unordered_map<const Node*, Wish> wishes_;
};

}  // namespace

bool Placement::uses(Device device) const {
  const auto is_there = [&](const auto& named) { return named.second == device; };
  return rest == device || std::ranges::any_of(networks, is_there) ||
         std::ranges::any_of(step_values, is_there);
}

std::vector<Text> written_devices(const ExperimentSections& sections) {
  std::vector<Text> devices;
  const auto take = [&](const std::optional<Text>& device) {
    if (device) devices.push_back(*device);
  };
  take(sections.device);
  for (const auto& network : sections.networks) take(network.value.device);
  for (const auto& value : sections.step_values) take(value.value.device);
  return devices;
}

bool leaves_device_open(const ExperimentSections& sections) {
  return !says_device(sections.device);
}

std::optional<int> named_accelerator(const ExperimentSections& sections) {
  for (const Text& device : written_devices(sections)) {
    if (is_accelerator(device)) return number_of(device);
  }
  return std::nullopt;
}

void check_devices(const ExperimentSections& sections, Diagnostics& diagnostics) {
  std::optional<Text> first;
  for (const Text& device : written_devices(sections)) {
    if (!is_accelerator(device)) continue;
    if (!first) first = device;
    if (number_of(device) == number_of(*first)) continue;
    diagnostics.error(
        device.origin,
        fmt::format("{} beside {} ({}); an experiment is computed by the processors "
                    "and one GPU",
                    device.text, first->text, place_text(first->origin, device.origin)));
  }
}

Placement placement_of(const ExperimentSections& sections, Device open) {
  Placement placement;
  placement.rest = says_device(sections.device) ? device_of(*sections.device) : open;
  placement.accelerator = named_accelerator(sections).value_or(0);
  placement.tf32 = sections.precision.text == "tf32";
  for (const auto& network : sections.networks) {
    if (says_device(network.value.device))
      placement.networks[network.name] = device_of(*network.value.device);
  }
  for (const auto& value : sections.step_values) {
    if (says_device(value.value.device))
      placement.step_values[value.name] = device_of(*value.value.device);
  }
  return placement;
}

std::unordered_map<const Node*, Device> devices_of(const Graph& graph, const Placement& placement) {
  return Placer(graph, placement).place();
}

void place(Graph& graph, const Placement& placement) {
  const auto devices = devices_of(graph, placement);
  for (const auto& node : graph.nodes()) {
    const auto it = devices.find(node.get());
    if (it != devices.end()) Graph::place(*node, it->second);
  }
}

}  // namespace agon
