#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "graphs/experiment/experiment.h"
#include "graphs/words/layer.h"

namespace agon {

/// A layer item with its word looked up, its attributes read and `when` decided. Blocks and repeats
/// are lists.
struct BoundLayer {
  enum class Kind {
    Word,      // build
    Compute,   // expression
    List,      // children one after another, in names of their own (a block)
    Inner,     // children one after another, in the names around them (repeat)
    Turn,      // children one after another, reading the names around them (one time of a repeat)
    Residual,  // current + children(current)
  };
  Kind kind = Kind::Word;
  std::string name;  // within its list: `as`, or <word><k>
  std::string word;
  Origin origin;
  std::optional<Text> from;
  std::shared_ptr<const NumberScope> scope;
  BuildLayer build;
  std::optional<Expr> expression;
  std::vector<BoundLayer> children;
  /// A block's arguments that are layers or inputs: its own name for one, and the name outside.
  std::vector<std::pair<std::string, Text>> values;
};

/// The attributes of `repeat`.
const KeyTable& repeat_keys();

/// Layers that the networks of an experiment may have together: blocks in blocks and repeats in
/// repeats multiply.
inline constexpr int kMostLayers = 10'000;

/// Binds a written list. Reports unknown words, wrong attributes, `when` that cannot be decided,
/// names used twice, blocks that call themselves, more layers than `left`, which are taken from it.
/// `scope` sees params, data facts and block arguments that are numbers.
std::vector<BoundLayer> bind_layers(const std::vector<LayerItem>& items,
                                    const std::shared_ptr<const NumberScope>& scope,
                                    const std::vector<BlockSection>& blocks, int& left,
                                    Diagnostics& diagnostics);

/// Judges a block that nothing uses: unknown words, wrong keys and literals.
void look_over_block(const BlockSection& block, const std::vector<BlockSection>& blocks,
                     Diagnostics& diagnostics);

}  // namespace agon
