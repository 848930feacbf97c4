#pragma once
#include <string>
#include <string_view>

namespace agon {

/// The words of the language as Markdown tables, for docs/language.md.
std::string functions_markdown();
std::string layers_markdown();
std::string optimizers_markdown();
std::string metrics_markdown();

/// Text as a cell of a table shows it: `|` escaped.
std::string table_cell(std::string_view text);

}  // namespace agon
