#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "engine/base/error.h"
#include "tests/cuda/accelerator_tests.h"
#include "tests/cuda/giving_driver.h"

namespace agon {
namespace {

/// All that an accelerator does, from its beginning to its end.
void life() {
  const TestGraph test;
  const auto accelerator = emulated(giving_driver());
  const auto kernel = test.mix_kernel(cuda_context(*accelerator));
  KernelRegistry kernels;
  register_transfer_kernels(kernels, cuda_context(*accelerator));
  const Candidate copy = kernels.candidates("download", Device::Gpu)[0].prepare(*test.copy);
  accelerator->load();
  const DeviceArray a(*accelerator), b(*accelerator, MemoryKind::Shared),
      staged(*accelerator, MemoryKind::Staged);
  const auto recording = accelerator->record(3, [&](Queues& queues) {
    put(*kernel, queues.queue(1), a.memory, b.memory, b.memory);
    queues.mark(1, 7);
    queues.order(1, 2);
    const void* in[] = {b.memory};
    void* out[] = {staged.memory};
    copy.kernel->run({.in = in, .out = out, .queue = queues.queue(2)});
  });
  accelerator->start_clock();
  std::memcpy(staged.memory, counted(1).data(), DeviceArray::kBytes);
  accelerator->bring(a.memory, staged.memory, DeviceArray::kBytes);
  recording->launch();
  recording->wait();
  EXPECT_GT(recording->marked(7), 0);
  accelerator->run([&](void* queue) { put(*kernel, queue, a.memory, b.memory, a.memory); });
  EXPECT_EQ(a.values()[0], TestGraph::mixed(1, TestGraph::mixed(1, 0)));
}

class AcceleratorFailures : public EmulatedDevice,
                            public testing::WithParamInterface<std::pair<CUresult, ExitCode>> {};

TEST_P(AcceleratorFailures, OfEveryCallEndWellAndLeaveNothing) {
  const auto [result, code] = GetParam();
  int thrown = 0, passed = 0, devices = 0;
  for (std::int64_t call = 1; !HasFailure(); ++call) {
    emulation::fail_at(call, result);
    bool failed = false;
    try {
      life();
    } catch (const Error& error) {
      failed = true;
      EXPECT_EQ(error.code(), code) << "call " << call << ": " << error.what();
      EXPECT_NE(std::string(error.what()).find("as fail_at() said"), std::string::npos)
          << "call " << call << ": " << error.what();
    }
    EXPECT_EQ(emulation::left_over(), "") << "call " << call;
    EXPECT_EQ(contexts_held(), 0) << "call " << call;
    // Where the failure is still to come, there was one call fewer than this.
    if (emulation::driver().device_count(&devices) == result) break;
    ++(failed ? thrown : passed);
  }
  EXPECT_GT(thrown, 60);
  EXPECT_GT(passed, 10) << "of the calls at the end, whose answers nobody needs";
}

INSTANTIATE_TEST_SUITE_P(
    Results, AcceleratorFailures,
    testing::Values(std::pair(CUDA_ERROR_ECC_UNCORRECTABLE, ExitCode::Unavailable),
                    std::pair(CUDA_ERROR_DEVICE_UNAVAILABLE, ExitCode::Unavailable),
                    std::pair(CUDA_ERROR_INVALID_VALUE, ExitCode::Internal)));

bool lost = false;

/// Whatever asks the device to do something fails once it is lost; giving back goes on.
template <auto Function, class... Arguments>
CUresult until_lost(Arguments... arguments) {
  if (lost) return CUDA_ERROR_ECC_UNCORRECTABLE;
  return (emulation::driver().*Function)(arguments...);
}
template <auto Function, class... Arguments>
void fail_when_lost(CudaDriver& table, CUresult (*)(Arguments...)) {
  table.*Function = until_lost<Function, Arguments...>;
}

CudaDriver losing_driver() {
  CudaDriver made = emulation::driver();
  fail_when_lost<&CudaDriver::context_set>(made, made.context_set);
  fail_when_lost<&CudaDriver::allocate>(made, made.allocate);
  fail_when_lost<&CudaDriver::copy_async>(made, made.copy_async);
  fail_when_lost<&CudaDriver::stream_create>(made, made.stream_create);
  fail_when_lost<&CudaDriver::stream_synchronize>(made, made.stream_synchronize);
  fail_when_lost<&CudaDriver::capture_begin>(made, made.capture_begin);
  fail_when_lost<&CudaDriver::event_record>(made, made.event_record);
  fail_when_lost<&CudaDriver::event_synchronize>(made, made.event_synchronize);
  fail_when_lost<&CudaDriver::event_elapsed>(made, made.event_elapsed);
  fail_when_lost<&CudaDriver::graph_launch>(made, made.graph_launch);
  fail_when_lost<&CudaDriver::launch>(made, made.launch);
  return made;
}

using LostDevices = EmulatedDevice;

TEST_F(LostDevices, AreUnavailableFromThenOn) {
  lost = false;
  const CudaDriver driver = losing_driver();
  const TestGraph test;
  const auto accelerator = emulated(driver);
  const auto kernel = test.mix_kernel(cuda_context(*accelerator));
  accelerator->load();
  const DeviceArray x(*accelerator, counted(1));
  const DeviceArray staged(*accelerator, MemoryKind::Staged);
  const auto work = [&](Queues& queues) {
    put(*kernel, queues.queue(0), x.memory, x.memory, x.memory);
    queues.mark(0, 0);
  };
  const auto recording = accelerator->record(2, work);
  recording->launch();
  lost = true;
  Integers host(kElements);
  const std::function<void()> all[] = {
      [&] { recording->wait(); },
      [&] { recording->launch(); },
      [&] { accelerator->record(2, work); },
      [&] { accelerator->run([](void*) {}); },
      [&] { accelerator->bring(x.memory, staged.memory, DeviceArray::kBytes); },
      [&] { accelerator->start_clock(); },
      [&] { recording->marked(0); },
      [&] { accelerator->memory(MemoryKind::Own).allocate(100); },
      [&] { accelerator->copy_to_host(host.data(), x.memory, DeviceArray::kBytes); },
      [&] { accelerator->copy_to_device(x.memory, host.data(), DeviceArray::kBytes); }};
  for (const auto& call : all) {
    try {
      call();
      ADD_FAILURE() << "done on a lost device";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::Unavailable) << error.what();
      EXPECT_NE(std::string(error.what()).find("cuda:0"), std::string::npos) << error.what();
    }
  }
  lost = false;  // so that the emulation gives back the memory
}

TEST_F(LostDevices, EndQuietly) {
  lost = false;
  const CudaDriver driver = losing_driver();
  auto accelerator = emulated(driver);
  auto recording = accelerator->record(2, [](Queues&) {});
  recording->launch();
  lost = true;
  recording.reset();
  accelerator.reset();
  lost = false;
}

}  // namespace
}  // namespace agon
