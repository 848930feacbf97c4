#include "tests/fuzz/targets.h"

#include <algorithm>
#include <stdexcept>

extern "C" {
int fuzz_checkpoint(const std::uint8_t* data, std::size_t size);
int fuzz_cifar10(const std::uint8_t* data, std::size_t size);
int fuzz_config(const std::uint8_t* data, std::size_t size);
int fuzz_expression(const std::uint8_t* data, std::size_t size);
int fuzz_gzip(const std::uint8_t* data, std::size_t size);
int fuzz_idx(const std::uint8_t* data, std::size_t size);
int fuzz_labels(const std::uint8_t* data, std::size_t size);
int fuzz_lock(const std::uint8_t* data, std::size_t size);
int fuzz_picture(const std::uint8_t* data, std::size_t size);
int fuzz_recording(const std::uint8_t* data, std::size_t size);
int fuzz_series(const std::uint8_t* data, std::size_t size);
int fuzz_setting(const std::uint8_t* data, std::size_t size);
int fuzz_sweep(const std::uint8_t* data, std::size_t size);
}

namespace agon {

std::span<const FuzzTarget> fuzz_targets() {
  static constexpr FuzzTarget kTargets[] = {
      {"checkpoint", fuzz_checkpoint, 200},
      {"cifar10", fuzz_cifar10, 100},
      {"config", fuzz_config, 150},
      {"expression", fuzz_expression, 300},
      {"gzip", fuzz_gzip, 300},
      {"idx", fuzz_idx, 150},
      {"labels", fuzz_labels, 200},
      {"lock", fuzz_lock, 200},
      {"picture", fuzz_picture, 200},
      {"recording", fuzz_recording, 200},
      {"series", fuzz_series, 200},
      {"setting", fuzz_setting, 100},
      {"sweep", fuzz_sweep, 200},
  };
  return kTargets;
}

const FuzzTarget& fuzz_target(std::string_view name) {
  const auto all = fuzz_targets();
  const auto found = std::ranges::find(all, name, &FuzzTarget::name);
  if (found == all.end()) throw std::logic_error("no such target");
  return *found;
}

}  // namespace agon
