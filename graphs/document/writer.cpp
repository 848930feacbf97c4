#include "graphs/document/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "engine/base/sha256.h"

namespace agon {

namespace {

constexpr std::size_t kWidth = 100;

/// Which style a scalar stands in: within `[ ]` or `{ }`, or on the rest of its line.
enum class Style { Flow, Block };

/// Letters, digits and what expressions are made of; commas and brackets mean something in flow
/// style.
bool is_plain_letter(char c, Style style) {
  if (style == Style::Block && std::string_view(",[]").find(c) != std::string_view::npos)
    return true;
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_.+-*/^()<>=!;$/~ ").find(c) != std::string_view::npos;
}

bool is_plain(std::string_view text, Style style) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ') return false;
  const char first = text.front();
  const bool letter = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') ||
                      (first >= '0' && first <= '9') || first == '_' || first == '.' ||
                      first == '(' || first == '/';
  const bool minus = first == '-' && text.size() > 1 && text[1] != ' ' && text[1] != '-';
  if (!letter && !minus) return false;
  if (text == "null" || text == "Null" || text == "NULL" || text.starts_with("...")) return false;
  // An open parenthesis before a comma reads as a call that YAML cut.
  const auto open = std::count(text.begin(), text.end(), '(');
  if (open != std::count(text.begin(), text.end(), ')')) return false;
  return std::all_of(text.begin(), text.end(), [=](char c) { return is_plain_letter(c, style); });
}

/// Double quotes, with escapes only for what cannot stand for itself.
std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      result += fmt::format("\\x{:02x}", byte);
    } else {
      result += c;
    }
  }
  return result + "\"";
}

std::string scalar_text(std::string_view text, Style style) {
  return is_plain(text, style) ? std::string(text) : quoted(text);
}

/// The node in flow style, unless it is longer than `room`.
std::optional<std::string> flow_text(const Yaml& node, std::size_t room) {
  if (node.is_null()) return "~";
  if (node.is_scalar()) {
    std::string text = scalar_text(node.text, Style::Flow);
    if (text.size() > room) return std::nullopt;
    return text;
  }
  std::string text(1, node.is_mapping() ? '{' : '[');
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    if (i > 0) text += ", ";
    if (node.is_mapping()) text += scalar_text(node.keys[i].text, Style::Flow) + ": ";
    if (text.size() > room) return std::nullopt;
    const auto item = flow_text(node.items[i], room - text.size());
    if (!item) return std::nullopt;
    text += *item;
  }
  text += node.is_mapping() ? '}' : ']';
  if (text.size() > room) return std::nullopt;
  return text;
}

/// One item a line reads better: layers, sections of sections, expressions that need quotes
/// in flow style only.
bool reads_better_in_lines(const Yaml& node) {
  return std::any_of(node.items.begin(), node.items.end(), [&](const Yaml& item) {
    if (item.is_mapping() || item.is_sequence()) return true;
    return node.is_mapping() && item.is_scalar() && !is_plain(item.text, Style::Flow) &&
           is_plain(item.text, Style::Block);
  });
}

class Writer {
 public:
  std::string take() { return std::move(text_); }

  /// Writes `node` behind "key:" or "-" (with `column` characters in the line so far); children of
  /// a block are indented by `indent`.
  void value(const Yaml& node, std::size_t indent, std::size_t column) {
    if (node.is_scalar()) {
      text_ += ' ' + scalar_text(node.text, Style::Block) + '\n';
      return;
    }
    const auto flow = flow_text(node, kWidth > column + 1 ? kWidth - column - 1 : 0);
    if (flow && !reads_better_in_lines(node)) {
      text_ += ' ' + *flow + '\n';
    } else if (node.items.empty()) {
      text_ += node.is_mapping() ? " {}\n" : " []\n";
    } else {
      text_ += '\n';
      children(node, indent);
    }
  }

  void children(const Yaml& node, std::size_t indent) {
    const std::string margin(indent, ' ');
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const std::string lead =
          margin + (node.is_mapping() ? scalar_text(node.keys[i].text, Style::Flow) + ":" : "-");
      text_ += lead;
      const Yaml& item = node.items[i];
      const auto flow = node.is_sequence() && lead.size() < kWidth
                            ? flow_text(item, kWidth - lead.size() - 1)
                            : std::nullopt;
      if (flow) {
        text_ += ' ' + *flow + '\n';
      } else {
        value(item, indent + 2, lead.size());
      }
    }
  }

 private:
  std::string text_;
};

/// Kinds, texts and keys without any layout: lengths make it unambiguous.
void append_content(const Yaml& node, std::string& text) {
  static constexpr std::string_view kLetters = "~s[{";
  text += kLetters[static_cast<std::size_t>(node.kind)];
  if (node.is_scalar()) {
    text += fmt::format("{}:{}", node.text.size(), node.text);
  } else if (!node.is_null()) {
    text += fmt::format("{}:", node.items.size());
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      if (node.is_mapping()) {
        text += fmt::format("{}:{}", node.keys[i].text.size(), node.keys[i].text);
      }
      append_content(node.items[i], text);
    }
  }
}

}  // namespace

std::string to_yaml(const Yaml& node) {
  Writer writer;
  if (node.items.empty()) return *flow_text(node, std::string::npos) + "\n";
  writer.children(node, 0);
  return writer.take();
}

std::string config_hash(const Yaml& node) {
  std::string text = "agon-config/1\n";
  append_content(node, text);
  return hex_text(sha256(text));
}

}  // namespace agon
