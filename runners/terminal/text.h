#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace agon {

/// "8 s", "3 min 12 s", "2 h 05 min", "1 d 3 h".
std::string duration_text(double seconds);

/// Four figures, so that columns of losses stay narrow: "0.6931", "12.35", "1.2e-07".
std::string figure_text(double value);

/// "1 step", "20,000 steps".
std::string counted_text(std::int64_t count, const std::string& thing);

/// "12.3 M", "1.2 G": with decimal prefixes, for operations and parameters.
std::string scaled_text(double value);

/// Rows set in columns two blanks apart; columns named in `right` end flush, others begin flush. No
/// blanks at line ends, no newline after the last row.
std::string table_text(const std::vector<std::vector<std::string>>& rows,
                       const std::vector<std::size_t>& right = {}, const std::string& indent = "");

}  // namespace agon
