#pragma once
#include <filesystem>
#include <memory>
#include <string>

namespace agon {

/// Makes modules that the driver loads out of CUDA C++.
class DeviceCompiler {
 public:
  virtual ~DeviceCompiler() = default;
  /// `architecture`: 75 for sm_75. Throws InternalError with the compiler's words. Called by
  /// several threads at once.
  virtual std::string compile(const std::string& source, int architecture) = 0;
  /// What else the result hangs on: "nvrtc 13.0 --fmad=false".
  virtual std::string version() const = 0;
};

/// NVRTC, opened when first asked for. Code is compiled without contraction (--fmad=false), with
/// IEEE division and square roots, so that what is written rounds as it does on the processors. For
/// an architecture that the library does not know the result is PTX of the next below. `driver`:
/// the version of the driver that is to load the result (13000), so that a library no newer than it
/// is looked for first; 0: the newest. Throws Error(Unavailable) where the library is missing.
std::unique_ptr<DeviceCompiler> nvrtc(int driver = 0);

/// Keeps results in files under `folder`, named by SHA-256 of source, architecture and version; a
/// file that is damaged or cannot be written is as good as none.
std::unique_ptr<DeviceCompiler> kept(std::unique_ptr<DeviceCompiler> compiler,
                                     std::filesystem::path folder);
/// $XDG_CACHE_HOME/agon/kernels, or .cache in the home directory; empty where there is neither.
std::filesystem::path kept_folder();

}  // namespace agon
