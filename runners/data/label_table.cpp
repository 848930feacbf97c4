#include "runners/data/label_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "graphs/document/suggestion.h"
#include "runners/data/failure.h"
#include "runners/data/file_bytes.h"

namespace agon {
namespace {

constexpr std::int64_t kMostBytes = std::int64_t{256} << 20;
constexpr std::size_t kMostMistakes = 20;  // shown; the rest are counted
constexpr std::int64_t kMostClasses = 100'000;

/// Mistakes of a table, shown together.
class Mistakes {
 public:
  explicit Mistakes(const LabelTable& table) : path_(printable(table.path)) {}

  void add(std::int64_t line, const std::string& what) {
    if (++count_ <= kMostMistakes) lines_.push_back(fmt::format("'{}':{}: {}", path_, line, what));
  }
  /// Whether another one would be counted, not shown.
  bool is_full() const { return count_ >= kMostMistakes; }
  void throw_if_any() const {
    if (count_ == 0) return;
    if (count_ == 1) throw Error(ExitCode::Data, lines_[0]);
    std::string text =
        fmt::format("{} mistakes in a table of labels\n  {}", count_, joined(lines_, "\n  "));
    if (count_ > kMostMistakes) text += fmt::format("\n  and {} more", count_ - kMostMistakes);
    throw Error(ExitCode::Data, text);
  }

 private:
  std::string path_;
  std::vector<std::string> lines_;
  std::size_t count_ = 0;
};

/// The cells of each line; a quoted cell may hold commas, quotes written twice, and line ends.
class Cells {
 public:
  Cells(const std::vector<std::uint8_t>& bytes, Mistakes& mistakes)
      : text_(bytes.begin(), bytes.end()), mistakes_(mistakes) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }

  /// The next line that is not empty, or nothing at the end.
  std::optional<LabelTable::Row> next() {
    while (at_ < text_.size()) {
      LabelTable::Row row;
      row.line = line_;
      do {
        row.cells.push_back(cell());
      } while (take(','));
      take('\r');
      if (at_ < text_.size() && !take('\n')) {
        mistakes_.add(line_, "text follows a quoted cell");
        at_ = std::min(text_.size(), text_.find('\n', at_));
        take('\n');
      }
      ++line_;
      if (row.cells.size() > 1 || !row.cells[0].empty()) return row;
    }
    return std::nullopt;
  }

 private:
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::string cell() {
    std::string cell;
    if (!take('"')) {
      while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\n' && text_[at_] != '\r')
        cell.push_back(text_[at_++]);
      return cell;
    }
    const std::int64_t first = line_;
    while (at_ < text_.size()) {
      if (take('"')) {
        if (!take('"')) return cell;
        cell.push_back('"');  // written twice
        continue;
      }
      if (text_[at_] == '\n') ++line_;
      cell.push_back(text_[at_++]);
    }
    mistakes_.add(first, "a quoted cell does not end");
    return cell;
  }

  std::string text_;
  Mistakes& mistakes_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1;
};

bool is_name(const std::string& text) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  if (text.empty() || text.size() > 64 || !letter(text[0])) return false;
  return std::ranges::all_of(text, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

void read_header(const LabelTable::Row& header, LabelTable& table, Mistakes& mistakes) {
  constexpr std::string_view kTaken[] = {"image",  "point", "channels", "size",
                                         "height", "width", "classes",  "count"};
  if (header.cells.size() < 2)
    mistakes.add(header.line, "a table has a column of file names and at least one of labels");
  std::set<std::string> names;
  for (std::size_t i = 1; i < header.cells.size(); ++i) {
    const std::string& name = header.cells[i];
    if (!is_name(name)) {
      mistakes.add(header.line, fmt::format("'{}' is no name of a column of labels; want letters, "
                                            "digits and _",
                                            printable(name)));
    } else if (std::ranges::find(kTaken, name) != std::end(kTaken)) {
      mistakes.add(header.line,
                   fmt::format("a column cannot be called '{}', which data has already", name));
    } else if (!names.insert(name).second) {
      mistakes.add(header.line, fmt::format("two columns are called '{}'", name));
    }
    table.names.push_back(name);
  }
}

std::optional<std::int64_t> whole_number(const std::string& cell) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc() || end != cell.data() + cell.size() || value < 0) return std::nullopt;
  return value;
}

