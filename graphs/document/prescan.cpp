#include "graphs/document/prescan.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "engine/base/text.h"
#include "graphs/document/reader.h"

namespace agon {

namespace {

constexpr std::size_t kNone = std::string_view::npos;

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

class Prescan {
 public:
  explicit Prescan(const SourceText& source) : source_(source), text_(source.text()) {}

  std::optional<std::size_t> run() {
    for (std::size_t line = 0; line < source_.line_count(); ++line) {
      at_ = begin_ = source_.line_begin(line);
      end_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
      scan_line(line);
    }
    if (quote_ != 0) source_.fail_with_caret(quote_begin_, "this quote is never closed");
    return open_.empty() ? std::nullopt : std::optional(open_.back());
  }

 private:
  bool at_end() const { return at_ >= end_; }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < end_ ? text_[at_ + ahead] : '\n'; }
  bool blank_or_end(std::size_t ahead) const {
    return at_ + ahead >= end_ || is_blank(text_[at_ + ahead]);
  }
  void skip_blanks() {
    while (!at_end() && is_blank(text_[at_])) ++at_;
  }

  void scan_line(std::size_t line) {
    if (quote_ != 0) {
      scan_quoted();
      if (quote_ == 0) scan_tokens();
      return;
    }
    while (peek() == ' ') ++at_;
    const std::size_t indent = at_ - begin_;
    if (in_block_scalar_ && continues_block_scalar(indent)) return;
    if (depth_ == 0 && is_document_marker(line)) return;
    skip_blanks();
    if (at_end()) return;
    if (peek() == '#') {
      plain_open_ = false;
      return;
    }
    if (depth_ == 0 && at_ - begin_ != indent && !(plain_open_ && indent >= plain_indent_)) {
      source_.fail_with_caret(begin_ + indent, "a tab indents this line; YAML takes only spaces");
    }
    content_seen_ = true;
    if (depth_ == 0 && plain_open_ && indent >= plain_indent_) {
      scan_plain();
    } else {
      if (depth_ == 0) token_indent_ = indent;
      plain_open_ = false;
    }
    scan_tokens();
  }

  bool continues_block_scalar(std::size_t indent) {
    if (at_end()) return true;
    if (block_indent_ == kNone && indent >= block_least_) block_indent_ = indent;
    if (block_indent_ != kNone && indent >= block_indent_) return true;
    in_block_scalar_ = false;
    return false;
  }

  bool is_document_marker(std::size_t line) {
    const std::string_view rest = text_.substr(begin_, end_ - begin_);
    if (rest.starts_with("%") && !plain_open_) {
      source_.fail_with_caret(begin_, "YAML directives are not part of the language");
    }
    const bool start = rest.starts_with("---");
    if ((!start && !rest.starts_with("...")) || (rest.size() > 3 && !is_blank(rest[3]))) {
      if (ended_ && rest.find_first_not_of(" \t") != kNone &&
          rest[rest.find_first_not_of(" \t")] != '#') {
        second_document(line);
      }
      return false;
    }
    if (start && (content_seen_ || started_)) second_document(line);
    started_ = started_ || start;
    ended_ = ended_ || !start;
    plain_open_ = false;
    at_ = begin_ + 3;
    token_indent_ = 0;
    scan_tokens();
    return true;
  }

  [[noreturn]] void second_document(std::size_t line) {
    source_.fail(begin_,
                 fmt::format("line {} starts a second document; a file holds one", line + 1));
  }

