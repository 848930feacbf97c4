#include <fmt/format.h>
#include <nvrtc.h>

#include <algorithm>
#include <array>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/runtime/cuda/compiler.h"
#include "engine/runtime/cuda/library.h"

namespace agon {

namespace {

/// What is written rounds as it is written.
constexpr std::array kOptions = {"--std=c++20", "--fmad=false", "--prec-div=true",
                                 "--prec-sqrt=true", "--ftz=false"};

struct Functions {
  decltype(&nvrtcVersion) version;
  decltype(&nvrtcGetErrorString) error_text;
  decltype(&nvrtcGetNumSupportedArchs) architecture_count;
  decltype(&nvrtcGetSupportedArchs) architectures;
  decltype(&nvrtcCreateProgram) create;
  decltype(&nvrtcDestroyProgram) destroy;
  decltype(&nvrtcCompileProgram) compile;
  decltype(&nvrtcGetProgramLogSize) log_size;
  decltype(&nvrtcGetProgramLog) log;
  decltype(&nvrtcGetCUBINSize) binary_size;
  decltype(&nvrtcGetCUBIN) binary;
  decltype(&nvrtcGetPTXSize) ptx_size;
  decltype(&nvrtcGetPTX) ptx;
};

template <class F>
void find(void* library, const char* name, F& function) {
  function = reinterpret_cast<F>(find_function(library, name));
  if (function == nullptr) {
    throw Error(ExitCode::Unavailable,
                fmt::format("the library libnvrtc of this machine has no {}", name));
  }
}

Functions functions_of(void* library) {
  Functions f{};
  find(library, "nvrtcVersion", f.version);
  find(library, "nvrtcGetErrorString", f.error_text);
  find(library, "nvrtcGetNumSupportedArchs", f.architecture_count);
  find(library, "nvrtcGetSupportedArchs", f.architectures);
  find(library, "nvrtcCreateProgram", f.create);
  find(library, "nvrtcDestroyProgram", f.destroy);
  find(library, "nvrtcCompileProgram", f.compile);
  find(library, "nvrtcGetProgramLogSize", f.log_size);
  find(library, "nvrtcGetProgramLog", f.log);
  find(library, "nvrtcGetCUBINSize", f.binary_size);
  find(library, "nvrtcGetCUBIN", f.binary);
  find(library, "nvrtcGetPTXSize", f.ptx_size);
  find(library, "nvrtcGetPTX", f.ptx);
  return f;
}

/// A program of the library, with its end.
class Translation {
 public:
  Translation(const Functions& f, const std::string& source) : f_(f) {
    check(f.create(&program_, source.c_str(), "agon.cu", 0, nullptr, nullptr), "create");
  }
  ~Translation() { f_.destroy(&program_); }
  Translation(const Translation&) = delete;
  Translation& operator=(const Translation&) = delete;

  void compile(const std::string& architecture) {
    const std::string target = "--gpu-architecture=" + architecture;
    std::vector<const char*> options(kOptions.begin(), kOptions.end());
    options.push_back(target.c_str());
    const nvrtcResult result =
        f_.compile(program_, static_cast<int>(options.size()), options.data());
    if (result == NVRTC_ERROR_COMPILATION)
      throw InternalError(fmt::format("nvrtc: {}: {}", architecture, log()));
    check(result, "compile for " + architecture);
  }

  std::string binary() const { return text(f_.binary_size, f_.binary); }
  std::string ptx() const { return text(f_.ptx_size, f_.ptx); }

 private:
  template <class Size, class Get>
  std::string text(Size size, Get get) const {
    std::size_t bytes = 0;
    check(size(program_, &bytes), "size of the result");
    std::string result(bytes, '\0');
    check(get(program_, result.data()), "result");
    return result;
  }

  std::string log() const {
    std::string words = text(f_.log_size, f_.log);
    while (!words.empty() && (words.back() == '\0' || words.back() == '\n')) words.pop_back();
    return words;
  }

  void check(nvrtcResult result, const std::string& what) const {
    if (result == NVRTC_SUCCESS) return;
    const std::string message = fmt::format("nvrtc: {}: {}", what, f_.error_text(result));
    if (result == NVRTC_ERROR_OUT_OF_MEMORY) throw Error(ExitCode::Unavailable, message);
    throw InternalError(message);
  }

  const Functions& f_;
  nvrtcProgram program_ = nullptr;
};

class Nvrtc final : public DeviceCompiler {
 public:
  explicit Nvrtc(void* library) : f_(functions_of(library)) {
    int major = 0, minor = 0, count = 0;
    if (f_.version(&major, &minor) != NVRTC_SUCCESS ||
        f_.architecture_count(&count) != NVRTC_SUCCESS || count <= 0)
      throw Error(ExitCode::Unavailable, "the library libnvrtc of this machine does not answer");
    architectures_.resize(static_cast<std::size_t>(count));
    if (f_.architectures(architectures_.data()) != NVRTC_SUCCESS) architectures_.clear();
    std::sort(architectures_.begin(), architectures_.end());
    version_ = fmt::format("nvrtc {}.{} {}", major, minor, fmt::join(kOptions, " "));
  }

  std::string compile(const std::string& source, int architecture) override {
    const auto above = std::upper_bound(architectures_.begin(), architectures_.end(), architecture);
    if (above == architectures_.begin()) {
      throw Error(ExitCode::Unavailable,
                  fmt::format("{} compiles nothing for sm_{}", version_, architecture));
    }
    const int known = *std::prev(above);
    Translation translation(f_, source);
    const bool exact = known == architecture;
    translation.compile(fmt::format("{}_{}", exact ? "sm" : "compute", known));
    return exact ? translation.binary() : translation.ptx();
  }

  std::string version() const override { return version_; }

 private:
  Functions f_;
  std::vector<int> architectures_;
  std::string version_;
};

}  // namespace

std::unique_ptr<DeviceCompiler> nvrtc(int driver) {
  std::vector<std::string> names = {"libnvrtc.so.13", "libnvrtc.so.12"};
  // A driver loads what compilers of its own or an older major version made.
  if (driver != 0 && driver < 13000) std::swap(names[0], names[1]);
  std::string why;
  void* library = open_library(names, why);
  if (library == nullptr) {
    throw Error(ExitCode::Unavailable, "the compiler NVRTC of the CUDA toolkit is missing: " + why);
  }
  return std::make_unique<Nvrtc>(library);
}

}  // namespace agon
