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
  const bool faces = spec.source == "faces";
  facts.channels = spec.channels.value_or(faces ? 3 : 1);
  facts.height = spec.height.value_or(faces ? 64 : 28);
  facts.width = spec.width.value_or(facts.height);
  facts.labels = {{"label", 10, 0, {}}};
  return facts;
}

}  // namespace agon
