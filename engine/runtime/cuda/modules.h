#pragma once
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/runtime/cuda/compiler.h"
#include "engine/runtime/cuda/device_function.h"
#include "engine/runtime/cuda/driver.h"

namespace agon {

/// The functions of a device: collected while kernels are prepared, compiled together when the
/// first of them is to run.
class DeviceModules {
 public:
  /// Everything must outlive it.
  DeviceModules(const CudaDriver& driver, DeviceCompiler& compiler, int architecture);
  ~DeviceModules();
  DeviceModules(const DeviceModules&) = delete;
  DeviceModules& operator=(const DeviceModules&) = delete;

  /// A number for the function, the same for the same text.
  int add(const DeviceFunction& function);
  /// Compiles what was added since the last call, in a few modules at once.
  void load();
  /// Only after load().
  CUfunction at(int number) const { return functions_[static_cast<std::size_t>(number)]; }

  /// What load() would compile, as whole sources.
  std::vector<std::string> pending_sources() const;

 private:
  const CudaDriver& driver_;
  DeviceCompiler& compiler_;
  int architecture_;
  std::vector<CUfunction> functions_;
  std::vector<std::string> names_;
  std::vector<std::string> texts_;  // emptied when loaded
  std::unordered_map<std::string, int> number_of_;
  std::vector<CUmodule> modules_;
};

}  // namespace agon
