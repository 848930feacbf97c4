#pragma once
#include <string>
#include <utility>
#include <vector>

namespace agon {

/// The text with each first part replaced by the second, in order; fails the test where a part is
/// missing.
std::string edited(std::string text, const std::vector<std::pair<std::string, std::string>>& edits);

/// Everything reading and building says of a text, as file "t.yaml": errors, warnings and notes, a
/// line each.
std::string findings_of(const std::string& text);

/// Expects `part` somewhere in the findings of the text.
void expect_finding(const std::string& text, const std::string& part);

}  // namespace agon
