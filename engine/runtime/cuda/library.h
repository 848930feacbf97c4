#pragma once
#include <span>
#include <string>

namespace agon {

/// A shared library opened when it is asked for, and never closed: the first of `names` that the
/// loader finds, or that lies where CUDA is usually installed ($CUDA_PATH, $CUDA_HOME,
/// /usr/local/cuda, /opt/cuda). Null and why where there is none.
void* open_library(std::span<const std::string> names, std::string& why);

/// Null where the library has no such function.
void* find_function(void* library, const char* name);
/// Puts it into a table of functions; false where there is none.
template <class Function>
bool find_function(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(find_function(library, name));
  return function != nullptr;
}

}  // namespace agon
