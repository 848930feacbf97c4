#pragma once
#include <string_view>

#include "graphs/keys/sections.h"

namespace agon {

/// Judges the numbers that turns read (rates, decays, limits), also where nothing will read them.
/// A rate that needs a step, or is wrong otherwise, is left to its turn.
void judge_numbers(const ExperimentSections& sections, const NumberScope& scope,
                   Diagnostics& diagnostics);

/// Refuses `key: [low, high]` where low is not below high.
void expect_rising(std::string_view key, double low, double high, const Origin& origin,
                   Diagnostics& diagnostics);

}  // namespace agon
