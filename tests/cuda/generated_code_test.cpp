// What the op cases make the device's kernels write, through the real compiler, which needs no GPU:
// of functions that differ in numbers only, one, for the oldest or the newest architecture. With
// AGON_ALL_GENERATED_CODE=1 every function for every architecture.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cctype>
#include <cstdlib>
#include <set>
#include <thread>

#include "engine/base/error.h"
#include "engine/runtime/cuda/compiler.h"
#include "tests/cuda/device_cases.h"
#include "tests/cuda/emulation.h"

namespace agon::op_cases {
namespace {

bool is_complete() {
  return std::getenv("AGON_ALL_GENERATED_CODE") != nullptr;
}

/// The text without names and numbers.
std::string form_of(const std::string& function) {
  std::string form;
  for (std::size_t i = 0; i < function.size(); ++i) {
    const bool in_word = i > 0 && (std::isalnum(static_cast<unsigned char>(function[i - 1])) != 0 ||
                                   function[i - 1] == '_');
    const char c = function[i];
    const bool is_digit = std::isdigit(static_cast<unsigned char>(c)) != 0;
    const bool is_hex = is_digit || (c >= 'a' && c <= 'f');
    if (is_digit || (in_word && is_hex && !form.empty() && form.back() == '#')) {
      if (form.empty() || form.back() != '#') form += '#';
    } else {
      form += c;
    }
  }
  return form;
}

/// Sources of a few functions each.
std::vector<std::string> sources_of_all_cases() {
  const auto context = emulation::context();
  const KernelRegistry kernels = device_kernels(*context);
  for (const Case& c : all_cases()) prepare_on_device(c, kernels);
  const std::vector<std::string> whole = context->modules().pending_sources();
  if (is_complete()) return whole;
  constexpr std::string_view kBegin = "extern \"C\" __global__";
  constexpr int kFunctionsOfSource = 8;
  std::set<std::string> forms;
  std::vector<std::string> sources;
  for (const std::string& source : whole) {
    for (auto at = source.find(kBegin); at != std::string::npos;) {
      const auto end = source.find(kBegin, at + 1);
      const std::string function = source.substr(at, end == std::string::npos ? end : end - at);
      if (forms.insert(form_of(function)).second) {
        if (forms.size() % kFunctionsOfSource == 1) sources.emplace_back(device_prelude());
        sources.back() += "\n" + function;
      }
      at = end;
    }
  }
  return sources;
}

struct Job {
  const std::string* source = nullptr;
  int architecture = 0;
};

/// Every source for every architecture; in the short form, the architectures in turn.
std::vector<Job> jobs_of(const std::vector<std::string>& sources) {
  std::vector<Job> jobs;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (!is_complete()) jobs.push_back({&sources[i], i % 2 == 0 ? 75 : 120});
    for (const int architecture : {75, 80, 86, 89, 90, 100, 120})
      if (is_complete()) jobs.push_back({&sources[i], architecture});
  }
  return jobs;
}

/// What the compiler says against them.
std::vector<std::string> compile_all(DeviceCompiler& compiler, const std::vector<Job>& jobs) {
  std::vector<std::string> words(jobs.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < jobs.size(); i = next++) {
      try {
        compiler.compile(*jobs[i].source, jobs[i].architecture);
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
  for (const std::string& words : compile_all(*compiler, jobs_of(sources)))
    ADD_FAILURE() << words.substr(0, 4000);
}

}  // namespace
}  // namespace agon::op_cases
