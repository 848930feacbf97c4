#include "runners/training/planned_kernels.h"

#include "engine/base/error.h"
#include "engine/ir/op_def.h"
#include "ops/ops.h"

namespace agon {

namespace {
class PlannedKernel final : public Kernel {
 public:
  explicit PlannedKernel(const Node& node)
      : in_place_(node.op().is_pointwise || node.is("fused")) {}
  void run(const KernelCall&) override {
    throw InternalError("a kernel that was planned without its device is run");
  }
  bool may_overwrite(int, int) const override { return in_place_; }

 private:
  bool in_place_;
};
}  // namespace

void register_planned_kernels(KernelRegistry& kernels) {
  OpRegistry ops;
  register_all_ops(ops);
  for (const OpDef* op : ops.all()) {
    kernels.add(
        {.op = op->name,
         .name = "planned",
         .prepare =
             [](const Node& node) { return Candidate(std::make_unique<PlannedKernel>(node)); },
         .device = Device::Gpu});
  }
}

}  // namespace agon
