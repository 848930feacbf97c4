#pragma once
#include <string>
#include <vector>

#include "graphs/keys/sections.h"

namespace agon {

/// LANGUAGE.md rule 2: params, blocks, networks, variables, step values and losses share one
/// namespace, nothing shadows (block arguments included), and the reserved words are free for
/// nobody. Reports each name taken twice with both lines.
void check_names(const ExperimentSections& sections, Diagnostics& diagnostics);

/// Where `other` is, as a message about `here` says it: "line 5", or "parts/blocks.yaml:5" where
/// that is another file.
std::string place_text(const Origin& other, const Origin& here);
/// Whether both are the same character of a file, by whatever path it was reached.
bool same_place(const Origin& a, const Origin& b);
/// Whether one of the findings is an error there.
bool has_error_at(const std::vector<Diagnostic>& findings, const Origin& place);

}  // namespace agon
