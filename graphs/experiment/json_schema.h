#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "graphs/keys/keys.h"

namespace agon {

/// The JSON Schema (draft 2020-12) of experiment files and parts, made of the tables that read and
/// document them. A file with `agon:` and without `extends:` must have every required key; others
/// may leave keys out, remove them with null and change layer lists by name. Names of the user's,
/// expressions and shapes are left to `agon check`.
nlohmann::ordered_json experiment_json_schema();

/// That of another kind of file, which no other completes, made of its table.
nlohmann::ordered_json file_json_schema(const KeyTable& keys, const std::string& title);

}  // namespace agon
