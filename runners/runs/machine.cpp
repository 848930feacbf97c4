#include "runners/runs/machine.h"

#include <fmt/format.h>
#include <gnu/libc-version.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <map>
#include <span>
#include <string_view>

#include "engine/base/text.h"
#include "engine/base/version.h"
#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/cpu/libraries.h"

extern char** environ;

namespace agon {

namespace {
/// Beginnings of the variables that oneDNN, TBB, CUDA and its libraries, the loader, the C library
/// and agon read.
constexpr std::array<std::string_view, 16> kRelevant = {
    "AGON_", "DNNL_",  "ONEDNN_", "TBB_",    "OMP_",   "KMP_", "MKL_", "LD_",
    "CUDA_", "CUDNN_", "CUBLAS",  "NVIDIA_", "GLIBC_", "LC_",  "LANG", "MALLOC_"};

/// Beginnings of those that can make a library compute otherwise.
constexpr std::array<std::string_view, 11> kChangeBits = {
    "DNNL_", "ONEDNN_", "TBB_",   "OMP_",   "KMP_",        "MKL_",
    "LD_",   "GLIBC_",  "CUDNN_", "CUBLAS", "NVIDIA_TF32_"};

bool begins_with_any(std::string_view text, std::span<const std::string_view> beginnings) {
  return std::ranges::any_of(beginnings, [&](auto with) { return text.starts_with(with); });
}

/// Of the process, by name.
std::map<std::string, std::string> environment_variables() {
  std::map<std::string, std::string> found;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos)
      found[printable(text.substr(0, equals))] = printable(text.substr(equals + 1));
  }
  return found;
}

nlohmann::ordered_json relevant_environment() {
  auto record = nlohmann::ordered_json::object();
  for (const auto& [name, value] : environment_variables()) {
    if (begins_with_any(name, kRelevant)) record[name] = value;
  }
  return record;
}
}  // namespace

bool changes_bits(std::string_view variable) {
  return begins_with_any(variable, kChangeBits);
}

std::vector<std::string> variables_that_change_bits() {
  std::vector<std::string> names;
  for (const auto& [name, value] : environment_variables()) {
    if (changes_bits(name) && name != "LD_LIBRARY_PATH") names.push_back(name);
  }
  return names;
}

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

std::int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

nlohmann::ordered_json machine_record() {
  nlohmann::ordered_json record;
  record["program"] = {{"version", version()}, {"build", build_id()}, {"compiler", compiler()}};
  for (const auto& [name, found] : cpu_libraries()) record["libraries"][name] = found;
  record["libraries"]["glibc"] = gnu_get_libc_version();
  record["cpu"] = {{"model", cpu_model()}, {"isa", cpu_isa()}, {"processors", Lanes::automatic()}};
  record["environment"] = relevant_environment();
  return record;
}

}  // namespace agon
