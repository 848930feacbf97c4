#include <fmt/format.h>

#include <cstring>
#include <optional>
#include <utility>

#include "engine/base/error.h"
#include "engine/runtime/executor.h"
#include "tests/cuda/device_cases.h"
#include "tests/cuda/emulation.h"

namespace agon::op_cases {

namespace {

using Bytes = std::vector<std::byte>;

/// Memory of the device, of exactly the size asked for: the emulation watches what lies beside it.
class Tensor {
 public:
  Tensor(const CudaDriver& driver, std::size_t bytes) : driver_(driver), bytes_(bytes) {
    if (bytes_ > 0) check(driver_, driver_.allocate(&address_, bytes_), "memory of a trial");
  }
  ~Tensor() {
    if (bytes_ > 0) driver_.release(address_);
  }
  Tensor(Tensor&& other) noexcept
      : driver_(other.driver_), bytes_(std::exchange(other.bytes_, 0)), address_(other.address_) {}
  Tensor& operator=(Tensor&&) = delete;

  void fill(int byte) {
    check(driver_, driver_.set_async(address_, static_cast<unsigned char>(byte), bytes_, nullptr),
          "fill of a trial's memory");
  }
  void put(const Bytes& contents) {
    copy(address_, reinterpret_cast<CUdeviceptr>(contents.data()));
  }
  Bytes contents() const {
    Bytes got(bytes_);
    copy(reinterpret_cast<CUdeviceptr>(got.data()), address_);
    return got;
  }
  void* data() const { return reinterpret_cast<void*>(address_); }

 private:
  void copy(CUdeviceptr to, CUdeviceptr from) const {
    check(driver_, driver_.copy_async(to, from, bytes_, nullptr), "copy of a trial's memory");
  }

  const CudaDriver& driver_;
  std::size_t bytes_;
  CUdeviceptr address_ = 0;
};

/// Output `output` where input `input` lies.
struct InPlace {
  int input = 0, output = 0;
};

/// Memory for the runs of one kernel.
class Trial {
 public:
  Trial(CudaContext& context, const Node& node, const std::map<std::string, NdArray>& values,
        const Kernel& kernel)
      : driver_(context.driver), scratch_(driver_, kernel.scratch_bytes()) {
    for (std::size_t i = 0; i < node.inputs().size(); ++i) {
      const NdArray& value = values.at(fmt::format("x{}", i));
      given_.emplace_back(value.type.bytes());
      value.store(given_.back().data());
      in_.emplace_back(driver_, value.type.bytes());
    }
    for (const Type& type : node.outputs()) out_.emplace_back(driver_, type.bytes());
  }

  /// `fill`: the byte that lies in outputs and scratch before. Throws where an input was changed
  /// or the driver saw something wrong.
  std::vector<Bytes> run(Kernel& kernel, int fill, std::optional<InPlace> in_place = {}) {
    for (std::size_t i = 0; i < in_.size(); ++i) in_[i].put(given_[i]);
    for (Tensor& tensor : out_) tensor.fill(fill);
    scratch_.fill(fill);
    std::vector<const void*> in;
    std::vector<void*> out;
    for (const Tensor& tensor : in_) in.push_back(tensor.data());
    for (std::size_t o = 0; o < out_.size(); ++o) out.push_back(result(o, in_place).data());
    kernel.run({in, out, scratch_.data(), nullptr});
    for (std::size_t i = 0; i < in_.size(); ++i) {
      if (in_place && in_place->input == static_cast<int>(i)) continue;
      if (in_[i].contents() != given_[i]) throw InternalError(fmt::format("input {} changed", i));
    }
    std::vector<Bytes> results;
    for (std::size_t o = 0; o < out_.size(); ++o) results.push_back(result(o, in_place).contents());
    return results;
  }

 private:
  const Tensor& result(std::size_t output, std::optional<InPlace> in_place) const {
    const bool here = in_place && in_place->output == static_cast<int>(output);
    return here ? in_[static_cast<std::size_t>(in_place->input)] : out_[output];
  }

  const CudaDriver& driver_;
  std::vector<Bytes> given_;
  std::vector<Tensor> in_, out_;
  Tensor scratch_;
};

std::string compare_with_reference(const DeviceCase& judged,
                                   const std::map<std::string, NdArray>& expected,
                                   const std::vector<Bytes>& results, double error_factor) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    NdArray got(judged.made.node->outputs()[i]);
    got.load(results[i].data());
    const std::string wrong =
        first_difference(judged.c, expected.at(fmt::format("y{}", i)), got, error_factor);
    if (!wrong.empty()) return fmt::format("output {}: {}", i, wrong);
  }
  return "";
}

/// Each output over each input that allows it.
std::string check_in_place(const Node& node, Kernel& kernel, Trial& trial,
                           const std::vector<Bytes>& expected) {
  for (int i = 0; i < static_cast<int>(node.inputs().size()); ++i) {
    for (int o = 0; o < static_cast<int>(node.outputs().size()); ++o) {
      if (node.in(i).type().bytes() != node.out_type(o).bytes()) continue;
      if (!kernel.may_overwrite(i, o)) continue;
      if (trial.run(kernel, 0xFF, InPlace{i, o}) != expected)
        return fmt::format("output {} over input {} gives other bits", o, i);
    }
  }
  return "";
}

/// The device does what comes next in the order of that seed.
class Order {
 public:
  explicit Order(std::uint64_t seed) { emulation::set_order(seed); }
  ~Order() { emulation::set_order(0); }
  Order(const Order&) = delete;
  Order& operator=(const Order&) = delete;
};

/// Other bytes before, the threads and blocks in reverse order: the same bits.
std::string check_again(Kernel& kernel, Trial& trial, const std::vector<Bytes>& first) {
  {
    const Order downwards(1);
    if (trial.run(kernel, 0x00) == first) return "";
  }
  return trial.run(kernel, 0x00) == first
             ? "with threads and blocks in reverse order it gives other bits"
             : "a second run gives other bits";
}

}  // namespace

std::string check_on_device(CudaContext& context, const DeviceCase& judged,
                            DeviceCase::Taken& taken) {
  const Node& node = *judged.made.node;
  Kernel& kernel = *taken.kernel;
  const auto values = draw_inputs(judged.c);
  const auto expected = run_reference(*judged.made.graph, values, {});
  try {
    Trial trial(context, node, values, kernel);
    const std::vector<Bytes> first = trial.run(kernel, 0xFF);
    if (std::string wrong = compare_with_reference(judged, expected, first, taken.error_factor);
        !wrong.empty())
      return wrong;
    if (std::string wrong = check_again(kernel, trial, first); !wrong.empty()) return wrong;
    return check_in_place(node, kernel, trial, first);
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace agon::op_cases
