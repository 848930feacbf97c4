#include "engine/runtime/cuda/modules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>

#include "engine/base/error.h"

namespace agon {
namespace {

/// The image is the source; what the driver "loads" is a copy of it.
class SameText final : public DeviceCompiler {
 public:
  std::string compile(const std::string& source, int) override {
    ++count;
    if (source.find("mistake") != std::string::npos) throw InternalError("a mistake in line 3");
    return source;
  }
  std::string version() const override { return "same 1"; }
  std::atomic<int> count = 0;
};

int modules_there = 0;

CUresult load_text(CUmodule* module, const void* image) {
  ++modules_there;
  *module = reinterpret_cast<CUmodule>(new std::string(static_cast<const char*>(image)));
  return CUDA_SUCCESS;
}

CUresult unload_text(CUmodule module) {
  --modules_there;
  delete reinterpret_cast<std::string*>(module);
  return CUDA_SUCCESS;
}

/// A function is where its name stands in the module's text.
CUresult find_in_text(CUfunction* function, CUmodule module, const char* name) {
  const auto* text = reinterpret_cast<const std::string*>(module);
  const std::size_t at = text->find("\n" + std::string(name) + "(");
  if (at == std::string::npos) return CUDA_ERROR_NOT_FOUND;
  *function = reinterpret_cast<CUfunction>(const_cast<char*>(text->data() + at + 1));
  return CUDA_SUCCESS;
}

class Modules : public testing::Test {
 protected:
  Modules() {
    driver_.module_load = load_text;
    driver_.module_unload = unload_text;
    driver_.module_function = find_in_text;
    driver_.error_name = [](CUresult, const char** text) {
      *text = "CUDA_ERROR_NOT_FOUND";
      return CUDA_SUCCESS;
    };
    driver_.error_text = [](CUresult, const char** text) {
      *text = "named symbol not found";
      return CUDA_SUCCESS;
    };
  }
  static DeviceFunction function(int i) {
    return {.code = "  out0[0] = " + std::to_string(i) + ";\n", .in = {}, .out = {DType::F32}};
  }
  static std::string name_at(CUfunction function) {
    const char* text = reinterpret_cast<const char*>(function);
    return {text, std::find(text, text + 40, '(')};
  }

  CudaDriver driver_{};
  SameText compiler_;
};

TEST_F(Modules, HoldAFunctionOnce) {
  DeviceModules modules(driver_, compiler_, 90);
  const int first = modules.add(function(1));
  EXPECT_NE(modules.add(function(2)), first);
  DeviceFunction more = function(1);
  more.blocks = 100;
  EXPECT_EQ(modules.add(more), first);
  ASSERT_EQ(modules.pending_sources().size(), 1u);
  modules.load();
  EXPECT_EQ(modules.add(function(1)), first);
  EXPECT_TRUE(modules.pending_sources().empty());
}

TEST_F(Modules, FindEveryFunctionAcrossModules) {
  {
    DeviceModules modules(driver_, compiler_, 90);
    for (const int begin : {0, 100, 103}) {  // three loads, of many, few and no functions
      const int end = begin == 0 ? 100 : 103;
      for (int i = begin; i < end; ++i) EXPECT_EQ(modules.add(function(i)), i);
      modules.load();
    }
    for (int i = 0; i < 103; ++i) EXPECT_EQ(name_at(modules.at(i)), function_name(function(i)));
    EXPECT_EQ(compiler_.count, 13 + 1);  // of at most eight functions
    EXPECT_EQ(modules_there, 14);
  }
  EXPECT_EQ(modules_there, 0);
}

TEST_F(Modules, PutThePreludeBeforeAllFunctions) {
  DeviceModules modules(driver_, compiler_, 90);
  for (int i = 0; i < 20; ++i) modules.add(function(i));
  std::string all;
  for (const std::string& source : modules.pending_sources()) {
    EXPECT_EQ(source.substr(0, device_prelude().size()), device_prelude());
    all += source;
  }
  for (int i = 0; i < 20; ++i) EXPECT_NE(all.find(function_text(function(i))), std::string::npos);
}

TEST_F(Modules, PassOnWhatTheCompilerSays) {
  DeviceModules modules(driver_, compiler_, 90);
  for (int i = 0; i < 30; ++i) modules.add(function(i));
  modules.add({.code = "  mistake\n", .in = {}, .out = {}});
  try {
    modules.load();
    FAIL() << "loaded";
  } catch (const InternalError& error) {
    EXPECT_STREQ(error.what(), "a mistake in line 3");
  }
  EXPECT_EQ(modules_there, 0);
}

TEST_F(Modules, ThrowForFunctionsThatAreNotThere) {
  driver_.module_function = [](CUfunction*, CUmodule, const char*) { return CUDA_ERROR_NOT_FOUND; };
  {
    DeviceModules modules(driver_, compiler_, 90);
    modules.add(function(1));
    try {
      modules.load();
      FAIL() << "loaded";
    } catch (const InternalError& error) {
      EXPECT_EQ(std::string(error.what()), "look-up of " + function_name(function(1)) +
                                               ": named symbol not found (CUDA_ERROR_NOT_FOUND)");
    }
  }
  EXPECT_EQ(modules_there, 0);
}

}  // namespace
}  // namespace agon
