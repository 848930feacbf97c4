#pragma once
#include <cstddef>
#include <dnnl.hpp>
#include <utility>
#include <vector>

#include "engine/runtime/kernel.h"

namespace agon::onednn {

/// A kernel made of oneDNN primitives run one after another. Memory objects and argument lists are
/// built while preparing; running only points them at the call's memory.
class PrimitiveSequence final : public Kernel {
 public:
  /// A tensor the primitives read or write.
  using Slot = std::size_t;

  Slot input(std::size_t index, const dnnl::memory::desc& desc);
  Slot output(const dnnl::memory::desc& desc);
  /// A tensor in scratch memory, for values between primitives.
  Slot temporary(const dnnl::memory::desc& desc);

  /// Appends a primitive made with attributes() (onednn.h), so that its scratch memory is ours.
  void add(const dnnl::primitive& primitive, const dnnl::memory::desc& scratchpad,
           const std::vector<std::pair<int, Slot>>& arguments);

  /// `slot` itself if it has the layout `wanted`, else a temporary to which it is reordered here.
  /// Pictures and batches have no such way: primitives take them as they lie.
  Slot weights_as(Slot slot, const dnnl::memory::desc& wanted);
  /// Where a primitive may write weights in the layout `wanted`: `slot` itself, or a temporary.
  /// Once it is written, call finish_weights(the slot got, slot).
  Slot weights_for(Slot slot, const dnnl::memory::desc& wanted);
  void finish_weights(Slot from, Slot to);

  void run(const KernelCall& call) override;
  std::size_t scratch_bytes() const override { return temporary_bytes_ + scratchpad_bytes_; }
  KernelFacts facts() const override { return facts_; }

 private:
  enum class Home { Input, Output, Temporary, Scratchpad };
  struct Tensor {
    dnnl::memory memory;
    Home home;
    std::size_t where;  // index of the input, or offset in scratch memory
  };
  struct Step {
    dnnl::primitive primitive;
    std::vector<dnnl_exec_arg_t> arguments;
  };

  Slot add_tensor(const dnnl::memory::desc& desc, Home home, std::size_t where);
  void add_weight_reorder(Slot from, Slot to);
  void* address(const Tensor& tensor, const KernelCall& call) const;

  std::vector<Tensor> tensors_;
  std::vector<Step> steps_;
  std::size_t temporary_bytes_ = 0;
  std::size_t scratchpad_bytes_ = 0;  // of the hungriest primitive; they use it in turn
  KernelFacts facts_;
};

}  // namespace agon::onednn
