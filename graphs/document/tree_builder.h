#pragma once
#include <yaml-cpp/eventhandler.h>

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/base/error.h"
#include "graphs/document/source_text.h"
#include "graphs/document/yaml.h"

namespace agon {

/// Makes a Yaml tree of yaml-cpp's events. Depth, nodes and aliases are bounded while it grows, so
/// yaml-cpp's recursion is bounded too. Throws ConfigError where going on makes no sense; findings
/// it can go on after are in `diagnostics`.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(const SourceText& source) : source_(source) {}

  Yaml take_root() { return std::move(root_); }
  const Diagnostics& duplicates() const { return duplicates_; }
  /// Calls that `{ }` or `[ ]` cut at a comma or bracket; they explain any syntax error behind
  /// them.
  const Diagnostics& cut_calls() const { return cut_calls_; }

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override { close(); }

 private:
  /// A collection that is still open.
  struct Frame {
    Yaml node;
    YAML::anchor_t anchor = 0;
    bool flow = false;
    int height = 1;  // of the deepest child so far, itself included
    std::size_t nodes = 1;
    std::optional<YamlKey> key;  // waiting for its value
    bool duplicate = false;      // that key was there already
    std::unordered_map<std::string, std::size_t> known;
    std::vector<Yaml> merged;  // values of `<<`
  };
  struct Anchored {
    Yaml node;
    int height = 1;
    std::size_t nodes = 1;
  };

  std::size_t start_of(const YAML::Mark& mark) const;
  void refuse_tag(const std::string& tag, std::size_t position) const;
  void open(Yaml node, const YAML::Mark& mark, YAML::anchor_t anchor, bool flow);
  void close();
  void keep_anchored(const Frame& frame);
  void add(Yaml node, std::size_t position, int height, std::size_t nodes);
  void add_key(const Yaml& node, std::size_t position);
  void count(std::size_t nodes, std::size_t position);
  void check_depth(int height, std::size_t position) const;
  void merge_into(Frame& frame) const;
  void check_escapes(const std::string& value, std::size_t position) const;
  void check_cut(const Yaml& scalar, std::size_t begin, std::size_t end);
  std::string path() const;

  const SourceText& source_;
  Yaml root_;
  bool begun_ = false;
  std::vector<Frame> stack_;
  std::unordered_map<YAML::anchor_t, Anchored> anchored_;
  std::size_t nodes_ = 0;
  std::size_t aliases_ = 0;
  std::size_t anchored_nodes_ = 0;
  Diagnostics duplicates_;
  Diagnostics cut_calls_;
};

}  // namespace agon
