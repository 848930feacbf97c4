#include "ops/device_loop/loop_kernel_cuda.h"
#include "ops/fused/body.h"
#include "ops/fused/small_body.h"
#include "ops/reduce/reduce.h"

namespace agon {

namespace {

LoopValue loop_value(const BodyValue& value) {
  switch (value.is) {
    case BodyValue::Is::Input:
      return {.is = LoopValue::Is::Input, .input = value.input};
    case BodyValue::Is::Number:
      return {.is = LoopValue::Is::Number, .number = static_cast<double>(value.number)};
    case BodyValue::Is::Step:
      break;
  }
  return {.op = value.op, .operands = value.operands};
}

DeviceLoop loop_of(const Node& node, const TileBody& body) {
  DeviceLoop loop{.shape = body.shape};
  for (std::size_t i = 0; i < body.inputs.size(); ++i)
    loop.inputs.push_back({input_of(node, static_cast<int>(i)), body.inputs[i]});
  for (const BodyValue& value : body.values) loop.values.push_back(loop_value(value));
  for (std::size_t o = 0; o < body.outputs.size(); ++o) {
    if (body.outputs[o] >= 0)
      loop.stores.push_back({body.outputs[o], output_of(node, static_cast<int>(o))});
  }
  for (const BodyFold& fold : body.folds) {
    loop.folds.push_back({fold.fold, fold.value, fold.node->attrs_as<ReduceAttrs>().axes,
                          output_of(node, fold.output)});
  }
  return loop;
}

Candidate fused_kernel(CudaContext& context, const Node& node) {
  TileBody body;
  if (std::string wrong = read_body(node, body); !wrong.empty()) return Candidate::refused(wrong);
  return loop_kernel(context, node, loop_of(node, body));
}

/// A body of few elements and whatever dtypes: one block.
Candidate small_kernel(CudaContext& context, const Node& node) {
  SmallFunction made;
  if (std::string wrong = small_function(node, made); !wrong.empty())
    return Candidate::refused(wrong);
  return generated(context, node,
                   {.functions = {std::move(made.function)},
                    .scratch_bytes = made.scratch_bytes,
                    .may_overwrite = [](int, int) { return true; }});
}

}  // namespace

void register_fused_cuda(KernelRegistry& kernels, CudaContext& context) {
  const auto add = [&](const char* name, Candidate (*prepare)(CudaContext&, const Node&)) {
    kernels.add({.op = "fused",
                 .name = name,
                 .prepare = [&context, prepare](const Node& n) { return prepare(context, n); },
                 .device = Device::Gpu});
  };
  add("cuda:fused", fused_kernel);
  add("cuda:small_fused", small_kernel);
}

}  // namespace agon
