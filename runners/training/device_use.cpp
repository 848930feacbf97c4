#include "runners/training/device_use.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "engine/base/text.h"
#include "engine/runtime/executor.h"

namespace agon {

namespace {

DeviceUse::Transfers transfers_of(const Program& program, std::string_view op) {
  DeviceUse::Transfers transfers;
  for (const Instruction& instruction : program.instructions) {
    if (!instruction.node->is(op)) continue;
    ++transfers.count;
    transfers.bytes += static_cast<double>(instruction.node->out_type().bytes());
  }
  return transfers;
}

/// Inputs that the accelerator reads, which are brought to it before each run.
std::set<std::size_t> inputs_of_device(const Program& program) {
  std::set<std::size_t> inputs;
  for (const Instruction& instruction : program.instructions) {
    if (instruction.node->device() != Device::Gpu) continue;
    for (const Place& place : instruction.in) {
      if (place.kind == Place::Kind::Input) inputs.insert(place.index);
    }
  }
  return inputs;
}

DeviceUse::Transfers brought_to(const Program& program) {
  DeviceUse::Transfers brought;
  for (const std::size_t i : inputs_of_device(program)) {
    ++brought.count;
    brought.bytes += static_cast<double>(program.inputs[i].type.bytes());
  }
  return brought;
}

void add(DeviceUse::Transfers& sum, const DeviceUse::Transfers& one, double times) {
  sum.count += times * one.count;
  sum.bytes += times * one.bytes;
}

/// Adds what the instructions of the accelerator read and write outside of the arena.
class Touched {
 public:
  void add(const Program& program) {
    std::set<std::size_t> constants;
    for (const Instruction& instruction : program.instructions) {
      if (instruction.node->device() != Device::Gpu) continue;
      for (const auto* places : {&instruction.in, &instruction.out}) {
        for (const Place& place : *places) {
          if (place.kind == Place::Kind::Variable) {
            const Program::Port& port = program.variables[place.index];
            variables_[port.name] = port.type.bytes();
          } else if (place.kind == Place::Kind::Constant && place.memory == Device::Gpu) {
            constants.insert(place.index);
          }
        }
      }
    }
    for (const std::size_t i : constants) constant_bytes_ += program.constants[i].type.bytes();
  }
  std::size_t variable_bytes() const {
    std::size_t bytes = 0;
    for (const auto& [name, size] : variables_) bytes += size;
    return bytes;
  }
  std::size_t constant_bytes() const { return constant_bytes_; }

 private:
  std::map<std::string, std::size_t> variables_;  // bytes by name
  std::size_t constant_bytes_ = 0;
};

std::string count_text(const DeviceUse::Transfers& transfers, const std::string& what) {
  const std::string count = number_text(transfers.count);
  return fmt::format("{} {}{} ({})", count, what, count == "1" ? "" : "s",
                     bytes_text(transfers.bytes));
}

}  // namespace

DeviceUse device_use(const Plan& plan, const CompiledPlan& compiled) {
  DeviceUse use;
  for (std::size_t i = 0; i < compiled.training.size(); ++i) {
    const double runs = plan.training.runs_a_step(i);
    add(use.uploads, uploads_of(*compiled.training[i]), runs);
    add(use.downloads, downloads_of(*compiled.training[i]), runs);
  }
  Touched touched;
  for (const Program* program : compiled.all()) touched.add(*program);
  use.variables = touched.variable_bytes();
  use.constants = touched.constant_bytes();
  use.arena = compiled.gpu_arena_bytes();
  for (const Program* program : compiled.all()) {
    const std::size_t runs = program->schedule.is_one_launch() ? Executor::kMostUnderWay : 1;
    use.inputs += runs * static_cast<std::size_t>(brought_to(*program).bytes);
  }
  return use;
}

DeviceUse::Transfers uploads_of(const Program& program) {
  DeviceUse::Transfers uploads = transfers_of(program, "upload");
  add(uploads, brought_to(program), 1);
  return uploads;
}

DeviceUse::Transfers downloads_of(const Program& program) {
  return transfers_of(program, "download");
}

std::string transfers_text(const DeviceUse::Transfers& up, const DeviceUse::Transfers& down) {
  return count_text(up, "upload") + " and " + count_text(down, "download");
}

std::string why_tf32_is_idle(const Placement& placement) {
  if (!placement.tf32 || placement.uses(Device::Gpu)) return "";
  return "tf32 changes nothing here: nothing is computed on a GPU, and the processors compute "
         "float32";
}

std::string placement_text(const Placement& placement) {
  if (!placement.is_mixed()) return "all on " + device_name(placement, placement.rest);
  std::map<Device, std::vector<std::string>> named;
  for (const auto& [name, device] : placement.networks) named[device].push_back(name);
  for (const auto& [name, device] : placement.step_values) named[device].push_back("step." + name);
  const Device other = placement.rest == Device::Cpu ? Device::Gpu : Device::Cpu;
  return fmt::format("{} on {}; the rest on {}", joined(named[other]),
                     device_name(placement, other), device_name(placement, placement.rest));
}

nlohmann::ordered_json placement_json(const Placement& placement) {
  nlohmann::ordered_json json;
  json["rest"] = device_name(placement, placement.rest);
  for (const char* part : {"networks", "step"}) json[part] = nlohmann::ordered_json::object();
  for (const auto& [name, device] : placement.networks)
    json["networks"][name] = device_name(placement, device);
  for (const auto& [name, device] : placement.step_values)
    json["step"][name] = device_name(placement, device);
  return json;
}

}  // namespace agon
