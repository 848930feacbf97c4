#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runners/training/backend.h"

namespace agon {

/// What a compiled plan does with the accelerator beside the processors.
struct DeviceUse {
  /// Of a training step, on average over many.
  struct Transfers {
    double count = 0;
    double bytes = 0;
  };
  Transfers uploads, downloads;
  /// Planned memory of the accelerator, in bytes.
  std::size_t variables = 0;  // that its instructions read or write
  std::size_t arena = 0;      // activations, gradients, scratch
  std::size_t constants = 0;
  std::size_t inputs = 0;  // as brought, of runs under way too
  std::size_t memory() const { return variables + arena + constants + inputs; }
};
DeviceUse device_use(const Plan& plan, const CompiledPlan& compiled);

/// Transfers of one run of a program; what is brought before it are uploads.
DeviceUse::Transfers uploads_of(const Program& program);
DeviceUse::Transfers downloads_of(const Program& program);
/// "3 uploads (1.2 MiB) and 2 downloads (4 B)".
std::string transfers_text(const DeviceUse::Transfers& up, const DeviceUse::Transfers& down);

/// Why `precision: tf32` changes nothing; empty where it does, or was not asked for.
std::string why_tf32_is_idle(const Placement& placement);

/// "generator on cuda:0; the rest on cpu".
std::string placement_text(const Placement& placement);
/// {"rest": "cpu", "networks": {"generator": "cuda:0"}, "step": {}}.
nlohmann::ordered_json placement_json(const Placement& placement);

}  // namespace agon
