#pragma once
#include "graphs/data_spec.h"

namespace agon {

/// What a source is, as inspect_data says it of sets that the program draws. Sets of files are
/// taken for small ones that are there, so that no path an experiment names is opened.
DataFacts invented_facts(const DataSpec& spec);

}  // namespace agon
