#include "tests/fuzz/scratch.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace agon {

namespace {
namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    const bool in_memory = access("/dev/shm", W_OK | X_OK) == 0;
    const fs::path above = in_memory ? fs::path("/dev/shm") : fs::temp_directory_path();
    path_ = (above / "agon-fuzz-XXXXXX").string();
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no scratch folder");
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};
}  // namespace

const std::string& scratch_folder() {
  static const Folder folder;
  return folder.path();
}

std::string scratch_file(const std::string& inside, InputBytes content) {
  std::string path = scratch_folder() + "/" + inside;
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(content.data()), std::ssize(content));
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
  return path;
}

void remove_scratch_file(const std::string& inside) {
  fs::remove(scratch_folder() + "/" + inside);
}

}  // namespace agon
