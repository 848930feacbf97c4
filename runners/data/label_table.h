#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "graphs/data_spec.h"
#include "runners/data/folder_listing.h"

namespace agon {

/// A CSV table of labels: a header, then a row for each picture with the file's name, relative to
/// the folder, and a cell for each list of labels. Cells with commas or quotes stand in double
/// quotes; a BOM and CRLF are fine; the file is UTF-8.
struct LabelTable {
  struct Row {
    std::string file;
    std::vector<std::string> cells;
    std::int64_t line = 0;
  };
  std::string path;
  std::vector<std::string> names;  // of the lists: the header without its first cell
  std::vector<Row> rows;
};

/// Throws Error(Data) with every mistake as 'path':line: no header, a name that is none or taken, a
/// row with too many or too few cells, an empty cell, a file named twice.
LabelTable read_label_table(const std::string& path);

/// The lists of a table: numbers where every cell of a column is a whole number, classes 0 to the
/// largest; otherwise words, classes in the order of their bytes.
std::vector<LabelFacts> label_lists(const LabelTable& table);

/// Gives every picture of the listing its row of numbers. Throws Error(Data) for columns that are
/// not those of `lists`, and with every mistake: rows without a picture, pictures without a row,
/// words and numbers that are no class of `lists`.
void apply_labels(const LabelTable& table, const std::vector<LabelFacts>& lists,
                  FolderListing& listing);

}  // namespace agon
