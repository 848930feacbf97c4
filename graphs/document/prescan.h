#pragma once
#include <cstddef>
#include <optional>

#include "graphs/document/source_text.h"

namespace agon {

/// A first look at a YAML text, line by line, before yaml-cpp sees it: refuses with a position what
/// would cost it time or memory (flow collections nested deeper than kMaxYamlDepth, lists with more
/// than kMaxYamlNodes items), what it reads wrongly or explains badly (tabs as indentation, tags,
/// directives, quotes never closed) and a second document. It knows just enough of YAML for that:
/// quotes, comments, block and plain scalars over several lines. Returns where the innermost
/// bracket begins that is never closed, if there is one.
std::optional<std::size_t> prescan(const SourceText& source);

}  // namespace agon
