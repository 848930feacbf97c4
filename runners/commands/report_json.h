#pragma once
#include <nlohmann/json.hpp>
#include <vector>

#include "engine/base/error.h"
#include "graphs/data_spec.h"

namespace agon {

/// Findings as a JSON list: severity, file, line and column (0 where there is no place), path,
/// message.
nlohmann::ordered_json diagnostics_json(const std::vector<Diagnostic>& diagnostics);

/// What a source holds, as a JSON object.
nlohmann::ordered_json source_json(const DataSpec& spec, const DataFacts& facts);

}  // namespace agon
