#include "engine/runtime/cuda/device_function.h"

#include <gtest/gtest.h>

#include <set>

namespace agon {
namespace {

DeviceFunction function() {
  return {.code = "  out0[0] = in0[0];", .in = {DType::F32, DType::I32}, .out = {DType::F64}};
}

TEST(DeviceFunctions, TextIsWhatAPersonWouldWrite) {
  const DeviceFunction f = function();
  EXPECT_EQ(function_text(f), "extern \"C\" __global__ void __launch_bounds__(256)\n" +
                                  function_name(f) +
                                  "(const float* in0, const int* in1, double* out0, char* "
                                  "scratch) {\n  out0[0] = in0[0];\n}\n");
}

TEST(DeviceFunctions, NamesAreTheSameForTheSameTextOnly) {
  std::vector<DeviceFunction> all(6, function());
  all[1].code += " ";
  all[2].in[1] = DType::F32;
  all[3].out[0] = DType::F32;
  all[4].threads = 128;
  all[5].in.pop_back();
  std::set<std::string> names;
  for (const DeviceFunction& f : all) names.insert(function_name(f));
  EXPECT_EQ(names.size(), all.size());

  DeviceFunction more_blocks = function();
  more_blocks.blocks = 7;
  EXPECT_EQ(function_name(more_blocks), function_name(function()));
  EXPECT_EQ(function_name(function()).size(), 17u);
}

TEST(DeviceFunctions, EmptyListsLeaveTheScratchAlone) {
  const DeviceFunction f{.code = "", .in = {}, .out = {}, .threads = 32};
  EXPECT_NE(function_text(f).find("(char* scratch) {\n"), std::string::npos);
}

TEST(DeviceFunctions, PreludeIncludesNothing) {
  EXPECT_EQ(device_prelude().find("#include"), std::string_view::npos);
  EXPECT_NE(device_prelude().find("using namespace agon::device;"), std::string_view::npos);
}

}  // namespace
}  // namespace agon
