#pragma once
#include "graphs/keys/sections.h"

namespace agon {

/// Reports keys that the language has and this version does not act on, so that none is ignored in
/// silence.
void check_supported(const ExperimentSections& sections, Diagnostics& diagnostics);

}  // namespace agon
