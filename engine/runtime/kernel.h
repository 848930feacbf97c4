#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ir/device.h"
#include "engine/ir/graph.h"

namespace agon {

/// Memory of one run of a kernel. Tensors are dense row-major, 64-byte aligned, and do not overlap
/// except where the kernel allows it (`Kernel::may_overwrite`).
struct KernelCall {
  std::span<const void* const> in;
  std::span<void* const> out;
  void* scratch = nullptr;  // Kernel::scratch_bytes(), 64-byte aligned
  void* queue = nullptr;    // of a kernel on an accelerator: it puts its work there and returns

  template <class T>
  const T* input(std::size_t i) const {
    return static_cast<const T*>(in[i]);
  }
  template <class T>
  T* output(std::size_t i = 0) const {
    return static_cast<T*>(out[i]);
  }
};

/// What reports say of a prepared kernel.
struct KernelFacts {
  /// Additions and multiplications it does, where these are fewer than the op's formula says
  /// (Winograd); below 0: as many.
  double flops = -1;
  std::string layout = {};          // of the weights inside, "acdb64a"; empty: as stored
  int activation_reorders = 0;      // copies of pictures or batches into another order, each run
  int weight_reorders = 0;          // the same of weights
  std::size_t reordered_bytes = 0;  // of both, each run
};

/// A node made ready to run: everything looked up, chosen and allocated. `run` does neither, takes
/// no lock, and gives the same bits whatever the number of processors. It is called inside the
/// lanes' arena (lanes.h) and never by two threads at once.
class Kernel {
 public:
  virtual ~Kernel() = default;
  virtual void run(const KernelCall& call) = 0;
  virtual std::size_t scratch_bytes() const { return 0; }
  /// Whether output `o` may lie exactly where input `i` lies (same bytes, `i` read for the last
  /// time by this kernel).
  virtual bool may_overwrite(int /*i*/, int /*o*/) const { return false; }
  virtual KernelFacts facts() const { return {}; }
};

/// A kernel, or why there is none.
struct Candidate {
  std::unique_ptr<Kernel> kernel;
  std::string refusal;

  Candidate(std::unique_ptr<Kernel> k) : kernel(std::move(k)) {}  // NOLINT
  template <class K>
  requires std::is_base_of_v<Kernel, K> Candidate(std::unique_ptr<K> k)
      : kernel(std::move(k)) {}  // NOLINT
  static Candidate refused(std::string reason) { return Candidate(std::move(reason)); }

 private:
  explicit Candidate(std::string reason) : refusal(std::move(reason)) {}
};

/// One way to compute an op. `prepare` is called once for each node, inside the lanes' arena.
struct KernelDef {
  std::string op;
  std::string name;  // "onednn:conv2d", "cpu:add"
  std::function<Candidate(const Node& node)> prepare;
  /// Rounding error relative to that of a plain loop in float32.
  double error_factor = 1;
  Device device = Device::Cpu;
};

/// All kernels; those of one op and device are tried in order of registration. The reference needs
/// no entry: on the processors it is tried last.
class KernelRegistry {
 public:
  void add(KernelDef def);
  std::span<const KernelDef> candidates(std::string_view op, Device device = Device::Cpu) const;

 private:
  using ByOp = std::map<std::string, std::vector<KernelDef>, std::less<>>;
  const ByOp& of(Device device) const { return device == Device::Cpu ? cpu_ : gpu_; }
  ByOp cpu_, gpu_;
};

/// The op's reference as a kernel, named "reference".
std::unique_ptr<Kernel> reference_kernel(const Node& node);

/// Output 0 = input 0, byte for byte.
std::unique_ptr<Kernel> copy_kernel(std::size_t bytes);
/// The two ranges do not overlap. Call inside Lanes::run.
void copy_memory(void* to, const void* from, std::size_t bytes);

}  // namespace agon
