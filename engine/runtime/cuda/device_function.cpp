#include "engine/runtime/cuda/device_function.h"

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/base/sha256.h"

namespace agon {

namespace {

std::string text_named(const DeviceFunction& function, std::string_view name) {
  std::string arguments;
  for (std::size_t i = 0; i < function.in.size(); ++i)
    arguments += fmt::format("const {}* in{}, ", device_type(function.in[i]), i);
  for (std::size_t i = 0; i < function.out.size(); ++i)
    arguments += fmt::format("{}* out{}, ", device_type(function.out[i]), i);
  arguments += "char* scratch";
  for (int i = 0; i < function.numbers; ++i)
    arguments += fmt::format(", unsigned long long n{}", i);
  const std::string_view end = function.code.ends_with('\n') ? "" : "\n";
  return fmt::format("extern \"C\" __global__ void __launch_bounds__({})\n{}({}) {{\n{}{}}}\n",
                     function.threads, name, arguments, function.code, end);
}

}  // namespace

std::string function_name(const DeviceFunction& function) {
  return "f" + hex_text(sha256(text_named(function, ""))).substr(0, 16);
}

std::string function_text(const DeviceFunction& function) {
  return text_named(function, function_name(function));
}

std::string_view device_type(DType dtype) {
  switch (dtype) {
    case DType::F32:
      return "float";
    case DType::F64:
      return "double";
    case DType::I32:
      return "int";
  }
  throw InternalError("a dtype that device code has no name for");
}

}  // namespace agon
