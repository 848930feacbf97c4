#include "tests/engine/checked_kernels.h"

#include <cstring>

#include "engine/base/error.h"
#include "tests/engine/fake_accelerator.h"
#include "tests/engine/fragile_kernel.h"

namespace agon {

namespace {

class Bytes final : public Kernel {
 public:
  explicit Bytes(std::size_t bytes) : bytes_(bytes) {}
  void run(const KernelCall& call) override { std::memmove(call.out[0], call.in[0], bytes_); }
  bool may_overwrite(int, int) const override { return true; }

 private:
  std::size_t bytes_;
};

bool is_transfer(const Node& node) {
  return node.is("copy") || node.is("upload") || node.is("download");
}

std::unique_ptr<Kernel> kernel_inside(const Node& node, Inside inside) {
  if (is_transfer(node)) return std::make_unique<Bytes>(node.out_type().bytes());
  const auto overwrites = fragile_overwrites(node);
  if (inside == Inside::FragileKernels && overwrites) return fragile_kernel(node, *overwrites);
  return reference_kernel(node);
}

class Checked : public Kernel {
 public:
  Checked(const Node& node, CheckedMemory& memory, Inside inside)
      : node_(node), memory_(memory), kernel_(kernel_inside(node, inside)) {}
  std::size_t scratch_bytes() const override { return kernel_->scratch_bytes(); }
  bool may_overwrite(int i, int o) const override { return kernel_->may_overwrite(i, o); }

 protected:
  const char* name() const { return node_.op().name.c_str(); }

  const Node& node_;
  CheckedMemory& memory_;
  std::unique_ptr<Kernel> kernel_;
};

class OfHost final : public Checked {
 public:
  using Checked::Checked;
  void run(const KernelCall& call) override {
    if (call.queue != nullptr) throw InternalError("a kernel of the host was given a queue");
    for (std::size_t i = 0; i < call.in.size(); ++i)
      memory_.expect_of_host(call.in[i], node_.inputs()[i].type().bytes(), name());
    for (std::size_t i = 0; i < call.out.size(); ++i)
      memory_.expect_of_host(call.out[i], node_.outputs()[i].bytes(), name());
    memory_.expect_of_host(call.scratch, scratch_bytes(), name());
    kernel_->run(call);
  }
};

class OfDevice final : public Checked {
 public:
  using Checked::Checked;
  void run(const KernelCall& call) override {
    if (call.queue == nullptr) throw InternalError("a kernel of the device was given no queue");
    FakeWork work;
    for (std::size_t i = 0; i < call.in.size(); ++i)
      check(call.in[i], node_.inputs()[i].type().bytes(), node_.is("upload"), work);
    for (std::size_t i = 0; i < call.out.size(); ++i)
      check(call.out[i], node_.outputs()[i].bytes(), node_.is("download"), work);
    memory_.expect_of_device(call.scratch, scratch_bytes(), name());
    work.run = [this, in = std::vector(call.in.begin(), call.in.end()),
                out = std::vector(call.out.begin(), call.out.end()), scratch = call.scratch] {
      kernel_->run({in, out, scratch});
    };
    static_cast<FakeQueue*>(call.queue)->put(std::move(work));
  }

 private:
  void check(const void* at, std::size_t bytes, bool of_host, FakeWork& work) {
    if (bytes > 0 && memory_.is_shared(at)) {
      work.shared.push_back(at);
    } else if (of_host) {
      memory_.expect(MemoryKind::Staged, at, bytes, name());
    } else {
      memory_.expect_of_device(at, bytes, name());
    }
  }
};

}  // namespace

KernelRegistry checked_kernels(const OpRegistry& ops, CheckedMemory& memory, Inside inside) {
  KernelRegistry kernels;
  for (const OpDef* op : ops.all()) {
    if (!op->reference) continue;
    kernels.add({op->name, "checked", [&memory, inside](const Node& node) -> Candidate {
                   return std::make_unique<OfHost>(node, memory, inside);
                 }});
    kernels.add({.op = op->name,
                 .name = "fake",
                 .prepare = [&memory, inside](const Node& node) -> Candidate {
                   return std::make_unique<OfDevice>(node, memory, inside);
                 },
                 .device = Device::Gpu});
  }
  return kernels;
}

}  // namespace agon
