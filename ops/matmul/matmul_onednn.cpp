#include "engine/runtime/cpu/onednn.h"
#include "engine/runtime/cpu/primitive_sequence.h"
#include "ops/matmul/matmul.h"
#include "ops/matmul/operand_onednn.h"

namespace agon {

namespace {

Candidate prepare_matmul(const Node& node) {
  if (node.out_type().dtype != DType::F32) return Candidate::refused("f32 only");
  if (node.out_type().bytes() == 0 || node.in(0).type().bytes() == 0)
    return Candidate::refused("nothing to multiply");
  const auto& attrs = node.attrs_as<MatmulAttrs>();
  const dnnl::memory::desc a = matrix_operand(node.in(0).type(), attrs.transpose_a);
  const dnnl::memory::desc b = matrix_operand(node.in(1).type(), attrs.transpose_b);
  const dnnl::memory::desc y = matrix_operand(node.out_type(), false);
  const dnnl::matmul::primitive_desc matmul(onednn::engine(), a, b, y, onednn::attributes());
  if (std::string why = onednn::refusal_of_slow(matmul.impl_info_str()); !why.empty())
    return Candidate::refused(why);

  auto kernel = std::make_unique<onednn::PrimitiveSequence>();
  const auto in_a = kernel->input(0, a), in_b = kernel->input(1, b), out = kernel->output(y);
  kernel->add(dnnl::matmul(matmul), matmul.scratchpad_desc(),
              {{DNNL_ARG_SRC, in_a}, {DNNL_ARG_WEIGHTS, in_b}, {DNNL_ARG_DST, out}});
  return kernel;
}

}  // namespace

void register_matmul_onednn(KernelRegistry& kernels) {
  kernels.add({.op = "matmul", .name = "onednn:matmul", .prepare = prepare_matmul});
}

}  // namespace agon
