#pragma once
#include "engine/ir/op_def.h"
#include "engine/runtime/cuda/open.h"
#include "ops/ops.h"
#include "runners/training/device_choice.h"
#include "tests/cuda/emulation.h"

namespace agon {

inline const OpRegistry& every_op() {
  static const OpRegistry* const ops = [] {
    auto* made = new OpRegistry;
    register_all_ops(*made);
    return made;
  }();
  return *ops;
}

/// What a backend is made with, of the emulated device where something is placed on one.
inline DeviceChoice emulated_choice(const Placement& placement) {
  DeviceChoice choice;
  choice.placement = placement;
  if (placement.uses(Device::Gpu)) choice.accelerator = cuda_accelerator(emulation::context());
  return choice;
}

}  // namespace agon
