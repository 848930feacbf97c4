#pragma once
#include <string>
#include <utility>
#include <vector>

namespace agon {

/// A small GAN with nothing wrong, as file "t.yaml".
std::string sound_file();

/// The text with each first part replaced by the second, in order; fails the test where a part is
/// missing.
std::string edited(std::string text, const std::vector<std::pair<std::string, std::string>>& edits);

/// Everything reading and building says of a text: errors, warnings and notes, a line each.
std::string findings_of(const std::string& text);

}  // namespace agon
