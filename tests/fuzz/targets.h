#pragma once
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <span>
#include <string_view>

namespace agon {

/// One file of targets/, with its entry under a name of its own.
struct FuzzTarget {
  std::string_view name;  // of the file and of its folder of inputs
  int (*run)(const std::uint8_t* data, std::size_t size);
  int mutants;  // tried of each input: fewer where one takes long
};

/// How tests show it.
inline std::ostream& operator<<(std::ostream& out, const FuzzTarget& target) {
  return out << target.name;
}

std::span<const FuzzTarget> fuzz_targets();
const FuzzTarget& fuzz_target(std::string_view name);

}  // namespace agon
