#pragma once
#include "engine/ir/graph.h"

namespace agon {

/// Which values share memory: a view lies where what it looks at lies.
class Storage {
 public:
  /// Without `views` every value has its own.
  explicit Storage(bool views) : views_(views) {}

  bool is_view(const Node& node) const;
  /// The value whose memory `v` uses: `v` itself, or what the views above it look at.
  Value root(Value v) const;

 private:
  bool views_;
};

/// Inputs, variables and constants: they hold their values before the first instruction.
bool is_leaf(const Node& node);

}  // namespace agon
