#pragma once
#include <string>

#include "engine/runtime/cuda/context.h"
#include "engine/runtime/kernel.h"

namespace agon {

/// Output 0 = input 0, byte for byte, wherever both lie: the driver tells by their addresses.
class TransferKernel final : public Kernel {
 public:
  TransferKernel(const CudaContext& context, const Node& node);
  void run(const KernelCall& call) override;

 private:
  const CudaDriver& driver_;
  std::string op_;
  std::size_t bytes_;
};

}  // namespace agon
