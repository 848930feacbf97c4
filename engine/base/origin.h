#pragma once
#include <string>

namespace agon {

/// Where a thing was written: a place in a user's file, or empty for things the program made
/// itself. `path` is the dotted path of the key (`networks.generator.layers[3]`); line and column
/// count from 1.
struct Origin {
  std::string file;
  int line = 0;
  int column = 0;
  std::string path;

  bool known() const { return line > 0; }
  bool operator==(const Origin&) const = default;
};

/// "file:line:column: path", leaving out what is unknown.
std::string to_text(const Origin& origin);

}  // namespace agon
