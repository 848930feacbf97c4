#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "runners/data/data_set.h"
#include "runners/data/example_cache.h"

namespace agon {

/// What a file reader read of one split.
struct StoredExamples {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;
  std::vector<std::uint8_t> pixels;  // [count, height, width, channels]
  std::vector<std::uint8_t> labels;  // [count], or empty
  std::vector<std::string> paths;    // of the files

  std::int64_t count() const { return std::ssize(pixels) / (height * width * channels); }
};

/// Pictures held in memory as their files have them, fitted to the facts' size and channels when
/// they differ.
class StoredImages : public DataSet {
 public:
  StoredImages(StoredExamples examples, const DataFacts& facts);

  void image(std::int64_t index, std::span<std::uint8_t> hwc) const override;
  void labels(std::int64_t index, std::span<std::int32_t> into) const override;
  std::vector<DataFile> files() const override;
  std::vector<std::string> notes() const override;

 private:
  StoredExamples examples_;
  bool as_they_are_;
  mutable ExampleCache cache_;
};

/// Takes `size` and `channels` of the spec over those of the files. Throws ConfigError at values no
/// picture can have.
void set_shape(const DataSpec& spec, std::int64_t height, std::int64_t width, std::int64_t channels,
               DataFacts& facts);

/// `path` of a source that reads files. Throws ConfigError where there is none, or where the spec
/// has keys only other sources know; Error(NoInput) if it is not a directory.
const std::string& data_folder(const DataSpec& spec);

/// Throws Error(Data) naming the first label that is not below `classes`.
void check_labels(const std::string& path, std::span<const std::uint8_t> labels,
                  std::int64_t classes);

/// "uneven classes: cat 10, dog 1,200" where the largest class has more than twice the examples of
/// the smallest; "" otherwise.
std::string class_balance_note(const LabelFacts& facts, std::span<const std::int64_t> counts);

}  // namespace agon
