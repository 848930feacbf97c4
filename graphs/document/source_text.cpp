#include "graphs/document/source_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"

namespace agon {

SourceText::SourceText(std::string_view text, const std::string& file)
    : text_(text), file_(std::make_shared<const std::string>(file)) {
  lines_.push_back(0);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') lines_.push_back(i + 1);
  }
}

std::size_t SourceText::line_of(std::size_t position) const {
  const auto after = std::upper_bound(lines_.begin(), lines_.end(), position);
  return static_cast<std::size_t>(after - lines_.begin()) - 1;
}

YamlPlace SourceText::place(std::size_t position) const {
  position = std::min(position, text_.size());
  const std::size_t line = line_of(position);
  std::size_t from = lines_[line];
  int column = 1;
  if (last_position_ >= from && last_position_ <= position) {
    from = last_position_;
    column = last_column_;
  }
  for (; from < position; ++from) {
    if ((text_[from] & 0xC0) != 0x80) ++column;
  }
  last_position_ = position;
  last_column_ = column;
  return {file_, static_cast<int>(line) + 1, column};
}

Origin SourceText::origin(std::size_t position, const std::string& path) const {
  const YamlPlace at = place(position);
  return {*file_, at.line, at.column, path};
}

std::string SourceText::with_caret(const std::string& message, std::size_t position) const {
  constexpr std::size_t kBefore = 60;
  constexpr std::size_t kAfter = 30;
  position = std::min(position, text_.size());
  const auto inside = [&](std::size_t i) { return i < text_.size() && (text_[i] & 0xC0) == 0x80; };
  std::size_t begin = lines_[line_of(position)];
  const bool cut = position - begin > kBefore;
  if (cut) begin = position - kBefore;
  while (inside(begin)) ++begin;
  std::size_t end = std::min(text_.find_first_of("\r\n", position), text_.size());
  end = std::min(end, position + kAfter);
  while (inside(end)) ++end;
  std::string shown(text_.substr(begin, end - begin));
  std::replace(shown.begin(), shown.end(), '\t', ' ');
  const auto width = std::count_if(text_.begin() + static_cast<std::ptrdiff_t>(begin),
                                   text_.begin() + static_cast<std::ptrdiff_t>(position),
                                   [](char c) { return (c & 0xC0) != 0x80; });
  const std::string_view lead = cut ? "..." : "";
  return fmt::format("{}\n  {}{}\n  {:>{}}", message, lead, printable(shown), "^",
                     lead.size() + static_cast<std::size_t>(width) + 1);
}

void SourceText::fail(std::size_t position, const std::string& message,
                      const std::string& path) const {
  throw ConfigError({{Severity::Error, origin(position, path), message}});
}

void SourceText::fail_with_caret(std::size_t position, const std::string& message) const {
  fail(position, with_caret(message, position));
}

namespace {
[[noreturn]] void refuse_bytes(const std::string& file, const std::string& message) {
  throw ConfigError({{Severity::Error, Origin{file, 0, 0, ""}, message}});
}
}  // namespace

std::string_view checked_utf8(std::string_view text, const std::string& file) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    refuse_bytes(file, "expected UTF-8 text, got UTF-16 (byte order mark at byte 0)");
  }
  const std::size_t mark = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  for (std::size_t i = mark; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == 0) refuse_bytes(file, fmt::format("expected text, got a NUL byte at byte {}", i));
    const bool line_end = byte == '\n' || (byte == '\r' && text.substr(i + 1).starts_with('\n'));
    if (byte == 0x7F || (byte < 0x20 && byte != '\t' && !line_end)) {
      refuse_bytes(
          file, fmt::format("expected text, got control character 0x{:02x} at byte {}", byte, i));
    }
    const std::size_t length = utf8_length(text, i);
    if (length == 0) {
      refuse_bytes(file, fmt::format("expected UTF-8 text, got byte 0x{:02x} at byte {}", byte, i));
    }
    i += length;
  }
  return text.substr(mark);
}

}  // namespace agon
