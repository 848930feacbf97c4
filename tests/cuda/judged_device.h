#pragma once
#include <memory>
#include <string>

#include "engine/runtime/accelerator.h"

namespace agon::op_cases {

/// The device that a program of tests judges: the emulated one (judged_emulation.cpp), or CUDA
/// device 0 of this machine (on_device/device_zero.cpp).
std::unique_ptr<Accelerator> judged_device();
/// Why there is none; "" where there is one.
std::string no_judged_device();

}  // namespace agon::op_cases
