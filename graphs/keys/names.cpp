#include "graphs/keys/names.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"

namespace agon {

namespace {

constexpr std::size_t kLongest = 64;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Words that Windows keeps for devices, whatever follows a dot: a run must be copyable there.
bool is_device(std::string_view name) {
  std::string word(name.substr(0, name.find('.')));
  for (char& c : word) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  const bool numbered = word.size() == 4 && is_digit(word[3]);
  if (numbered) word.pop_back();
  return numbered ? word == "COM" || word == "LPT"
                  : word == "CON" || word == "PRN" || word == "AUX" || word == "NUL";
}

std::string shown(std::string_view name) {
  if (name.size() <= kLongest) return printable(name);
  return fmt::format("{}... ({} characters)", printable(name.substr(0, 20)), name.size());
}

}  // namespace

std::optional<std::string> name_problem(std::string_view name) {
  const bool good =
      !name.empty() && name.size() <= kLongest && is_letter(name.front()) &&
      std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || is_digit(c); });
  if (good) return std::nullopt;
  return fmt::format(
      "expected a name of at most 64 letters, digits and '_' that begins with no digit, got '{}'",
      shown(name));
}

std::optional<std::string> experiment_name_problem(std::string_view name) {
  const bool good = !name.empty() && name.size() <= kLongest && name.front() != '-' &&
                    name.front() != '.' && std::all_of(name.begin(), name.end(), [](char c) {
                      return is_letter(c) || is_digit(c) || c == '-' || c == '.';
                    });
  if (good && is_device(name))
    return fmt::format("'{}' cannot name a folder everywhere; choose another name", name);
  if (good) return std::nullopt;
  return fmt::format(
      "expected a name of at most 64 letters, digits, '_', '-' and '.' that begins with no '-' or "
      "'.', got '{}'",
      shown(name));
}

}  // namespace agon
