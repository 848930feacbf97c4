#include "tests/engine/fragile_kernel.h"

#include <cstring>
#include <map>

#include "engine/ir/op_def.h"
#include "engine/runtime/variables.h"

namespace agon {

namespace {

class FragileKernel final : public Kernel {
 public:
  FragileKernel(const Node& node, int overwrites)
      : node_(node), kernel_(reference_kernel(node)), overwrites_(overwrites) {
    if (overwrites >= 0) saved_ = Buffer(node.in(overwrites).type().bytes());
  }

  void run(const KernelCall& call) override {
    std::vector<const void*> in(call.in.begin(), call.in.end());
    if (overwrites_ >= 0) {
      const auto i = static_cast<std::size_t>(overwrites_);
      std::memcpy(saved_.data(), in[i], saved_.bytes());
      in[i] = saved_.data();
    }
    for (std::size_t i = 0; i < call.out.size(); ++i)
      std::memset(call.out[i], 0xFF, node_.outputs()[i].bytes());
    std::memset(call.scratch, 0xFF, kScratch);
    kernel_->run({in, call.out, nullptr});
  }
  std::size_t scratch_bytes() const override { return kScratch; }
  bool may_overwrite(int i, int /*o*/) const override { return i == overwrites_; }

 private:
  static constexpr std::size_t kScratch = 100;
  const Node& node_;
  std::unique_ptr<Kernel> kernel_;
  int overwrites_;
  Buffer saved_;
};

const std::map<std::string, int, std::less<>>& overwrites_of_ops() {
  static const std::map<std::string, int, std::less<>> table = {
      {"add", 1}, {"mul", -1}, {"sub", 0}, {"tanh", 0}, {"halves", 0}, {"both", 1}};
  return table;
}

}  // namespace

std::unique_ptr<Kernel> fragile_kernel(const Node& node, int overwrites) {
  return std::make_unique<FragileKernel>(node, overwrites);
}

std::optional<int> fragile_overwrites(const Node& node) {
  const auto it = overwrites_of_ops().find(node.op().name);
  return it == overwrites_of_ops().end() ? std::nullopt : std::optional(it->second);
}

KernelRegistry fragile_kernels() {
  KernelRegistry kernels;
  for (const auto& [op, overwrites] : overwrites_of_ops()) {
    kernels.add({op, "fragile", [by = overwrites](const Node& node) -> Candidate {
                   return fragile_kernel(node, by);
                 }});
  }
  return kernels;
}

}  // namespace agon
