#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "engine/base/origin.h"
#include "graphs/terms/tensor.h"

namespace agon {

/// What building a training step learns for the checks of LANGUAGE.md rule 14 (checks.h).
struct Findings {
  /// A summand of what optimizers minimize, as written.
  struct Summand {
    Origin origin;
    std::string text;
    std::optional<double> constant;
    bool reaches = false;  // its gradient reaches what one of its optimizers updates
    std::string optimizer;
    std::string targets;  // what that optimizer updates
  };
  /// By file, line and column.
  std::map<std::tuple<std::string, int, int>, Summand> summands;

  /// A picture or point of known range given to an input of a network in training: an example of
  /// the data, or what a network made.
  struct Fed {
    std::string network;
    std::string input;
    Tensor::Bounds bounds;
    std::string text;
    Origin origin;
    bool made = false;  // by a network
  };
  std::vector<Fed> fed;

  /// Variables to which a gradient came.
  std::set<std::string> reached;
  /// Arguments that do not fit, as "network.input: what made them": said at their first use.
  std::set<std::string> refused;
  /// Whether some `update:` names what is not there: what it meant is not left without an owner.
  bool unknown_target = false;
  /// Optimizers that have a turn.
  std::set<std::string> turns;
};

}  // namespace agon
