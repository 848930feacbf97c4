#include "graphs/document/tree_builder.h"

#include <fmt/format.h>
#include <yaml-cpp/mark.h>

#include <algorithm>

#include "engine/base/text.h"
#include "graphs/document/cut_call.h"
#include "graphs/document/reader.h"
#include "graphs/document/scalar_position.h"

namespace agon {

void TreeBuilder::OnDocumentStart(const YAML::Mark& mark) {
  if (begun_) {
    source_.fail_with_caret(static_cast<std::size_t>(mark.pos),
                            "expected the end of the file after the end of its mapping");
  }
  begun_ = true;
}

/// Where a node begins: yaml-cpp's mark is that of its anchor.
std::size_t TreeBuilder::start_of(const YAML::Mark& mark) const {
  const std::string_view text = source_.text();
  auto at = std::min(static_cast<std::size_t>(std::max(mark.pos, 0)), text.size());
  if (at < text.size() && text[at] == '&') {
    at = std::min(text.find_first_of(" \t\r\n", at), text.size());
    at = std::min(text.find_first_not_of(" \t\r\n", at), text.size());
  }
  return at;
}

void TreeBuilder::refuse_tag(const std::string& tag, std::size_t position) const {
  if (tag.empty() || tag == "?" || tag == "!") return;
  source_.fail_with_caret(position, "YAML tags are not part of the language");
}

std::string TreeBuilder::path() const {
  std::string text;
  for (const Frame& frame : stack_) {
    if (frame.key) {
      text = child_path(text, frame.key->text);
    } else if (frame.node.is_sequence()) {
      text = item_path(text, frame.node.items.size());
    }
  }
  return text;
}

void TreeBuilder::count(std::size_t nodes, std::size_t position) {
  nodes_ += nodes;
  if (nodes_ > kMaxYamlNodes) {
    source_.fail(position,
                 fmt::format("{} above {} nodes", aliases_ > 0 ? "alias expansion" : "the file is",
                             thousands_text(static_cast<std::int64_t>(kMaxYamlNodes))));
  }
}

void TreeBuilder::check_depth(int height, std::size_t position) const {
  if (static_cast<int>(stack_.size()) + height > kMaxYamlDepth) {
    source_.fail(position, fmt::format("nesting deeper than {}", kMaxYamlDepth));
  }
}

void TreeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const std::size_t at = start_of(mark);
  Yaml node;
  node.place = source_.place(at);
  count(1, at);
  if (anchor != 0) anchored_[anchor] = {node, 1, 1};
  add(std::move(node), at, 1, 1);
}

void TreeBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
  const std::size_t at = start_of(mark);
  refuse_tag(tag, at);
  count(1, at);
  check_escapes(value, at);
  Yaml node = Yaml::scalar(value, source_.place(at));
  node.quoted = tag == "!";
  const std::size_t end = locate_scalar(source_, at, node);
  const bool is_value = stack_.empty() || stack_.back().node.is_sequence() || stack_.back().key;
  if (!stack_.empty() && stack_.back().flow && !node.quoted) check_cut(node, at, end);
  if (anchor != 0 && is_value) anchored_[anchor] = {node, 1, 1};
  add(std::move(node), at, 1, 1);
}

/// Escapes of double-quoted texts can give what the file itself may not hold.
void TreeBuilder::check_escapes(const std::string& value, std::size_t position) const {
  for (std::size_t i = 0; i < value.size();) {
    const std::size_t length = utf8_length(value, i);
    if (length == 0 || value[i] == '\0') {
      source_.fail_with_caret(position, "an escape in this text gives no character");
    }
    i += length;
  }
}

void TreeBuilder::check_cut(const Yaml& scalar, std::size_t begin, std::size_t end) {
  if (const auto message = cut_call_message(source_.text(), scalar.text, begin, end)) {
    cut_calls_.error(scalar.origin(path()), *message);
  }
}

void TreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const auto at = static_cast<std::size_t>(mark.pos);
  if (++aliases_ > kMaxYamlAliases) {
    source_.fail(at, fmt::format("more than {} aliases", kMaxYamlAliases));
  }
  const auto found = anchored_.find(anchor);
  if (found == anchored_.end()) {
    source_.fail_with_caret(at, "recursive alias: its anchor is still open here");
  }
  const Anchored& anchored = found->second;
  count(anchored.nodes, at);
  check_depth(anchored.height, at);
  add(anchored.node, at, anchored.height, anchored.nodes);
}

void TreeBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                                  YAML::anchor_t anchor, YAML::EmitterStyle::value style) {
  refuse_tag(tag, start_of(mark));
  open(Yaml::sequence(), mark, anchor, style == YAML::EmitterStyle::Flow);
}

void TreeBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value style) {
  refuse_tag(tag, start_of(mark));
  open(Yaml::mapping(), mark, anchor, style == YAML::EmitterStyle::Flow);
}

void TreeBuilder::open(Yaml node, const YAML::Mark& mark, YAML::anchor_t anchor, bool flow) {
  const std::size_t at = start_of(mark);
  count(1, at);
  check_depth(1, at);
  if (!stack_.empty() && stack_.back().node.is_mapping() && !stack_.back().key) {
    source_.fail_with_caret(at, "expected a name as key, got " + described(node));
  }
  node.place = source_.place(at);
  Frame frame;
  frame.node = std::move(node);
  frame.anchor = anchor;
  frame.flow = flow || (!stack_.empty() && stack_.back().flow);
  stack_.push_back(std::move(frame));
}

void TreeBuilder::close() {
  Frame frame = std::move(stack_.back());
  stack_.pop_back();
  merge_into(frame);
  if (frame.node.keys.size() > kMaxYamlKeys) {
    throw ConfigError({{Severity::Error, frame.node.origin(),
                        fmt::format("a mapping of more than {} keys", kMaxYamlKeys)}});
  }
  if (frame.anchor != 0) keep_anchored(frame);
  add(std::move(frame.node), 0, frame.height, frame.nodes);
}

/// Anchors within anchors would keep the same nodes many times.
void TreeBuilder::keep_anchored(const Frame& frame) {
  anchored_nodes_ += frame.nodes;
  if (anchored_nodes_ > kMaxYamlNodes) {
    throw ConfigError({{Severity::Error, frame.node.origin(),
                        fmt::format("anchors above {} nodes",
                                    thousands_text(static_cast<std::int64_t>(kMaxYamlNodes)))}});
  }
  anchored_[frame.anchor] = {frame.node, frame.height, frame.nodes};
}

void TreeBuilder::add(Yaml node, std::size_t position, int height, std::size_t nodes) {
  if (stack_.empty()) {
    root_ = std::move(node);
    return;
  }
  Frame& frame = stack_.back();
  frame.nodes += nodes;
  if (frame.node.is_sequence()) {
    frame.node.items.push_back(std::move(node));
  } else if (!frame.key) {
    add_key(node, position);
    return;
  } else if (frame.key->text == "<<") {
    frame.merged.push_back(std::move(node));
    frame.key.reset();
  } else {
    if (!frame.duplicate) {
      frame.node.keys.push_back(std::move(*frame.key));
      frame.node.items.push_back(std::move(node));
    }
    frame.key.reset();
  }
  frame.height = std::max(frame.height, height + 1);
}

void TreeBuilder::add_key(const Yaml& node, std::size_t position) {
  if (!node.is_scalar()) {
    source_.fail_with_caret(position, "expected a name as key, got " + described(node));
  }
  Frame& frame = stack_.back();
  const auto [first, added] = frame.known.try_emplace(node.text, frame.node.keys.size());
  frame.duplicate = !added && node.text != "<<";
  if (frame.duplicate) {
    const YamlPlace& before = frame.node.keys[first->second].place;
    duplicates_.error(node.origin(path()),
                      fmt::format("duplicate key '{}'; it is already at {}:{}",
                                  printable(node.text), before.line, before.column));
  }
  frame.key = YamlKey{node.text, node.place};
}

void TreeBuilder::merge_into(Frame& frame) const {
  const auto merge_one = [&](const Yaml& from) {
    if (!from.is_mapping()) {
      throw ConfigError(
          {{Severity::Error, from.origin(path()),
            "expected a mapping or a list of mappings after '<<', got " + described(from)}});
    }
    for (std::size_t i = 0; i < from.keys.size(); ++i) {
      if (!frame.known.try_emplace(from.keys[i].text, frame.node.keys.size()).second) continue;
      frame.node.keys.push_back(from.keys[i]);
      frame.node.items.push_back(from.items[i]);
    }
  };
  for (const Yaml& from : frame.merged) {
    if (from.is_sequence()) {
      for (const Yaml& item : from.items) merge_one(item);
    } else {
      merge_one(from);
    }
  }
}

}  // namespace agon
