// How the code that kernels generate is written: the type it counts in, what it shares.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/cuda/device_cases.h"
#include "tests/cuda/emulation.h"

namespace agon::op_cases {
namespace {

/// What the device's kernels of the cases are written as.
std::string code_of(const std::vector<Case>& cases) {
  const std::unique_ptr<CudaContext> context = emulation::context();
  const KernelRegistry kernels = device_kernels(*context);
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
