#include <dlfcn.h>
#include <fmt/format.h>

#include <cstring>
#include <memory>
#include <vector>

#include "tests/cuda/device_entry.h"
#include "tests/cuda/device_state.h"
#include "tests/cuda/fibers.h"

namespace agon::emulation {

namespace {

/// Kept as long as something may still launch it; `entry` is null when its module is gone.
struct Function {
  std::string name;
  const Entry* entry = nullptr;
};

struct Module {
  void* library = nullptr;
  std::vector<std::shared_ptr<Function>> functions;
};

CUresult module_load(CUmodule* to, const void* image) {
  return driver_call([&] {
    check_no_capture();
    void* library = dlopen(static_cast<const char*>(image), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw Trouble{CUDA_ERROR_INVALID_IMAGE, dlerror()};
    auto* calls = static_cast<HostCalls*>(dlsym(library, "host_calls"));
    if (calls == nullptr) throw Trouble{CUDA_ERROR_INVALID_IMAGE, "not of the emulated compiler"};
    *calls = HostCalls{wait_for_block, fail_thread};
    *to = reinterpret_cast<CUmodule>(new Module{library, {}});
    ++device().modules;
  });
}

CUresult module_unload(CUmodule handle) {
  return driver_call([&] {
    check_no_capture();
    finish(Works(device().pending));
    auto* module = reinterpret_cast<Module*>(handle);
    for (const auto& function : module->functions) function->entry = nullptr;
    dlclose(module->library);
    delete module;
    --device().modules;
  });
}

/// Functions by their handles; one whose module is gone stays, so that launching it is noticed.
std::vector<std::shared_ptr<Function>>& all_functions() {
  static std::vector<std::shared_ptr<Function>> functions;
  return functions;
}

CUresult module_function(CUfunction* to, CUmodule handle, const char* name) {
  return driver_call([&] {
    auto* module = reinterpret_cast<Module*>(handle);
    const auto* entry =
        static_cast<const Entry*>(dlsym(module->library, fmt::format("{}_entry", name).c_str()));
    if (entry == nullptr) throw Trouble{CUDA_ERROR_NOT_FOUND, fmt::format("no function {}", name)};
    module->functions.push_back(std::make_shared<Function>(Function{name, entry}));
    all_functions().push_back(module->functions.back());
    *to = reinterpret_cast<CUfunction>(module->functions.back().get());
  });
}

struct Launch {
  const Function* function = nullptr;
  unsigned blocks = 0, threads = 0;
  std::vector<std::uint64_t> arguments;
};

const DeviceMemory* memory_of(std::uint64_t address) {
  const DeviceState& state = device();
  for (const DeviceMemory* memory : {&state.own, &state.managed, &state.pinned})
    if (memory->covers(address)) return memory;
  return nullptr;
}

/// Where the processors reach what the arguments stand for. A kernel cannot reach memory that the
/// driver did not allocate.
std::vector<void*> reached(const Launch& launch) {
  std::vector<void*> places;
  for (const std::uint64_t address : launch.arguments) {
    if (places.size() >= launch.function->entry->pointers) {
      places.push_back(reinterpret_cast<void*>(address));
      continue;
    }
    const DeviceMemory* memory = memory_of(address);
    std::byte* place = memory != nullptr ? memory->reach(address, 0) : nullptr;
    if (address != 0 && place == nullptr)
      throw Trouble{CUDA_ERROR_ILLEGAL_ADDRESS,
                    fmt::format("{}: argument {} points to no memory of the driver",
                                launch.function->name, places.size())};
    places.push_back(place);
  }
  return places;
}

void check_zones(const Launch& launch) {
  for (std::size_t i = 0; i < launch.function->entry->pointers; ++i) {
    const std::uint64_t address = launch.arguments[i];
    if (address != 0 && !memory_of(address)->intact(address))
      throw Trouble{CUDA_ERROR_ILLEGAL_ADDRESS,
                    fmt::format("{}: wrote beside the allocation that argument {} points to",
                                launch.function->name, i)};
  }
}

void run(const Launch& launch) {
  const Entry* entry = launch.function->entry;
  if (entry == nullptr)
    throw Trouble{CUDA_ERROR_INVALID_HANDLE,
                  fmt::format("the module of {} was unloaded", launch.function->name)};
  const std::vector<void*> places = reached(launch);
  const bool downwards = device().downwards();
  for (unsigned number = 0; number < launch.blocks; ++number) {
    const unsigned block = downwards ? launch.blocks - 1 - number : number;
    constexpr int kPattern = 0xA5;
    if (entry->shared_begin != nullptr)
      std::memset(entry->shared_begin, kPattern,
                  static_cast<std::size_t>(entry->shared_end - entry->shared_begin));
    const std::string wrong = run_block(
        static_cast<int>(launch.threads), downwards,
        [&](int thread) { entry->thread(places.data(), block, static_cast<unsigned>(thread)); });
    if (!wrong.empty())
      throw Trouble{CUDA_ERROR_LAUNCH_FAILED,
                    fmt::format("{}: block {}: {}", launch.function->name, block, wrong)};
  }
  check_zones(launch);
  ++device().counts.kernels;
}

CUresult launch(CUfunction handle, unsigned blocks, unsigned blocks_y, unsigned blocks_z,
                unsigned threads, unsigned threads_y, unsigned threads_z, unsigned shared_bytes,
                CUstream stream, void** arguments, void** extra) {
  return driver_call([&] {
    const auto* function = reinterpret_cast<const Function*>(handle);
    if (function == nullptr || function->entry == nullptr)
      throw Trouble{CUDA_ERROR_INVALID_HANDLE, "there is no such function"};
    if (blocks == 0 || blocks > 0x7FFFFFFF || blocks_y != 1 || blocks_z != 1 || threads == 0 ||
        threads_y != 1 || threads_z != 1 || shared_bytes != 0 || extra != nullptr)
      throw Trouble{
          CUDA_ERROR_INVALID_VALUE,
          fmt::format("{}: launched with {} x {} x {} blocks of {} x {} x {} threads",
                      function->name, blocks, blocks_y, blocks_z, threads, threads_y, threads_z)};
    if (threads > function->entry->threads || threads > 1024)
      throw Trouble{CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES,
                    fmt::format("{}: {} threads, its bound is {}", function->name, threads,
                                function->entry->threads)};
    Launch made{function, blocks, threads, {}};
    for (unsigned i = 0; i < function->entry->arguments; ++i)
      made.arguments.push_back(*static_cast<const std::uint64_t*>(arguments[i]));
    put(stream, [made] { run(made); });
  });
}

}  // namespace

void add_module_functions(CudaDriver& driver) {
  driver.module_load = module_load;
  driver.module_unload = module_unload;
  driver.module_function = module_function;
  driver.launch = launch;
}

}  // namespace agon::emulation
