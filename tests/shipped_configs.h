#pragma once
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace agon {

/// Whether a file is an experiment: neither a part for others to extend, which lacks the key
/// `agon`, nor a sweep.
inline bool is_experiment(const std::filesystem::path& path) {
  std::ifstream file(path);
  bool whole = false;
  for (std::string line; std::getline(file, line);) {
    whole = whole || line.starts_with("agon:");
    if (line.starts_with("sweep:")) return false;
  }
  return whole;
}

/// Paths of every experiment under configs/, sorted. Throws where there are none, of which every
/// test would be true.
inline std::vector<std::string> shipped_configs() {
  std::vector<std::string> paths;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(AGON_SOURCE_DIR "/configs")) {
    if (entry.path().extension() == ".yaml" && is_experiment(entry.path()))
      paths.push_back(entry.path().string());
  }
  if (paths.empty()) throw std::runtime_error("no experiments under configs/");
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// "bench_dcgan64" of a path that shipped_configs() gives.
inline std::string test_name(const std::string& path) {
  std::string name =
      std::filesystem::relative(path, AGON_SOURCE_DIR "/configs").replace_extension().string();
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}

/// Configs of which each has something in a step that the others lack; the costly tests of all
/// kernels and orders take these in every run of the suite, and the rest under the label slow.
inline constexpr std::string_view kSpread[] = {
    "ae_adversarial",
    "bench_conv_gan28",
    "bench_conv_gan28_shared",
    "bench_dcgan64",
    "bench_dcgan64_shared",
    "bench_mlp_gan",
    "bench_mlp_gan_shared",
    "cgan_conv",
    "cgan_mlp",
    "cgan_projection",
    "cvae_conv",
    "cyclegan_faces",
    "dcgan_faces64",
    "diffusion_digits",
    "features_digits",
    "gan_adaptive",
    "gan_began",
    "gan_conv",
    "gan_infogan",
    "gan_minibatch",
    "gan_mlp",
    "gan_rings",
    "gan_sagan",
    "progan_faces",
    "vae_conv",
    "vae_mlp",
    "vae_vq",
    "wgan_clip",
    "wgan_gp",
};

inline bool in_spread(const std::string& path) {
  return std::ranges::find(kSpread, test_name(path)) != std::end(kSpread);
}

inline std::vector<std::string> spread_of_configs() {
  auto paths = shipped_configs();
  std::erase_if(paths, [](const std::string& path) { return !in_spread(path); });
  return paths;
}

inline std::vector<std::string> rest_of_configs() {
  auto paths = shipped_configs();
  std::erase_if(paths, in_spread);
  return paths;
}

}  // namespace agon
