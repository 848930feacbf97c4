#include "engine/base/json_bounds.h"

#include <fmt/format.h>

#include <vector>

namespace agon {

std::string beyond_json_bounds(std::string_view text, std::size_t most_names) {
  constexpr std::size_t kDeepest = 64;
  std::vector<std::size_t> names;  // of each object or list that is open
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      names.push_back(0);
      if (names.size() > kDeepest) return fmt::format("more than {} levels", kDeepest);
    } else if ((c == ']' || c == '}') && !names.empty()) {
      names.pop_back();
    } else if (c == ':' && !names.empty() && ++names.back() > most_names) {
      return fmt::format("an object of more than {} names", most_names);
    }
  }
  return "";
}

}  // namespace agon
