// Everything that the op cases make the device's kernels write, through the real compiler, which
// needs no GPU. With AGON_ALL_ARCHITECTURES=1 for every architecture that is supported.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "engine/base/error.h"
#include "engine/runtime/cuda/compiler.h"
#include "tests/cuda/device_cases.h"
#include "tests/cuda/emulation.h"

namespace agon::op_cases {
namespace {

std::vector<int> architectures() {
  if (std::getenv("AGON_ALL_ARCHITECTURES") != nullptr) return {75, 80, 86, 89, 90, 100, 120};
  return {75, 120};
}

std::vector<std::string> sources_of_all_cases() {
  const auto context = emulation::context();
  const KernelRegistry kernels = device_kernels(*context);
  for (const Case& c : all_cases()) prepare_on_device(c, kernels);
  return context->modules().pending_sources();
}

/// What the compiler says against the sources, each for each architecture.
std::vector<std::string> compile_all(DeviceCompiler& compiler,
                                     const std::vector<std::string>& sources) {
  const std::vector<int> targets = architectures();
  const std::size_t jobs = sources.size() * targets.size();
  std::vector<std::string> words(jobs);
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < jobs; i = next++) {
      try {
        compiler.compile(sources[i / targets.size()], targets[i % targets.size()]);
      } catch (const Error& error) {
        words[i] = error.what();
      }
    }
  };
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i)
    threads.emplace_back(work);
  threads.clear();
  std::erase(words, "");
  return words;
}

TEST(GeneratedCode, CompilesForEveryArchitecture) {
  std::unique_ptr<DeviceCompiler> compiler;
  try {
    compiler = nvrtc();
  } catch (const Error& error) {
    GTEST_SKIP() << error.what();
  }
  const std::vector<std::string> sources = sources_of_all_cases();
  ASSERT_FALSE(sources.empty());
  for (const std::string& words : compile_all(*compiler, sources))
    ADD_FAILURE() << words.substr(0, 4000);
}

}  // namespace
}  // namespace agon::op_cases
