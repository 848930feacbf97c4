#pragma once
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/runtime/accelerator.h"

namespace agon {

/// Opens the accelerator of that number, or throws Error(Unavailable) with what is missing. Null
/// stands for open_cuda; tests give one that needs no device.
using OpenAccelerator = std::function<std::unique_ptr<Accelerator>(int number)>;

/// With what of a machine a run is computed, as its lock says; the rest follows from the experiment
/// and the machine.
struct Means {
  int lanes = 1;
  std::string device;  // what `device: auto` came to: "cpu", "cuda:0"; empty for a new run
  OpenAccelerator open;

  Means(int lane_count, std::string settled_device = "",  // NOLINT: lanes alone are means too
        OpenAccelerator opened_by = nullptr)
      : lanes(lane_count), device(std::move(settled_device)), open(std::move(opened_by)) {}
};

/// The processor's name as the system gives it, "Intel(R) Xeon(R) ...".
std::string cpu_model();

/// Memory that this process holds now, in bytes.
std::int64_t resident_bytes();

/// What of this machine and program can change bits, for the lock: program and build, libraries,
/// processor, instruction set, environment variables that libraries read.
nlohmann::ordered_json machine_record();

/// Whether an environment variable of that name can make a library compute otherwise.
bool changes_bits(std::string_view variable);
/// The names of those that are set, but for LD_LIBRARY_PATH: which libraries were found is
/// recorded.
std::vector<std::string> variables_that_change_bits();

}  // namespace agon
