#pragma once
#include "engine/base/error.h"
#include "graphs/data_spec.h"

namespace agon {

/// What the drawn sets are, without drawing: for tests of the language alone.
inline DataFacts drawn_facts(const DataSpec& spec) {
  DataFacts facts;
  facts.count = spec.count.value_or(20000);
  facts.test_count = 4000;
  if (spec.source == "rings") {
    facts.points = true;
    facts.labels = {{"label", 8, 0, {}}};
    facts.modes = {{{2, 0}, {0, 2}, {-2, 0}, {0, -2}}, 0.02};
    return facts;
  }
  if (spec.source == "grid") {
    facts.points = true;
    facts.labels = {{"label", 25, 0, {}}};
    facts.modes = {{{-4, -4}, {0, 0}, {4, 4}}, 0.05};
    return facts;
  }
  const bool faces = spec.source == "faces";
  const bool shapes = spec.source == "shapes";
  const bool moving = spec.source == "moving_digits";
  facts.channels = spec.channels.value_or(faces || shapes ? 3 : 1);
  facts.height = spec.height.value_or(faces ? 64 : shapes || moving ? 32 : 28);
  facts.width = spec.width.value_or(facts.height);
  facts.labels = {{"label", 10, 0, {}}};
  if (shapes) {
    facts.labels = {{"label", 6, 0, {}}, {"colour", 8, 0, {}},     {"number", 4, 0, {}},
                    {"scale", 2, 0, {}}, {"background", 3, 0, {}}, {"caption", 30, 6, {}}};
  }
  if (moving) facts.channels = facts.frames = spec.frames.value_or(8);
  return facts;
}

}  // namespace agon
