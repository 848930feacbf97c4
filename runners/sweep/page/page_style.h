#pragma once

namespace agon {

/// The page's style sheet, for light and dark.
extern const char* const kPageStyle;

}  // namespace agon
