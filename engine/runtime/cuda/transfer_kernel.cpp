#include "engine/runtime/cuda/transfer_kernel.h"

#include "engine/ir/op_def.h"
#include "engine/runtime/cuda/open.h"

namespace agon {

TransferKernel::TransferKernel(const CudaContext& context, const Node& node)
    : driver_(context.driver), op_(node.op().name), bytes_(node.out_type().bytes()) {}

void TransferKernel::run(const KernelCall& call) {
  if (bytes_ == 0) return;
  const CUresult result = driver_.copy_async(reinterpret_cast<CUdeviceptr>(call.out[0]),
                                             reinterpret_cast<CUdeviceptr>(call.in[0]), bytes_,
                                             static_cast<CUstream>(call.queue));
  if (result != CUDA_SUCCESS) check(driver_, result, "copy for " + op_);
}

void register_transfer_kernels(KernelRegistry& kernels, CudaContext& context) {
  for (const char* op : {"upload", "download", "copy"}) {
    kernels.add({.op = op,
                 .name = std::string("cuda:") + op,
                 .prepare =
                     [&context](const Node& node) {
                       return Candidate(std::make_unique<TransferKernel>(context, node));
                     },
                 .device = Device::Gpu});
  }
}

}  // namespace agon
