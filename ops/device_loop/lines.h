#pragma once
#include <string>
#include <string_view>

namespace agon {

/// The text of a function, line by line, indented by its braces.
class Lines {
 public:
  void add(std::string_view line) {
    text_.append(2 * static_cast<std::size_t>(depth_), ' ').append(line).append("\n");
  }
  void open(const std::string& head) {
    add(head + " {");
    ++depth_;
  }
  void close() {
    --depth_;
    add("}");
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  int depth_ = 1;
};

}  // namespace agon
