#include "engine/runtime/cpu/libraries.h"

#include <fmt/format.h>
#include <tbb/version.h>

#include <dnnl.hpp>

namespace agon {

namespace {
std::string onednn_version() {
  const dnnl_version_t& v = *dnnl_version();
  const std::string commit = std::string(v.hash).substr(0, 12);
  return fmt::format("{}.{}.{}+{}", v.major, v.minor, v.patch, commit);
}

std::string tbb_version() {
  const int interface = TBB_runtime_interface_version();
  return fmt::format("{} (interface {})", TBB_runtime_version(), interface);
}
}  // namespace

std::vector<std::pair<std::string, std::string>> cpu_libraries() {
  return {{"oneDNN", onednn_version()}, {"TBB", tbb_version()}};
}

std::string cpu_isa() {
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41:
      return "sse41";
    case dnnl::cpu_isa::avx:
      return "avx";
    case dnnl::cpu_isa::avx2:
      return "avx2";
    case dnnl::cpu_isa::avx2_vnni:
      return "avx2_vnni";
    case dnnl::cpu_isa::avx512_core:
      return "avx512_core";
    case dnnl::cpu_isa::avx512_core_vnni:
      return "avx512_core_vnni";
    case dnnl::cpu_isa::avx512_core_bf16:
      return "avx512_core_bf16";
    case dnnl::cpu_isa::avx512_core_fp16:
      return "avx512_core_fp16";
    case dnnl::cpu_isa::avx512_core_amx:
      return "avx512_core_amx";
    default:
      return fmt::format("0x{:x}", static_cast<unsigned>(dnnl::get_effective_cpu_isa()));
  }
}

}  // namespace agon
