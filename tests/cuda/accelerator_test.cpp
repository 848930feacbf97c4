#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include "engine/base/error.h"
#include "tests/cuda/accelerator_tests.h"

namespace agon {
namespace {

using Accelerators = EmulatedDevice;

TEST_F(Accelerators, SayWhatTheyAre) {
  const auto accelerator = emulated();
  EXPECT_EQ(accelerator->name(), "cuda:0");
  EXPECT_EQ(accelerator->memory_bytes(), std::size_t{16} << 30);
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"model", "emulation"},   {"architecture", "sm_90"},
      {"multiprocessors", "4"}, {"driver", "13.0"},
      {"nvrtc", "1"},           {"cublaslt", "none"},
      {"cudnn", "none"}};
  EXPECT_EQ(accelerator->facts(), expected);
  EXPECT_EQ(&cuda_context(*accelerator).driver, &emulation::driver());
  EXPECT_EQ(cuda_context(*accelerator).why_no_matmul_library(), "opened without libraries");
}

TEST_F(Accelerators, RefuseNumbersAndArchitectures) {
  try {
    const CudaContext second(emulation::driver(), 1, std::make_unique<OnceCompiler>());
    ADD_FAILURE() << "opened";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::Unavailable);
    EXPECT_STREQ(error.what(), "there is no cuda:1: this machine has 1 CUDA device");
  }
  CudaDriver old = emulation::driver();
  old.device_attribute = [](int* value, CUdevice_attribute, CUdevice) {
    *value = 6;
    return CUDA_SUCCESS;
  };
  try {
    const CudaContext context(old, 0, std::make_unique<OnceCompiler>());
    ADD_FAILURE() << "opened";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::Unavailable);
    EXPECT_STREQ(error.what(),
                 "cuda:0 (emulation) has compute capability 6.6; 7.5 or newer is needed");
  }
}

TEST_F(Accelerators, GiveZeroedMemoryOfEachKind) {
  const auto accelerator = emulated();
  for (const std::uint64_t seed : {0, 2}) {
    emulation::set_order(seed);
    for (const MemoryKind kind : {MemoryKind::Own, MemoryKind::Staged, MemoryKind::Shared}) {
      const DeviceArray array(*accelerator, kind);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(array.memory) % 64, 0u);
      EXPECT_EQ(array.values(), Integers(kElements, 0));
      if (kind == MemoryKind::Own) continue;
      const auto* host = static_cast<const std::int32_t*>(array.memory);
      EXPECT_EQ(Integers(host, host + kElements), Integers(kElements, 0));
    }
    for (const MemoryKind kind : {MemoryKind::Own, MemoryKind::Staged, MemoryKind::Shared}) {
      MemorySource& source = accelerator->memory(kind);
      source.release(source.allocate(0));
      source.release(nullptr);
    }
  }
}

TEST_F(Accelerators, NameTheMemoryThatIsNotThere) {
  const auto accelerator = emulated();
  const DeviceArray some(*accelerator);
  try {
    accelerator->memory(MemoryKind::Own).allocate(std::size_t{17} << 30);
    ADD_FAILURE() << "allocated";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::Unavailable);
    EXPECT_STREQ(error.what(),
                 "cuda:0: 17.0 GiB of device memory are not there: the device has 16.0 GiB, 16.0 "
                 "GiB of it free");
  }
}

TEST_F(Accelerators, RunGeneratedKernels) {
  const TestGraph test;
  const auto accelerator = emulated();
  const auto kernel = test.mix_kernel(cuda_context(*accelerator));
  accelerator->load();
  const DeviceArray a(*accelerator, counted(5)), b(*accelerator, counted(-7)), y(*accelerator);
  emulation::set_order(2);  // nothing is done before somebody waits
  emulation::take_counts();
  accelerator->run([&](void* queue) { put(*kernel, queue, a.memory, b.memory, y.memory); });
  EXPECT_EQ(emulation::take_counts().kernels, 1);
  Integers expected;
  for (std::int32_t i = 0; i < kElements; ++i) expected.push_back(TestGraph::mixed(5 + i, i - 7));
  EXPECT_EQ(y.values(), expected);
}

TEST_F(Accelerators, WaitForWhatWasPutBeforeAFailure) {
  const TestGraph test;
  const auto accelerator = emulated();
  const auto kernel = test.mix_kernel(cuda_context(*accelerator));
  accelerator->load();
  const DeviceArray x(*accelerator);
  emulation::set_order(2);
  emulation::take_counts();
  EXPECT_THROW(accelerator->run([&](void* queue) {
    put(*kernel, queue, x.memory, x.memory, x.memory);
    throw Error(ExitCode::Stopped, "stopped");
  }),
               Error);
  EXPECT_EQ(emulation::take_counts().kernels, 1);
}

