// What a device computes with the very bits of the processors: draws, everything that only moves
// elements, and sums that both take in one order. The cases are those of tests/ops; each is run
// once more with numbers among its inputs that are none.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>

#include "engine/ir/op_def.h"
#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/cuda/open.h"
#include "engine/runtime/variables.h"
#include "tests/cuda/device_trial.h"
#include "tests/cuda/judged_device.h"
#include "tests/ops/harness_checks.h"

namespace agon::op_cases {
namespace {

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
  std::vector<DeviceTensor> memory;
  std::vector<const void*> in;
  for (const Bytes& input : inputs) {
    memory.emplace_back(driver, input.size()).put(input);
    in.push_back(memory.back().data());
  }
  const DeviceTensor scratch(driver, p.device->scratch_bytes());
  const DeviceTensor out(driver, p.made.node->out_type().bytes());
  void* const outputs[] = {out.data()};
  p.device->run({in, outputs, scratch.data(), nullptr});
  return out.contents();
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
  if (!no_judged_device().empty()) GTEST_SKIP() << no_judged_device();
  const std::unique_ptr<Accelerator> device = judged_device();
  CudaContext& context = cuda_context(*device);
  const KernelRegistry kernels = device_kernels(context);
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
  int compared = 0;
  device->load();
  context.use();
  for (const Prepared& p : prepared) {
    const auto drawn = draw_inputs(p.c);
    for (const bool odd : {false, true}) {
      if (odd && p.c.op.starts_with("random_")) continue;
      const auto inputs = stored_inputs(*p.made.node, odd ? with_odd_numbers(drawn) : drawn);
      EXPECT_EQ(first_other(p.made.node->out_type(), on_processors(p, inputs),
                            on_device(context.driver, p, inputs)),
                "")
          << p.c.op << " " << p.c.label << (odd ? " with odd numbers" : "");
      ++compared;
    }
  }
  std::printf("same bits: %zu cases, %d comparisons\n", prepared.size(), compared);
}

}  // namespace
}  // namespace agon::op_cases
