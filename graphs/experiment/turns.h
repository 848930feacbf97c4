#pragma once
#include <set>
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

/// Adds to `losses` those that these turns name, in what they minimize and in their rates, through
/// step values and other losses too.
void collect_turn_losses(const System& system, const std::vector<DrawTurns>& draws,
                         std::set<std::string>& losses);

/// "one step = 5 draws of 64 images, 6 updates: c, c, c, c, c g".
std::string reading_text(const System& system, const std::vector<DrawTurns>& draws);

}  // namespace agon
