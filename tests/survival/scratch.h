#pragma once
#include <string>

namespace agon {

/// A folder of its own for one test, its path without links, removed with it.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  /// A folder in it, made if it is not there.
  std::string folder(const std::string& name) const;

 private:
  std::string path_;
};

/// The whole of a file; "" where there is none.
std::string text_of(const std::string& path);

}  // namespace agon