  /// From the start of a token, or between tokens, to the end of the line.
  void scan_tokens() {
    while (true) {
      skip_blanks();
      if (at_end()) return;
      const char c = peek();
      if (c == '#' && (at_ == begin_ || is_blank(text_[at_ - 1]))) return;
      content_seen_ = true;
      if (depth_ > 0 && scan_flow_mark(c)) continue;
      if (c == '[' || c == '{') {
        open_flow();
      } else if (c == '"' || c == '\'') {
        quote_ = c;
        quote_begin_ = at_;
        ++at_;
        scan_quoted();
        if (quote_ != 0) return;
      } else if (c == '!') {
        source_.fail_with_caret(at_,
                                "YAML tags are not part of the language; quote a text that "
                                "begins with '!'");
      } else if (c == '&' || c == '*') {
        while (!at_end() && !is_blank(peek()) && !(depth_ > 0 && is_flow_mark(peek()))) ++at_;
      } else if (depth_ == 0 && (c == '|' || c == '>')) {
        in_block_scalar_ = true;
        block_indent_ = kNone;
        block_least_ = token_indent_ + 1;
        return;
      } else if ((c == '-' || c == '?' || c == ':') && blank_or_end(1)) {
        if (depth_ == 0 && c != ':') token_indent_ = at_ - begin_;
        if (c == '-') count_item();
        ++at_;
        if (at_end()) return;
      } else {
        plain_open_ = true;
        const std::size_t start = at_ - begin_;
        plain_indent_ = depth_ == 0 ? token_indent_ + (at_ > begin_ + token_indent_ ? 1 : 0) : 0;
        scan_plain();
        if (depth_ == 0 && !plain_open_) token_indent_ = start;  // it was a key
      }
    }
  }

  static bool is_flow_mark(char c) {
    return c == ',' || c == '[' || c == ']' || c == '{' || c == '}';
  }

  bool scan_flow_mark(char c) {
    if (c == ']' || c == '}') {
      --depth_;
      open_.pop_back();
    } else if (c == ',') {
      count_item();
    } else {
      return false;
    }
    plain_open_ = false;
    ++at_;
    return true;
  }

  void open_flow() {
    open_.push_back(at_);
    if (++depth_ > kMaxYamlDepth) {
      source_.fail(at_, fmt::format("nesting deeper than {}", kMaxYamlDepth));
    }
    count_item();
    ++at_;
  }

  void count_item() {
    if (++items_ > kMaxYamlNodes) {
      source_.fail(at_, fmt::format("more than {} nodes",
                                    thousands_text(static_cast<std::int64_t>(kMaxYamlNodes))));
    }
  }

  /// To the end of the quoted text, or of the line.
  void scan_quoted() {
    for (; !at_end(); ++at_) {
      if (quote_ == '"' && peek() == '\\') {
        ++at_;
      } else if (peek() == quote_) {
        if (quote_ == '\'' && peek(1) == '\'') {
          ++at_;
          continue;
        }
        ++at_;
        quote_ = 0;
        return;
      }
    }
    at_ = end_;
  }

  /// To the end of a plain text in this line: at ": ", " #", and in flow style at its marks.
  void scan_plain() {
    for (; !at_end(); ++at_) {
      const char c = peek();
      if (depth_ > 0 && is_flow_mark(c)) break;
      if (c == '#' && at_ > begin_ && is_blank(text_[at_ - 1])) break;
      if (c == ':' && (blank_or_end(1) || (depth_ > 0 && is_flow_mark(peek(1))))) {
        plain_open_ = false;
        ++at_;
        return;
      }
    }
  }

  const SourceText& source_;
  std::string_view text_;
  std::size_t begin_ = 0;  // of the line
  std::size_t end_ = 0;
  std::size_t at_ = 0;
  int depth_ = 0;                  // of flow collections
  std::vector<std::size_t> open_;  // where each of them begins
  std::size_t items_ = 0;
  std::size_t quote_begin_ = 0;
  char quote_ = 0;                // the open quote, over lines
  bool plain_open_ = false;       // a plain text may go on in the next line
  std::size_t plain_indent_ = 0;  // if that is indented at least so far
  std::size_t token_indent_ = 0;  // column of the innermost key or dash of the line
  bool in_block_scalar_ = false;
  std::size_t block_indent_ = kNone;  // known from its first line on
  std::size_t block_least_ = 0;
  bool content_seen_ = false;
  bool started_ = false;
  bool ended_ = false;
};

}  // namespace

std::optional<std::size_t> prescan(const SourceText& source) {
  return Prescan(source).run();
}

}  // namespace agon
