#include "tests/cuda/device_trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/base/error.h"
#include "engine/runtime/executor.h"
#include "tests/cuda/emulation.h"

namespace agon::op_cases {

namespace {

constexpr std::size_t kZone = 1024;
constexpr unsigned char kPattern = 0xA5;

bool is_pattern(const Bytes& bytes, std::size_t from, std::size_t count) {
  const auto* begin = bytes.data() + from;
  return std::all_of(begin, begin + count, [](std::byte b) { return b == std::byte{kPattern}; });
}

}  // namespace

DeviceTensor::DeviceTensor(const CudaDriver& driver, std::size_t bytes)
    : driver_(driver), bytes_(bytes) {
  check(driver_, driver_.allocate(&begin_, bytes_ + 2 * kZone), "memory of a trial");
  check(driver_, driver_.set_async(begin_, kPattern, bytes_ + 2 * kZone, nullptr),
        "zones of a trial's memory");
}

DeviceTensor::~DeviceTensor() {
  if (begin_ != 0) driver_.release(begin_);
}

DeviceTensor::DeviceTensor(DeviceTensor&& other) noexcept
    : driver_(other.driver_), bytes_(other.bytes_), begin_(std::exchange(other.begin_, 0)) {}

void DeviceTensor::fill(int byte) {
  if (bytes_ == 0) return;
  check(driver_,
        driver_.set_async(begin_ + kZone, static_cast<unsigned char>(byte), bytes_, nullptr),
        "fill of a trial's memory");
}

void DeviceTensor::put(const Bytes& contents) {
  copy(begin_ + kZone, reinterpret_cast<CUdeviceptr>(contents.data()), contents.size());
}

Bytes DeviceTensor::contents() const {
  Bytes all(bytes_ + 2 * kZone);
  copy(reinterpret_cast<CUdeviceptr>(all.data()), begin_, all.size());
  if (!is_pattern(all, 0, kZone) || !is_pattern(all, kZone + bytes_, kZone))
    throw InternalError(fmt::format("wrote beside memory of {} bytes", bytes_));
  return {all.begin() + kZone, all.end() - kZone};
}

void* DeviceTensor::data() const {
  return reinterpret_cast<void*>(begin_ + kZone);
}

void DeviceTensor::copy(CUdeviceptr to, CUdeviceptr from, std::size_t bytes) const {
  if (bytes > 0)
    check(driver_, driver_.copy_async(to, from, bytes, nullptr), "copy of a trial's memory");
  check(driver_, driver_.stream_synchronize(nullptr), "work of a trial");
}

namespace {

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
  /// something was written beside, or the driver saw something wrong.
  std::vector<Bytes> run(Kernel& kernel, int fill, std::optional<InPlace> in_place = {}) {
    for (std::size_t i = 0; i < in_.size(); ++i) in_[i].put(given_[i]);
    for (DeviceTensor& tensor : out_) tensor.fill(fill);
    scratch_.fill(fill);
    std::vector<const void*> in;
    std::vector<void*> out;
    for (const DeviceTensor& tensor : in_) in.push_back(tensor.data());
    for (std::size_t o = 0; o < out_.size(); ++o) out.push_back(result(o, in_place).data());
    kernel.run({in, out, scratch_.data(), nullptr});
    for (std::size_t i = 0; i < in_.size(); ++i) {
      if (in_place && in_place->input == static_cast<int>(i)) continue;
      if (in_[i].contents() != given_[i]) throw InternalError(fmt::format("input {} changed", i));
    }
    scratch_.contents();  // for its zones
    std::vector<Bytes> results;
    for (std::size_t o = 0; o < out_.size(); ++o) results.push_back(result(o, in_place).contents());
    return results;
  }

 private:
  const DeviceTensor& result(std::size_t output, std::optional<InPlace> in_place) const {
    const bool here = in_place && in_place->output == static_cast<int>(output);
    return here ? in_[static_cast<std::size_t>(in_place->input)] : out_[output];
  }

  const CudaDriver& driver_;
  std::vector<Bytes> given_;
  std::vector<DeviceTensor> in_, out_;
  DeviceTensor scratch_;
};

TrialResult compare_with_reference(const DeviceCase& judged,
                                   const std::map<std::string, NdArray>& expected,
                                   const std::vector<Bytes>& results, double error_factor) {
  TrialResult found;
  for (std::size_t i = 0; i < results.size(); ++i) {
    NdArray got(judged.made.node->outputs()[i]);
    got.load(results[i].data());
    const NdArray& want = expected.at(fmt::format("y{}", i));
    const std::string wrong = first_difference(judged.c, want, got, error_factor);
    if (!wrong.empty() && found.wrong.empty()) found.wrong = fmt::format("output {}: {}", i, wrong);
    found.worst = std::max(found.worst, worst_error(judged.c, want, got, error_factor));
  }
  return found;
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

/// The emulated device does what comes next in the order of that seed.
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

TrialResult check_on_device(CudaContext& context, const DeviceCase& judged,
                            DeviceCase::Taken& taken) {
  const Node& node = *judged.made.node;
  Kernel& kernel = *taken.kernel;
  const auto values = draw_inputs(judged.c);
  const auto expected = run_reference(*judged.made.graph, values, {});
  TrialResult found;
  try {
    context.use();
    Trial trial(context, node, values, kernel);
    const std::vector<Bytes> first = trial.run(kernel, 0xFF);
    found = compare_with_reference(judged, expected, first, taken.error_factor);
    if (found.wrong.empty()) found.wrong = check_again(kernel, trial, first);
    if (found.wrong.empty()) found.wrong = check_in_place(node, kernel, trial, first);
  } catch (const Error& error) {
    found.wrong = error.what();
  }
  return found;
}

}  // namespace agon::op_cases
