#pragma once
#include <string>
#include <vector>

namespace agon {

/// Files found bad, so that a user learns of all of them at once.
class RefusedFiles {
 public:
  void add(const std::string& path, const std::string& why);
  /// With a message that names its file already.
  void add(const std::string& message) { lines_.push_back(message); }
  bool empty() const { return lines_.empty(); }
  /// Throws Error(Data): the only line, or "3 bad files" and a line each.
  void throw_if_any() const;

 private:
  std::vector<std::string> lines_;
};

}  // namespace agon
