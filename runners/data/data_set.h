#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "graphs/data_spec.h"

namespace agon {

enum class Split { Train, Validate, Test };

/// A file that decides what a set holds, for the lock.
struct DataFile {
  std::string path;
  std::int64_t bytes = 0;
  std::string sha256;
};

/// One split of a source: examples by index, each a pure function of the files (or of the drawing
/// rules) and its index. Safe to call from several threads.
class DataSet {
 public:
  virtual ~DataSet() = default;
  const DataFacts& facts() const { return facts_; }
  std::int64_t count() const { return count_; }

  /// Bytes [height, width, channels] of example `index` (sets of images). Throws Error(Data) naming
  /// the file when it cannot be decoded.
  virtual void image(std::int64_t index, std::span<std::uint8_t> hwc) const;
  /// Two coordinates (sets of points).
  virtual void point(std::int64_t index, std::span<float> xy) const;
  /// Every list of facts().labels, one after another: facts().label_numbers() numbers.
  virtual void labels(std::int64_t index, std::span<std::int32_t> into) const;
  /// Of the list `label`; 0 where there are no labels.
  std::int32_t label(std::int64_t index) const;
  /// Every file read, sorted by path; empty for drawn sets.
  virtual std::vector<DataFile> files() const { return {}; }
  /// Makes every example once. Throws Error(Data) naming all files that cannot be decoded.
  virtual void check() const {}
  /// What a user should know: files skipped and why, conversions made so far (in a whole set after
  /// check()), examples per class where they are uneven. One line each, no full stop.
  virtual std::vector<std::string> notes() const { return {}; }

 protected:
  DataFacts facts_;
  std::int64_t count_ = 0;
};

/// What the source is, from names and headers alone: fast enough for `agon check` (no drawing, no
/// decoding but of one picture's header). Throws ConfigError at the spec's origins (unknown source
/// with the nearest name, size or channels the source cannot give) or Error (NoInput, Data).
DataFacts inspect_data(const DataSpec& spec);

/// Opens a split. Folder and file sets check sizes, magic numbers and labels here.
std::unique_ptr<DataSet> open_data(const DataSpec& spec, Split split);

/// What makes a set hardly worth training on, a line each: a single example, examples that are all
/// equal, pictures of one flat colour. Looks at 100 examples spread over the set.
std::vector<std::string> data_warnings(const DataSet& set);

/// A class's name, or its number where the list has no names.
std::string class_name(const LabelFacts& list, std::int64_t label);
/// A row of words as a text: "two small red circles".
std::string words_text(const LabelFacts& list, std::span<const std::int32_t> row);

/// The names `source:` may have, in the order of the docs.
std::vector<std::string> data_source_names();

}  // namespace agon
