#pragma once
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "engine/ir/graph.h"
#include "engine/ir/op_def.h"
#include "engine/runtime/cuda/generated_kernel.h"
#include "engine/runtime/cuda/open.h"
#include "tests/cuda/emulation.h"

namespace agon {

constexpr std::int64_t kElements = 300;  // a block and a bit
using Integers = std::vector<std::int32_t>;

/// The emulation's compiler, which takes about a second for a source: each is compiled once for all
/// tests.
class OnceCompiler final : public DeviceCompiler {
 public:
  std::string compile(const std::string& source, int architecture) override {
    static const std::unique_ptr<DeviceCompiler> compiler = emulation::compiler();
    static std::map<std::string, std::string> results;
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    const auto [place, is_new] = results.try_emplace(source);
    if (is_new) place->second = compiler->compile(source, architecture);
    return place->second;
  }
  std::string version() const override { return "emulation 1 --any"; }
};

/// A graph with one node of an op of two inputs, and of `copy`; kernels for both.
struct TestGraph {
  TestGraph() {
    ops.add(
        Op<>{.name = "mix",
             .doc = "y = 3 a + b + 1",
             .inputs = {"a", "b"},
             .infer = [](std::span<const Type> in, const NoAttrs&) { return std::vector{in[0]}; },
             .stops_gradient = true,
             .reference = [](const ReferenceCall&, const NoAttrs&) {}});
    graph = std::make_unique<Graph>(ops);
    const Value x = graph->input("x", {DType::I32, Shape{kElements}});
    mix = graph->add("mix", {x, x}).node;
    copy = graph->add("copy", {x}).node;
  }

  static DeviceFunction mix_function() {
    return {.code =
                "  const i64 i = thread_of(blockIdx.x, 256, threadIdx.x);\n"
                "  if (i < 300) out0[i] = (int)(3u * (u32)in0[i] + (u32)in1[i] + 1u);\n",
            .in = {DType::I32, DType::I32},
            .out = {DType::I32},
            .blocks = blocks_for(kElements)};
  }
  static std::int32_t mixed(std::int32_t a, std::int32_t b) {
    return static_cast<std::int32_t>(3u * static_cast<std::uint32_t>(a) +
                                     static_cast<std::uint32_t>(b) + 1u);
  }
  std::unique_ptr<Kernel> mix_kernel(CudaContext& context) const {
    return generated(context, *mix, {.functions = {mix_function()}}).kernel;
  }

  OpRegistry ops;
  std::unique_ptr<Graph> graph;
  Node* mix = nullptr;
  Node* copy = nullptr;
};

/// Work of one kernel of two inputs.
inline void put(Kernel& kernel, void* queue, const void* a, const void* b, void* y) {
  const void* in[] = {a, b};
  void* out[] = {y};
  kernel.run({.in = in, .out = out, .queue = queue});
}

inline std::unique_ptr<Accelerator> emulated(const CudaDriver& driver = emulation::driver()) {
  return cuda_accelerator(std::make_unique<CudaContext>(driver, 0, std::make_unique<OnceCompiler>(),
                                                        CudaContext::Libraries::None));
}

/// Nothing of the driver is left after a test, and its order is the plain one again.
class EmulatedDevice : public testing::Test {
 protected:
  ~EmulatedDevice() override {
    emulation::fail_at(0, CUDA_SUCCESS);
    emulation::set_order(0);
    EXPECT_EQ(emulation::left_over(), "");
  }
};

/// Integers in memory of an accelerator.
class DeviceArray {
 public:
  explicit DeviceArray(Accelerator& accelerator, MemoryKind kind = MemoryKind::Own)
      : memory(accelerator.memory(kind).allocate(kBytes)), accelerator_(accelerator), kind_(kind) {}
  DeviceArray(Accelerator& accelerator, const Integers& values) : DeviceArray(accelerator) {
    accelerator_.copy_to_device(memory, values.data(), kBytes);
  }
  ~DeviceArray() { accelerator_.memory(kind_).release(memory); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  Integers values() const {
    Integers got(kElements, -1);
    accelerator_.copy_to_host(got.data(), memory, kBytes);
    return got;
  }

  static constexpr std::size_t kBytes = kElements * sizeof(std::int32_t);
  void* const memory;

 private:
  Accelerator& accelerator_;
  MemoryKind kind_;
};

inline Integers counted(std::int32_t from) {
  Integers values(kElements);
  for (std::int32_t& v : values) v = from++;
  return values;
}

}  // namespace agon
