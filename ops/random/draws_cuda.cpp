#include <fmt/format.h>

#include "engine/base/philox.h"
#include "ops/random/random.h"
#include "ops/shape/elements_cuda.h"

namespace agon {

namespace {

/// Every thread makes the numbers of one block of random words. The stream's key is an argument:
/// in the text, each seed would have to be compiled.
GeneratedKernel draw_kernel(const Node& node, std::string_view number_of) {
  const std::int64_t count = node.out_type().shape.elements();
  const bool in_fours = node.out_type().dtype == DType::F32;
  std::string code =
      constants("Index", {{"kCount", count}}) +
      R"(const RandomWords words =
    random_words(i, counter_of(in0[0]), counter_of(in1[0]), n0);
T v[4];
)" +
      fmt::format("for (int k = 0; k < 4; ++k) v[k] = static_cast<T>({}(words.word[k]));\n",
                  number_of);
  if (in_fours) {
    code += R"(if (4 * i + 4 <= kCount) {
  reinterpret_cast<float4*>(out0)[i] = make_float4(v[0], v[1], v[2], v[3]);
  return;
}
)";
  }
  code += R"(for (int k = 0; k < 4; ++k) {
  if (4 * i + k < kCount) out0[4 * i + k] = v[k];
}
)";
  DeviceFunction function = each_of(node, (count + 3) / 4, code);
  function.numbers = 1;
  const auto& a = node.attrs_as<RandomAttrs>();
  const PhiloxKey key = stream_key(a.seed, a.stream);
  return {.functions = {std::move(function)}, .numbers = {std::uint64_t{key[1]} << 32 | key[0]}};
}

void add_draw(KernelRegistry& kernels, CudaContext& context, const char* op,
              const char* number_of) {
  kernels.add({.op = op,
               .name = fmt::format("cuda:{}", op),
               .prepare =
                   [&context, number_of](const Node& node) {
                     return generated(context, node, draw_kernel(node, number_of));
                   },
               .device = Device::Gpu});
}

}  // namespace

void register_draws_cuda(KernelRegistry& kernels, CudaContext& context) {
  add_draw(kernels, context, "random_uniform", "uniform_number");
  add_draw(kernels, context, "random_normal", "normal_number");
}

}  // namespace agon
