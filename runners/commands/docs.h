#pragma once
#include <string>

namespace agon {

/// Fills the parts of a page between `<!-- generated: NAME -->` and `<!-- end -->` from the code:
/// layers, functions, optimizers, initials, keys, ops. Throws Error(Data) for an unknown NAME (with
/// the nearest) or a part without end.
std::string with_generated_parts(const std::string& page);

}  // namespace agon
