#include "engine/runtime/cuda/library.h"

#include <dlfcn.h>

#include <cstdlib>
#include <vector>

#include "engine/base/text.h"

namespace agon {

namespace {

std::vector<std::string> usual_folders() {
  std::vector<std::string> homes;
  for (const char* name : {"CUDA_PATH", "CUDA_HOME"}) {
    const char* home = std::getenv(name);
    if (home != nullptr && *home != 0) homes.emplace_back(home);
  }
  homes.emplace_back("/usr/local/cuda");
  homes.emplace_back("/opt/cuda");
  std::vector<std::string> folders = {""};  // where the loader looks
  for (const std::string& home : homes) {
    for (const char* part : {"/lib64/", "/lib/", "/targets/x86_64-linux/lib/"})
      folders.push_back(home + part);
  }
  return folders;
}

}  // namespace

void* open_library(std::span<const std::string> names, std::string& why) {
  const std::vector<std::string> folders = usual_folders();
  std::string first;
  for (const std::string& name : names) {
    for (const std::string& folder : folders) {
      if (void* library = dlopen((folder + name).c_str(), RTLD_NOW | RTLD_LOCAL)) return library;
      const char* text = dlerror();
      if (first.empty() && text != nullptr) first = text;
    }
  }
  why = joined(names, " or ") + " not found (" + first + ")";
  return nullptr;
}

void* find_function(void* library, const char* name) {
  return dlsym(library, name);
}

}  // namespace agon
