#include "graphs/document/scalar_position.h"

#include <algorithm>

namespace agon {

namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// The first character of the text itself, behind a quote or a block scalar's header.
std::size_t content_begin(std::string_view source, std::size_t begin, bool quoted) {
  if (!quoted || begin >= source.size()) return begin;
  if (source[begin] == '"' || source[begin] == '\'') return begin + 1;
  const std::size_t line = std::min(source.find('\n', begin), source.size());
  return std::min(source.find_first_not_of(" \r\n", line), source.size());
}

}  // namespace

std::size_t locate_scalar(const SourceText& source, std::size_t begin, Yaml& scalar) {
  const std::string_view file = source.text();
  const std::string& text = scalar.text;
  std::size_t at = content_begin(file, begin, scalar.quoted);
  const auto add_segment = [&](std::size_t offset) {
    const YamlPlace place = source.place(at);
    scalar.segments.push_back({offset, place.line, place.column});
  };
  if (at != begin) add_segment(0);
  std::size_t i = 0;
  while (i < text.size() && at < file.size()) {
    if (is_space(text[i]) && is_space(file[at])) {
      bool broken = false;
      for (; at < file.size() && is_space(file[at]); ++at) broken = broken || file[at] == '\n';
      while (i < text.size() && is_space(text[i])) ++i;
      if (broken && i < text.size()) add_segment(i);
    } else if (text[i] == file[at]) {
      if (text[i] == '\'' && scalar.quoted && file[begin] == '\'') {
        ++at;  // written twice
        add_segment(i);
      }
      ++at;
      ++i;
    } else {
      break;
    }
  }
  return at;
}

}  // namespace agon
