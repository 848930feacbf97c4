#pragma once
#include <map>
#include <string>

namespace agon {

/// A folder with some files in it, while it lives; messages are shown with their names alone.
class Files {
 public:
  explicit Files(const std::map<std::string, std::string>& texts);
  ~Files();
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::string without_folder(std::string text) const;
  /// The composed text of x.yaml, or every message.
  std::string composed_text() const;

 private:
  std::string folder_;
};

/// Layers to be changed by name: conv1, relu1, mid, relu2, fc.
inline constexpr const char* kLayers =
    "networks: {d: {layers: [{conv: {filters: 8}}, relu, {conv: {filters: 16}, as: mid}, relu, "
    "{dense: 1, as: fc}]}}\n";

}  // namespace agon
