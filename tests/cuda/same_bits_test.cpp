// What a device computes with the very bits of the processors: draws, everything that only moves
// elements, and sums that both take in one order. The cases are those of tests/ops; each is run
// once more with numbers among its inputs that are none.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "engine/ir/op_def.h"
#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/cuda/generated_kernel.h"
#include "engine/runtime/variables.h"
#include "ops/ops.h"
#include "tests/cuda/emulation.h"
#include "tests/ops/harness_checks.h"

namespace agon::op_cases {
namespace {

using Bytes = std::vector<std::byte>;

/// A value of 0, infinity or what is no number in place of every seventh of the floats.
std::map<std::string, NdArray> with_odd_numbers(std::map<std::string, NdArray> values) {
  constexpr double kOdd[] = {std::numeric_limits<double>::quiet_NaN(),
                             std::numeric_limits<double>::infinity(), -0.0,
                             -std::numeric_limits<double>::infinity()};
  std::size_t next = 0;
  for (auto& [name, array] : values) {
    if (!is_floating(array.type.dtype)) continue;
    for (std::size_t i = 3; i < array.values.size(); i += 7) array.values[i] = kOdd[next++ % 4];
  }
  return values;
}

struct Prepared {
  Case c;
  CaseGraph made;
  std::unique_ptr<Kernel> device, processors;
};

/// The first that accepts, of either device; null where none does.
std::unique_ptr<Kernel> first_kernel(const KernelRegistry& kernels, const Node& node, Device on) {
  std::unique_ptr<Kernel> found;
  test_lanes().run([&] {
    for (const KernelDef& def : kernels.candidates(node.op().name, on)) {
      Candidate candidate = def.prepare(node);
      if (candidate.kernel && !found) found = std::move(candidate.kernel);
    }
  });
  return found;
}

std::vector<Bytes> stored_inputs(const Node& node, const std::map<std::string, NdArray>& values) {
  std::vector<Bytes> stored;
  for (std::size_t i = 0; i < node.inputs().size(); ++i) {
    const NdArray& value = values.at(fmt::format("x{}", i));
    stored.emplace_back(value.type.bytes());
    value.store(stored.back().data());
  }
  return stored;
}

Bytes on_processors(const Prepared& p, const std::vector<Bytes>& inputs) {
  std::vector<Buffer> memory;
  std::vector<const void*> in;
  for (const Bytes& input : inputs) {
    memory.emplace_back(input.size());
    std::memcpy(memory.back().data(), input.data(), input.size());
    in.push_back(memory.back().data());
  }
  Buffer out(p.made.node->out_type().bytes()), scratch(p.processors->scratch_bytes());
  void* const outputs[] = {out.data()};
  test_lanes().run([&] { p.processors->run({in, outputs, scratch.data()}); });
  Bytes result(p.made.node->out_type().bytes());
  std::memcpy(result.data(), out.data(), result.size());
  return result;
}

Bytes on_device(const CudaDriver& driver, const Prepared& p, const std::vector<Bytes>& inputs) {
  std::vector<CUdeviceptr> memory;
  const auto allocate = [&](std::size_t bytes) {
    CUdeviceptr address = 0;
    if (bytes > 0) check(driver, driver.allocate(&address, bytes), "memory");
    memory.push_back(address);
    return reinterpret_cast<void*>(address);
  };
  std::vector<const void*> in;
  for (const Bytes& input : inputs) {
    in.push_back(allocate(input.size()));
    check(driver,
          driver.copy_async(memory.back(), reinterpret_cast<CUdeviceptr>(input.data()),
                            input.size(), nullptr),
          "copy");
  }
  void* const scratch = allocate(p.device->scratch_bytes());
  Bytes result(p.made.node->out_type().bytes());
  void* const outputs[] = {allocate(result.size())};
  p.device->run({in, outputs, scratch, nullptr});
  check(driver,
        driver.copy_async(reinterpret_cast<CUdeviceptr>(result.data()), memory.back(),
                          result.size(), nullptr),
        "copy");
  for (const CUdeviceptr address : memory)
    if (address != 0) driver.release(address);
  return result;
}

/// The first element of other bits, or "". Which of the bits of what is no number is left open.
std::string first_other(const Type& type, const Bytes& expected, const Bytes& got) {
  const std::size_t size = bytes_of(type.dtype);
  NdArray want(type), have(type);
  want.load(expected.data());
  have.load(got.data());
  for (std::int64_t i = 0; i < want.size(); ++i) {
    if (std::isnan(want[i]) && std::isnan(have[i])) continue;
    if (std::memcmp(expected.data() + i * size, got.data() + i * size, size) != 0)
      return fmt::format("element {} of {}: expected {}, got {}", i, to_text(type), want[i],
                         have[i]);
  }
  return "";
}

bool has_one_order(const Case& c) {
  static const std::vector<std::string> kOps = {
      "reshape",  "transpose",        "broadcast",       "concat",         "slice",
      "pad",      "gather_rows",      "scatter_rows",    "one_hot",        "iota",
      "max_pool", "max_pool_scatter", "max_pool_gather", "average_pool",   "average_pool_grad",
      "upsample", "resample",         "resample_grad",   "random_uniform", "random_normal"};
  return std::ranges::find(kOps, c.op) != kOps.end();
}

TEST(SameBits, OnDeviceAndProcessors) {
  const std::unique_ptr<CudaContext> context = emulation::context();
  KernelRegistry kernels;
  register_cuda_kernels(kernels, *context);
  std::vector<Prepared> prepared;
  for (const Case& c : all_cases()) {
    if (!has_one_order(c)) continue;
    Prepared p{c, build(c), nullptr, nullptr};
    p.device = first_kernel(kernels, *p.made.node, Device::Gpu);
    p.processors = first_kernel(all_kernels(), *p.made.node, Device::Cpu);
    EXPECT_NE(p.device, nullptr) << c.op << " " << c.label;
    // in float64 some have their reference alone, which adds up differently
    EXPECT_TRUE(p.processors || p.made.node->out_type().dtype == DType::F64) << c.op;
    if (p.device && p.processors) prepared.push_back(std::move(p));
  }
  context->modules().load();
  for (const Prepared& p : prepared) {
    const auto drawn = draw_inputs(p.c);
    for (const bool odd : {false, true}) {
      if (odd && p.c.op.starts_with("random_")) continue;
      const auto inputs = stored_inputs(*p.made.node, odd ? with_odd_numbers(drawn) : drawn);
      EXPECT_EQ(first_other(p.made.node->out_type(), on_processors(p, inputs),
                            on_device(context->driver, p, inputs)),
                "")
          << p.c.op << " " << p.c.label << (odd ? " with odd numbers" : "");
    }
  }
}

/// What the device's kernels of the cases are written as.
std::string code_of(const std::vector<Case>& cases) {
  const std::unique_ptr<CudaContext> context = emulation::context();
  KernelRegistry kernels;
  register_cuda_kernels(kernels, *context);
  for (const Case& c : cases)
    EXPECT_TRUE(first_kernel(kernels, *build(c).node, Device::Gpu)) << c.op;
  std::string code;
  for (const std::string& source : context->modules().pending_sources())
    code += source.substr(device_prelude().size());
  context->modules().load();
  return code;
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(DeviceCode, CountsIn64BitsWhereTensorsAreLarge) {
  const std::string large = code_of(
      {{.op = "reshape", .inputs = {f32(50000, 50000)}, .attrs = "{shape: [2500000000]}"},
       {.op = "transpose", .inputs = {f32(50000, 50001)}, .attrs = "{axes: [1, 0]}"},
       {.op = "slice", .inputs = {f32(50000, 50000)}, .attrs = "{axis: 1, from: 0, to: 3}"},
       {.op = "pad", .inputs = {f32(3)}, .attrs = "{before: [0], after: [2147483648]}"},
       {.op = "concat", .inputs = {f32(1, 2000000000), f32(1, 200000000)}, .attrs = "{axis: 1}"},
       {.op = "gather_rows", .inputs = {f32(50000, 50000), i32(3)}},
       {.op = "max_pool", .inputs = {f32(1024, 1024, 1024, 3)}},
       {.op = "average_pool_grad",
        .inputs = {f32(1024, 512, 512, 3)},
        .attrs = "{size_h: 1024, size_w: 1024}"},
       {.op = "resample",
        .inputs = {f32(50000, 2, 50000)},
        .attrs = "{axis: 1, size: 1, rule: \"area\"}"},
       {.op = "random_normal", .inputs = {f64(), f64()}, .attrs = "{shape: [50000, 50000]}"}});
  EXPECT_EQ(count_of(large, "using Index = i64;"), 10U);
  EXPECT_EQ(count_of(large, "using Index = u32;"), 0U);
  EXPECT_EQ(count_of(code_of({{.op = "reshape", .inputs = {f32(4)}, .attrs = "{shape: [2, 2]}"}}),
                     "using Index = u32;"),
            1U);
}

TEST(DeviceCode, OfDrawsIsTheSameForAllSeedsAndStreams) {
  const auto draw = [](const char* seed) {
    return Case{.op = "random_normal",
                .inputs = {f64(), f64()},
                .attrs = fmt::format("{{shape: [8], {}}}", seed)};
  };
  const std::string code =
      code_of({draw("seed: 1"), draw("seed: 2"), draw("seed: 1, stream: \"other\"")});
  EXPECT_EQ(count_of(code, "__global__"), 1U);
}

}  // namespace
}  // namespace agon::op_cases
