#pragma once
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "engine/runtime/cuda/driver.h"
#include "tests/cuda/device_memory.h"
#include "tests/cuda/emulation.h"
#include "tests/cuda/queued_work.h"

namespace agon::emulation {

/// Why a call of the driver fails.
struct Trouble {
  CUresult result;
  std::string text;
};

struct Stream;

/// What is recorded between the beginning and the end of a capture.
struct Capture {
  Stream* origin = nullptr;
  CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_GLOBAL;
  std::thread::id thread = {};
  Works works = {};
  bool active = true;
  bool invalid = false;  // something was done that is not allowed meanwhile
};

struct Stream {
  Works last = {};  // what the next work comes after
  std::shared_ptr<Capture> capture = nullptr;
  Works last_captured = {};
};

struct Event {
  Works works = {};                            // what has to be done for it to have happened
  std::shared_ptr<Capture> capture = nullptr;  // in which it was recorded last
  bool keeps_time = false;
  std::shared_ptr<std::int64_t> passed = {};  // nanoseconds of a steady clock; 0: not yet
};

struct Graph {
  Works works;
};

/// All there is of the device; one for the process. Functions with a `Stream` and the like throw
/// Trouble.
struct DeviceState {
  static constexpr std::size_t kMemory = std::size_t{16} << 30;

  std::mutex mutex;
  DeviceMemory own{true, kMemory}, managed{false, kMemory}, pinned{false, kMemory};
  std::string text;  // of the last failure
  Counts counts;
  std::int64_t fail_in = 0;
  CUresult fail_with = CUDA_SUCCESS;

  std::uint64_t seed = 0;
  std::mt19937_64 random;
  Works pending;  // put into streams and not done yet

  std::set<Stream*> streams;
  std::set<Event*> events;
  std::set<Graph*> graphs, executables;
  std::vector<std::weak_ptr<Capture>> captures;
  int modules = 0;

  bool downwards() const { return (seed & 1) != 0; }  // the order of threads and blocks
  bool late() const { return (seed & 2) != 0; }       // whether streams wait to be waited for
};
DeviceState& device();

/// Does everything that has to be done before `last` is, and `last`.
void finish(const Works& last);
/// Throws where a capture forbids what waits or allocates, and makes the capture invalid.
void check_no_capture();

Stream& stream_of(CUstream handle);
/// Null: the stream that waits for all others, in which everything is done at once.
void put(CUstream handle, std::function<void()> act);
/// Does it in the stream's turn before returning; in a capture like put().
void put_and_finish(CUstream handle, std::function<void()> act);

/// Whether the thread has made the device's context its own.
bool& has_context();

/// A function of the driver: `act` under the lock, Trouble as its result. `needs_context`: whether
/// the calling thread must have a context.
template <class Act>
CUresult driver_call(Act act, bool needs_context = true) {
  DeviceState& state = device();
  const std::lock_guard lock(state.mutex);
  if (state.fail_in > 0 && --state.fail_in == 0) {
    state.text = "as fail_at() said";
    return state.fail_with;
  }
  if (needs_context && !has_context()) {
    state.text = "the thread has no current context";
    return CUDA_ERROR_INVALID_CONTEXT;
  }
  try {
    act();
    return CUDA_SUCCESS;
  } catch (const Trouble& trouble) {
    state.text = trouble.text;
    return trouble.result;
  }
}

/// Parts of the table.
void add_stream_functions(CudaDriver& driver);
void add_memory_functions(CudaDriver& driver);
void add_module_functions(CudaDriver& driver);

}  // namespace agon::emulation
