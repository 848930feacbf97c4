#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace agon {

/// Text of somebody's file between tags or in a quoted attribute: always UTF-8, control characters
/// other than newlines shown as \xNN, nothing in it is markup.
std::string html_text(std::string_view text);

/// JSON to stand in a <script>: nothing in it ends that, whatever its strings hold.
std::string script_json(const nlohmann::ordered_json& json);

}  // namespace agon