TEST_F(Accelerators, CheckGeneratedKernelsAgainstTheirNode) {
  const TestGraph test;
  const auto accelerator = emulated();
  const auto refused = [&](DeviceFunction function) {
    EXPECT_THROW(generated(cuda_context(*accelerator), *test.mix, {.functions = {function}}),
                 InternalError);
  };
  DeviceFunction f = TestGraph::mix_function();
  f.in[1] = DType::F32;
  refused(f);
  f = TestGraph::mix_function();
  f.in.pop_back();
  refused(f);
  f = TestGraph::mix_function();
  f.out[0] = DType::F64;
  refused(f);
  f = TestGraph::mix_function();
  f.threads = 2048;
  refused(f);
  f = TestGraph::mix_function();
  f.blocks = std::int64_t{1} << 31;
  refused(f);
}

TEST_F(Accelerators, HandOnWhatAGeneratedKernelAllows) {
  const TestGraph test;
  const auto accelerator = emulated();
  const Candidate plain = generated(cuda_context(*accelerator), *test.mix, {});
  EXPECT_FALSE(plain.kernel->may_overwrite(0, 0));
  EXPECT_EQ(plain.kernel->scratch_bytes(), 0u);
  const Candidate other = generated(
      cuda_context(*accelerator), *test.mix,
      {.functions = {}, .scratch_bytes = 640, .may_overwrite = [](int i, int) { return i == 1; }});
  EXPECT_FALSE(other.kernel->may_overwrite(0, 0));
  EXPECT_TRUE(other.kernel->may_overwrite(1, 0));
  EXPECT_EQ(other.kernel->scratch_bytes(), 640u);
}

TEST_F(Accelerators, TransferBetweenAllKindsOfMemory) {
  const TestGraph test;
  const auto accelerator = emulated();
  KernelRegistry kernels;
  register_transfer_kernels(kernels, cuda_context(*accelerator));
  for (const char* op : {"upload", "download", "copy"}) {
    const auto candidates = kernels.candidates(op, Device::Gpu);
    ASSERT_EQ(candidates.size(), 1u);
    const Candidate made = candidates[0].prepare(*test.copy);
    for (const MemoryKind from : {MemoryKind::Own, MemoryKind::Staged, MemoryKind::Shared}) {
      for (const MemoryKind to : {MemoryKind::Own, MemoryKind::Staged, MemoryKind::Shared}) {
        const DeviceArray x(*accelerator, from), y(*accelerator, to);
        accelerator->copy_to_device(x.memory, counted(3).data(), DeviceArray::kBytes);
        const void* in[] = {x.memory};
        void* out[] = {y.memory};
        accelerator->run(
            [&](void* queue) { made.kernel->run({.in = in, .out = out, .queue = queue}); });
        EXPECT_EQ(y.values(), counted(3));
      }
    }
  }
}

TEST_F(Accelerators, MayBeUsedByOneThreadAfterAnother) {
  const TestGraph test;
  const auto accelerator = emulated();
  std::unique_ptr<Kernel> kernel;
  std::unique_ptr<DeviceArray> x;
  std::unique_ptr<Recording> recording;
  const auto elsewhere = [](const std::function<void()>& work) { std::thread(work).join(); };
  elsewhere([&] { kernel = test.mix_kernel(cuda_context(*accelerator)); });
  elsewhere([&] { accelerator->load(); });
  elsewhere([&] { x = std::make_unique<DeviceArray>(*accelerator); });
  elsewhere([&] {
    recording = accelerator->record(
        2, [&](Queues& queues) { put(*kernel, queues.queue(1), x->memory, x->memory, x->memory); });
  });
  elsewhere([&] { recording->launch(); });
  elsewhere([&] { recording->wait(); });
  elsewhere([&] { EXPECT_EQ(x->values(), Integers(kElements, 1)); });
  elsewhere([&] {
    accelerator->run([&](void* queue) { put(*kernel, queue, x->memory, x->memory, x->memory); });
  });
  elsewhere([&] { EXPECT_EQ(x->values(), Integers(kElements, 5)); });
  elsewhere([&] { recording.reset(); });
  elsewhere([&] { x.reset(); });
}

/// Any other device.
class NoDevice final : public Accelerator {
 public:
  std::string name() const override { return "none"; }
  std::vector<std::pair<std::string, std::string>> facts() const override { return {}; }
  std::size_t memory_bytes() const override { return 0; }
  MemorySource& memory(MemoryKind) override { throw InternalError("no memory"); }
  void load() override {}
  std::unique_ptr<Recording> record(int, const std::function<void(Queues&)>&) override {
    return nullptr;
  }
  void run(const std::function<void(void*)>&) override {}
  void bring(void*, const void*, std::size_t) override {}
  void start_clock() override {}
  void copy_to_host(void*, const void*, std::size_t) override {}
  void copy_to_device(void*, const void*, std::size_t) override {}
};

TEST_F(Accelerators, HaveAContextOnlyIfOfCuda) {
  NoDevice other;
  EXPECT_THROW(cuda_context(other), InternalError);
}

}  // namespace
}  // namespace agon
