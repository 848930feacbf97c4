#include "engine/runtime/cuda/modules.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <span>
#include <thread>

namespace agon {

namespace {

/// Split by number alone: what stands in a module does not hang on the processors there are. NVRTC
/// takes about 70 ms for a function, and as long for a module without any.
constexpr std::size_t kFunctionsOfModule = 8;

std::vector<std::size_t> pending(const std::vector<std::string>& texts) {
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!texts[i].empty()) numbers.push_back(i);
  }
  return numbers;
}

/// Parts of about one size, in order.
std::vector<std::span<const std::size_t>> parts_of(std::span<const std::size_t> numbers) {
  const std::size_t count = (numbers.size() + kFunctionsOfModule - 1) / kFunctionsOfModule;
  std::vector<std::span<const std::size_t>> parts;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = numbers.size() * i / count;
    parts.push_back(numbers.subspan(begin, numbers.size() * (i + 1) / count - begin));
  }
  return parts;
}

std::string source_of(std::span<const std::size_t> part, const std::vector<std::string>& texts) {
  std::string source(device_prelude());
  for (std::size_t number : part) source += "\n" + texts[number];
  return source;
}

/// Results in the order of the sources. Throws what compiling the first of those that failed threw.
std::vector<std::string> compile_all(DeviceCompiler& compiler, int architecture,
                                     const std::vector<std::string>& sources) {
  std::vector<std::string> results(sources.size());
  std::vector<std::exception_ptr> failures(sources.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < sources.size(); i = next++) {
      try {
        results[i] = compiler.compile(sources[i], architecture);
      } catch (...) {
        failures[i] = std::current_exception();
      }
    }
  };
  {
    const std::size_t processors = std::max(1u, std::thread::hardware_concurrency());
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < std::min(processors, sources.size()); ++i)
      others.emplace_back(work);
    work();
  }
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  return results;
}

}  // namespace

DeviceModules::DeviceModules(const CudaDriver& driver, DeviceCompiler& compiler, int architecture)
    : driver_(driver), compiler_(compiler), architecture_(architecture) {}

DeviceModules::~DeviceModules() {
  for (CUmodule module : modules_) driver_.module_unload(module);
}

int DeviceModules::add(const DeviceFunction& function) {
  const auto number = static_cast<int>(functions_.size());
  const std::string name = function_name(function);
  const auto [place, is_new] = number_of_.try_emplace(name, number);
  if (is_new) {
    functions_.push_back(nullptr);
    names_.push_back(name);
    texts_.push_back(function_text(function));
  }
  return place->second;
}

void DeviceModules::load() {
  const std::vector<std::size_t> numbers = pending(texts_);
  if (numbers.empty()) return;
  const auto parts = parts_of(numbers);
  const std::vector<std::string> images = compile_all(compiler_, architecture_, pending_sources());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    modules_.reserve(modules_.size() + 1);
    CUmodule module = nullptr;
    check(driver_, driver_.module_load(&module, images[i].c_str()), "load of generated code");
    modules_.push_back(module);
    for (std::size_t number : parts[i]) {
      check(driver_, driver_.module_function(&functions_[number], module, names_[number].c_str()),
            "look-up of " + names_[number]);
    }
    for (std::size_t number : parts[i]) texts_[number].clear();
  }
}

std::vector<std::string> DeviceModules::pending_sources() const {
  const std::vector<std::size_t> numbers = pending(texts_);
  std::vector<std::string> sources;
  for (const auto part : parts_of(numbers)) sources.push_back(source_of(part, texts_));
  return sources;
}

}  // namespace agon
