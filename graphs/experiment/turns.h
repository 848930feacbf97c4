#pragma once
#include <string>
#include <vector>

#include "graphs/experiment/system.h"

namespace agon {

/// Turns (optimizers by name) that share one draw: one batch, one set of step values.
using DrawTurns = std::vector<std::string>;

/// `train.order` as draws (LANGUAGE.md rule 5): a turn whose optimizer already had one in this draw
/// starts a new one. Without `order` each optimizer has one turn, in file order. Reports unknown
/// optimizers and counts that are not whole.
std::vector<DrawTurns> read_order(System& system);

/// "one step = 5 draws of 64 images, 6 updates: c, c, c, c, c g".
std::string reading_text(const System& system, const std::vector<DrawTurns>& draws);

}  // namespace agon
