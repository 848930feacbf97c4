#include "engine/runtime/cpu/primitive_sequence.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/runtime/cpu/onednn.h"

namespace agon::onednn {

namespace {
std::size_t rounded_to_line(std::size_t bytes) {
  return (bytes + 63) / 64 * 64;
}

void check(dnnl_status_t status, const char* call) {
  if (status != dnnl_success)
    throw InternalError(fmt::format("onednn: {} failed with status {}", call, int{status}));
}
}  // namespace

PrimitiveSequence::Slot PrimitiveSequence::add_tensor(const dnnl::memory::desc& desc, Home home,
                                                      std::size_t where) {
  tensors_.push_back({dnnl::memory(desc, engine(), DNNL_MEMORY_NONE), home, where});
  return tensors_.size() - 1;
}

PrimitiveSequence::Slot PrimitiveSequence::input(std::size_t index,
                                                 const dnnl::memory::desc& desc) {
  return add_tensor(desc, Home::Input, index);
}

PrimitiveSequence::Slot PrimitiveSequence::output(const dnnl::memory::desc& desc) {
  return add_tensor(desc, Home::Output, 0);
}

PrimitiveSequence::Slot PrimitiveSequence::temporary(const dnnl::memory::desc& desc) {
  const Slot slot = add_tensor(desc, Home::Temporary, temporary_bytes_);
  temporary_bytes_ += rounded_to_line(desc.get_size());
  return slot;
}

void PrimitiveSequence::add(const dnnl::primitive& primitive, const dnnl::memory::desc& scratchpad,
                            const std::vector<std::pair<int, Slot>>& arguments) {
  Step step{primitive, {}};
  for (const auto& [name, slot] : arguments)
    step.arguments.push_back({name, tensors_[slot].memory.get()});
  if (scratchpad.get_size() > 0) {
    const Slot slot = add_tensor(scratchpad, Home::Scratchpad, 0);
    step.arguments.push_back({DNNL_ARG_SCRATCHPAD, tensors_[slot].memory.get()});
    scratchpad_bytes_ = std::max(scratchpad_bytes_, rounded_to_line(scratchpad.get_size()));
  }
  steps_.push_back(std::move(step));
}

void PrimitiveSequence::add_weight_reorder(Slot from, Slot to) {
  const dnnl::memory::desc source = tensors_[from].memory.get_desc();
  const dnnl::memory::desc target = tensors_[to].memory.get_desc();
  const dnnl::reorder::primitive_desc reorder(engine(), source, engine(), target, attributes());
  add(dnnl::reorder(reorder), reorder.scratchpad_desc(),
      {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
  ++facts_.weight_reorders;
  facts_.reordered_bytes += source.get_size();
}

PrimitiveSequence::Slot PrimitiveSequence::weights_as(Slot slot, const dnnl::memory::desc& wanted) {
  facts_.layout = layout_text(wanted);
  if (tensors_[slot].memory.get_desc() == wanted) return slot;
  const Slot reordered = temporary(wanted);
  add_weight_reorder(slot, reordered);
  return reordered;
}

PrimitiveSequence::Slot PrimitiveSequence::weights_for(Slot slot,
                                                       const dnnl::memory::desc& wanted) {
  facts_.layout = layout_text(wanted);
  return tensors_[slot].memory.get_desc() == wanted ? slot : temporary(wanted);
}

void PrimitiveSequence::finish_weights(Slot from, Slot to) {
  if (from != to) add_weight_reorder(from, to);
}

void* PrimitiveSequence::address(const Tensor& tensor, const KernelCall& call) const {
  switch (tensor.home) {
    case Home::Input:
      return const_cast<void*>(call.in[tensor.where]);  // oneDNN has no read-only memory
    case Home::Output:
      return call.out[0];
    case Home::Temporary:
      return static_cast<std::byte*>(call.scratch) + tensor.where;
    case Home::Scratchpad:
      return static_cast<std::byte*>(call.scratch) + temporary_bytes_;
  }
  throw InternalError("unknown home of a tensor");
}

void PrimitiveSequence::run(const KernelCall& call) {
  for (const Tensor& tensor : tensors_) {
    check(dnnl_memory_set_data_handle(tensor.memory.get(), address(tensor, call)),
          "set_data_handle");
  }
  for (const Step& step : steps_) {
    // the C call: the C++ one builds a vector on each run
    check(dnnl_primitive_execute(step.primitive.get(), stream().get(),
                                 static_cast<int>(step.arguments.size()), step.arguments.data()),
          "execute");
  }
}

}  // namespace agon::onednn