/// The class a cell names; nothing, and a mistake, where it names none.
std::optional<std::int32_t> class_of(const LabelFacts& list, const std::string& cell,
                                     std::int64_t line, Mistakes& mistakes) {
  if (list.class_names.empty()) {
    const auto number = whole_number(cell);
    if (number && *number < list.classes) return static_cast<std::int32_t>(*number);
    mistakes.add(line, fmt::format("{} '{}'; want a whole number from 0 to {}", list.name,
                                   printable(cell), list.classes - 1));
    return std::nullopt;
  }
  const auto at = std::ranges::lower_bound(list.class_names, cell);
  if (at != list.class_names.end() && *at == cell)
    return static_cast<std::int32_t>(at - list.class_names.begin());
  const std::string meant = mistakes.is_full() ? "" : suggestion(cell, list.class_names);
  mistakes.add(line, fmt::format("{} '{}' is none of the training table's{}", list.name,
                                 printable(cell), meant));
  return std::nullopt;
}

/// The table of the test pictures has the columns of the training table.
void expect_columns(const LabelTable& table, const std::vector<LabelFacts>& lists) {
  if (std::ranges::equal(table.names, lists, {}, {}, &LabelFacts::name)) return;
  std::vector<std::string> expected;
  for (const LabelFacts& list : lists) expected.push_back(list.name);
  fail_in_file(table.path, fmt::format("columns of labels {}; the training table has {}",
                                       joined(table.names), joined(expected)));
}

}  // namespace

LabelTable read_label_table(const std::string& path) {
  LabelTable table;
  table.path = path;
  Mistakes mistakes(table);
  const std::vector<std::uint8_t> bytes = read_bytes(path, kMostBytes);
  Cells cells(bytes, mistakes);
  const auto header = cells.next();
  if (!header) fail_in_file(path, "an empty table");
  read_header(*header, table, mistakes);
  std::map<std::string, std::int64_t> seen;
  while (auto row = cells.next()) {
    if (row->cells.size() != header->cells.size()) {
      mistakes.add(row->line, fmt::format("{} cells; the header has {}", row->cells.size(),
                                          header->cells.size()));
      continue;
    }
    if (std::ranges::find(row->cells, "") != row->cells.end())
      mistakes.add(row->line, "an empty cell");
    row->file = row->cells[0];
    row->cells.erase(row->cells.begin());
    const auto [at, is_new] = seen.emplace(row->file, row->line);
    if (!is_new) {
      mistakes.add(row->line, fmt::format("'{}' has a row already, line {}", printable(row->file),
                                          at->second));
    }
    table.rows.push_back(std::move(*row));
  }
  mistakes.throw_if_any();
  return table;
}

std::vector<LabelFacts> label_lists(const LabelTable& table) {
  Mistakes mistakes(table);
  std::vector<LabelFacts> lists;
  for (std::size_t column = 0; column < table.names.size(); ++column) {
    LabelFacts& list = lists.emplace_back(LabelFacts{table.names[column], 0, 0, {}});
    const bool numbers = std::ranges::all_of(table.rows, [&](const LabelTable::Row& row) {
      return whole_number(row.cells[column]).has_value();
    });
    std::set<std::string> words;
    for (const LabelTable::Row& row : table.rows) {
      if (!numbers) {
        words.insert(row.cells[column]);
        continue;
      }
      const std::int64_t number = *whole_number(row.cells[column]);
      if (number >= kMostClasses) {
        mistakes.add(row.line,
                     fmt::format("{} {}; labels are below {}", list.name, number, kMostClasses));
      }
      list.classes = std::max(list.classes, number + 1);
    }
    if (!numbers) {
      list.class_names.assign(words.begin(), words.end());
      list.classes = std::ssize(list.class_names);
    }
  }
  mistakes.throw_if_any();
  return lists;
}

void apply_labels(const LabelTable& table, const std::vector<LabelFacts>& lists,
                  FolderListing& listing) {
  expect_columns(table, lists);
  Mistakes mistakes(table);
  std::map<std::string_view, FolderPicture*> pictures;
  for (FolderPicture& picture : listing.pictures) pictures.emplace(picture.inside, &picture);
  for (const LabelTable::Row& row : table.rows) {
    const auto at = pictures.find(row.file);
    if (at == pictures.end()) {
      mistakes.add(row.line, fmt::format("no picture '{}' in the folder", printable(row.file)));
      continue;
    }
    FolderPicture& picture = *at->second;
    pictures.erase(at);
    for (std::size_t i = 0; i < lists.size(); ++i) {
      const auto label = class_of(lists[i], row.cells[i], row.line, mistakes);
      picture.labels.push_back(label.value_or(0));
    }
  }
  const std::int64_t last = table.rows.empty() ? 1 : table.rows.back().line;
  for (const auto& [name, picture] : pictures)
    mistakes.add(last, fmt::format("no row for '{}'", printable(picture->inside)));
  mistakes.throw_if_any();
}

}  // namespace agon
