#include "graphs/document/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "engine/base/sha256.h"

namespace agon {

namespace {

constexpr std::size_t kWidth = 100;

/// Letters, digits and what expressions are made of; safe inside flow style too.
bool is_plain_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_.+-*/^()<>=!;$/~ ").find(c) != std::string_view::npos;
}

bool is_plain(std::string_view text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ') return false;
  const char first = text.front();
  const bool letter = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') ||
                      (first >= '0' && first <= '9') || first == '_' || first == '.' ||
                      first == '(' || first == '/';
  const bool minus = first == '-' && text.size() > 1 && text[1] != ' ' && text[1] != '-';
  if (!letter && !minus) return false;
  if (text == "null" || text == "Null" || text == "NULL" || text.starts_with("...")) return false;
  return std::all_of(text.begin(), text.end(), is_plain_letter);
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

std::string scalar_text(std::string_view text) {
  return is_plain(text) ? std::string(text) : quoted(text);
}

/// The node in flow style, unless it is longer than `room`.
std::optional<std::string> flow_text(const Yaml& node, std::size_t room) {
  if (node.is_null()) return "~";
  if (node.is_scalar()) {
    std::string text = scalar_text(node.text);
    if (text.size() > room) return std::nullopt;
    return text;
  }
  std::string text(1, node.is_mapping() ? '{' : '[');
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    if (i > 0) text += ", ";
    if (node.is_mapping()) text += scalar_text(node.keys[i].text) + ": ";
    if (text.size() > room) return std::nullopt;
    const auto item = flow_text(node.items[i], room - text.size());
    if (!item) return std::nullopt;
    text += *item;
  }
  text += node.is_mapping() ? '}' : ']';
  if (text.size() > room) return std::nullopt;
  return text;
}

bool has_collections(const Yaml& node) {
  return std::any_of(node.items.begin(), node.items.end(),
                     [](const Yaml& item) { return item.is_mapping() || item.is_sequence(); });
}

class Writer {
 public:
  std::string take() { return std::move(text_); }

  /// Writes `node` behind "key:" or "-" (with `column` characters in the line so far); children of
  /// a block are indented by `indent`.
  void value(const Yaml& node, std::size_t indent, std::size_t column) {
    const bool block = node.is_mapping() || node.is_sequence();
    const std::size_t room = kWidth > column + 1 ? kWidth - column - 1 : 0;
    const auto flow = flow_text(node, block ? room : std::string::npos);
    // Lists of layers read better one a line, mappings of sections too.
    const bool deep = block && has_collections(node);
    if (flow && !deep) {
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
          margin + (node.is_mapping() ? scalar_text(node.keys[i].text) + ":" : "-");
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
