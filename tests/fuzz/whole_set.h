#pragma once
#include "graphs/data_spec.h"

namespace agon {

/// Inspects a source of files in the scratch folder, opens its splits and makes some examples of
/// each. Throws as the source does.
void read_whole_set(const DataSpec& spec);

}  // namespace agon
