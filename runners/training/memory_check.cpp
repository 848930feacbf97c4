#include "runners/training/memory_check.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ir/op_def.h"
#include "runners/training/device_use.h"

namespace agon {

namespace {

constexpr std::size_t kNamed = 3;

struct Tensors {
  double bytes;
  std::string text;
};

void add(std::vector<Tensors>& all, const std::string& name, const Type& type) {
  const auto bytes = static_cast<double>(type.bytes());
  all.push_back({bytes, fmt::format("{} {} {}", name, to_text(type), bytes_text(bytes))});
}

/// The largest variables and intermediate values, each text once; with `device`, only of values
/// that it computes.
std::vector<std::string> largest(const Plan& plan, const CompiledPlan& compiled,
                                 std::optional<Device> device) {
  std::vector<Tensors> all;
  for (const VariableDecl& decl : plan.training.variables) add(all, decl.name, decl.type);
  for (const Program* program : compiled.all()) {
    for (const Instruction& instruction : program->instructions) {
      if (device && instruction.node->device() != *device) continue;
      for (const Type& type : instruction.node->outputs())
        add(all, instruction.node->op().name, type);
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Tensors& a, const Tensors& b) { return a.bytes > b.bytes; });
  std::vector<std::string> texts;
  for (const Tensors& t : all) {
    if (texts.size() == kNamed) break;
    if (std::find(texts.begin(), texts.end(), t.text) == texts.end()) texts.push_back(t.text);
  }
  return texts;
}

void check_device_memory(const Plan& plan, const CompiledPlan& compiled,
                         const Accelerator& accelerator) {
  const auto needed = static_cast<double>(device_use(plan, compiled).memory());
  const auto there = static_cast<double>(accelerator.memory_bytes());
  if (needed <= there) return;
  throw DeviceTooSmall(fmt::format("the plan needs {} of {}, which has {}; largest: {}",
                                   bytes_text(needed), described(accelerator), bytes_text(there),
                                   joined(largest(plan, compiled, Device::Gpu))));
}

}  // namespace

void check_memory(const Plan& plan, const CompiledPlan& compiled, const Backend& backend) {
  double needed =
      static_cast<double>(compiled.arena_bytes()) + static_cast<double>(compiled.constant_bytes());
  for (const VariableDecl& decl : plan.training.variables)
    needed += static_cast<double>(decl.type.bytes());
  const double there =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
  if (needed <= there) {
    if (backend.accelerator() != nullptr)
      check_device_memory(plan, compiled, *backend.accelerator());
    return;
  }
  throw Error(ExitCode::Config,
              fmt::format("the plan needs {}, this machine has {}; largest: {}", bytes_text(needed),
                          bytes_text(there), joined(largest(plan, compiled, std::nullopt))));
}

}  // namespace agon
