#pragma once
#include "graphs/keys/sections.h"

namespace agon {

/// Reports what this version does not act on, so that nothing is ignored in silence: a newer
/// version of the language, a second accelerator, `extends` where it is read no more.
void check_supported(const ExperimentSections& sections, Diagnostics& diagnostics);

}  // namespace agon
