#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "graphs/document/yaml.h"

namespace agon {

/// The text of a file with its line table. Positions are byte offsets. The text must outlive it.
class SourceText {
 public:
  SourceText(std::string_view text, const std::string& file);

  std::string_view text() const { return text_; }
  /// Line and column (in characters) of a byte; quick for rising positions.
  YamlPlace place(std::size_t position) const;
  Origin origin(std::size_t position, const std::string& path = "") const;
  /// The position of 0-based line `line`.
  std::size_t line_begin(std::size_t line) const { return lines_[line]; }
  std::size_t line_count() const { return lines_.size(); }

  /// "message", the source line and a caret below `position`, as three lines.
  std::string with_caret(const std::string& message, std::size_t position) const;
  [[noreturn]] void fail(std::size_t position, const std::string& message,
                         const std::string& path = "") const;
  [[noreturn]] void fail_with_caret(std::size_t position, const std::string& message) const;

 private:
  std::size_t line_of(std::size_t position) const;

  std::string_view text_;
  std::shared_ptr<const std::string> file_;
  std::vector<std::size_t> lines_;
  mutable std::size_t last_position_ = 0;  // where place() left off
  mutable int last_column_ = 1;
};

/// Refuses what is not UTF-8 text without NUL, naming the byte; returns the text without a byte
/// order mark.
std::string_view checked_utf8(std::string_view text, const std::string& file);

}  // namespace agon
