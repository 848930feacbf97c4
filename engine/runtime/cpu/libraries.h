#pragma once
#include <string>
#include <utility>
#include <vector>

namespace agon {

/// Name and version of each library whose choice of kernels can change bits, as found at run time:
/// ("oneDNN", "3.2.0+<commit>"), ("TBB", "2021.8").
std::vector<std::pair<std::string, std::string>> cpu_libraries();

/// The instruction set oneDNN chooses kernels for: "avx2", "avx512_core_vnni".
std::string cpu_isa();

}  // namespace agon
