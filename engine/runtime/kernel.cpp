#include "engine/runtime/kernel.h"

#include <fmt/format.h>

#include <cstring>

#include "engine/base/error.h"
#include "engine/ir/op_def.h"
#include "engine/ir/reference.h"
#include "engine/runtime/cpu/lanes.h"

namespace agon {

void KernelRegistry::add(KernelDef def) {
  auto& list = (def.device == Device::Cpu ? cpu_ : gpu_)[def.op];
  for (const KernelDef& other : list) {
    if (other.name == def.name)
      throw InternalError(fmt::format("kernel '{}' of {} is registered twice", def.name, def.op));
  }
  list.push_back(std::move(def));
}

std::span<const KernelDef> KernelRegistry::candidates(std::string_view op, Device device) const {
  const ByOp& by_op = of(device);
  const auto it = by_op.find(op);
  return it == by_op.end() ? std::span<const KernelDef>() : std::span(it->second);
}

namespace {

class ReferenceKernel final : public Kernel {
 public:
  explicit ReferenceKernel(const Node& node) : node_(node) {}

  void run(const KernelCall& call) override {
    if (out_.empty()) allocate();
    for (std::size_t i = 0; i < in_.size(); ++i) in_[i].load(call.in[i]);
    evaluate_into(node_, in_pointers_, out_);
    for (std::size_t i = 0; i < out_.size(); ++i) out_[i].store(call.out[i]);
  }

  /// Every input is copied before anything is written.
  bool may_overwrite(int, int) const override { return true; }

 private:
  /// At the first run: a program may be planned only to learn that it does not fit.
  void allocate() {
    for (const Value& v : node_.inputs()) in_.emplace_back(v.type());
    for (const Type& type : node_.outputs()) out_.emplace_back(type);
    for (const NdArray& array : in_) in_pointers_.push_back(&array);
  }

  const Node& node_;
  std::vector<NdArray> in_;
  std::vector<NdArray> out_;
  std::vector<const NdArray*> in_pointers_;
};

class CopyKernel final : public Kernel {
 public:
  explicit CopyKernel(std::size_t bytes) : bytes_(bytes) {}

  void run(const KernelCall& call) override { copy_memory(call.out[0], call.in[0], bytes_); }

 private:
  std::size_t bytes_;
};

}  // namespace

std::unique_ptr<Kernel> reference_kernel(const Node& node) {
  if (!node.op().reference) throw InternalError(node.op().name + ": has no reference");
  return std::make_unique<ReferenceKernel>(node);
}

std::unique_ptr<Kernel> copy_kernel(std::size_t bytes) {
  return std::make_unique<CopyKernel>(bytes);
}

void copy_memory(void* to, const void* from, std::size_t bytes) {
  constexpr std::int64_t kGrain = std::int64_t{1} << 20;
  parallel_for(static_cast<std::int64_t>(bytes), kGrain, [&](std::int64_t begin, std::int64_t end) {
    std::memcpy(static_cast<char*>(to) + begin, static_cast<const char*>(from) + begin,
                static_cast<std::size_t>(end - begin));
  });
}

}  // namespace agon
