#pragma once
#include "engine/base/error.h"
#include "graphs/data_spec.h"

namespace agon {

/// Modes of as many points on a line; where they lie matters to no test of the language.
inline PointModes modes_in_a_row(std::int64_t count) {
  PointModes modes;
  for (std::int64_t i = 0; i < count; ++i) modes.centres.push_back({static_cast<double>(i), 0});
  modes.deviation = 0.1;
  return modes;
}

/// What the drawn sets are, without drawing: for tests of the language alone.
inline DataFacts drawn_facts(const DataSpec& spec) {
  DataFacts facts;
  facts.count = spec.count.value_or(20000);
  facts.test_count = 4000;
  if (spec.source == "rings" || spec.source == "grid") {
    const std::int64_t modes = spec.source == "rings" ? 8 : 25;
    facts.points = true;
    facts.labels = {{"label", modes, 0, {}}};
    facts.modes = modes_in_a_row(modes);
    return facts;
  }
  const bool colour = spec.source == "faces" || spec.source == "shapes";
  const std::int64_t side = spec.source == "faces" ? 64 : spec.source == "digits" ? 28 : 32;
  facts.channels = spec.channels.value_or(colour ? 3 : 1);
  facts.height = spec.height.value_or(side);
  facts.width = spec.width.value_or(facts.height);
  facts.labels = {{"label", 10, 0, {}}};
  if (spec.source == "shapes") {
    facts.labels = {{"label", 6, 0, {}}, {"colour", 8, 0, {}},     {"number", 4, 0, {}},
                    {"scale", 2, 0, {}}, {"background", 3, 0, {}}, {"caption", 30, 6, {}}};
  }
  if (spec.source == "moving_digits") facts.channels = facts.frames = spec.frames.value_or(8);
  return facts;
}

}  // namespace agon
