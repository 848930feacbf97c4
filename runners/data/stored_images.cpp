#include "runners/data/stored_images.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "runners/data/failure.h"
#include "runners/data/file_bytes.h"
#include "runners/data/picture.h"

namespace agon {

StoredImages::StoredImages(StoredExamples examples, const DataFacts& facts)
    : examples_(std::move(examples)),
      as_they_are_(examples_.height == facts.height && examples_.width == facts.width &&
                   examples_.channels == facts.channels),
      cache_(as_they_are_ ? 0 : examples_.count(), facts.height * facts.width * facts.channels) {
  facts_ = facts;
  count_ = examples_.count();
}

void StoredImages::image(std::int64_t index, std::span<std::uint8_t> hwc) const {
  const std::int64_t size = examples_.height * examples_.width * examples_.channels;
  const std::uint8_t* from = examples_.pixels.data() + index * size;
  if (as_they_are_) {
    std::copy_n(from, size, hwc.begin());
    return;
  }
  if (cache_.load(index, hwc)) return;
  Picture picture(examples_.height, examples_.width, examples_.channels);
  std::copy_n(from, size, picture.bytes.begin());
  picture = fitted(with_channels(picture, facts_.channels), facts_.height, facts_.width);
  std::ranges::copy(picture.bytes, hwc.begin());
  cache_.store(index, hwc);
}

void StoredImages::labels(std::int64_t index, std::span<std::int32_t> into) const {
  if (!into.empty()) into[0] = examples_.labels[static_cast<std::size_t>(index)];
}

std::vector<DataFile> StoredImages::files() const {
  std::vector<DataFile> files;
  for (const std::string& path : examples_.paths) files.push_back(described_file(path));
  std::ranges::sort(files, {}, &DataFile::path);
  return files;
}

std::vector<std::string> StoredImages::notes() const {
  if (facts_.labels.empty()) return {};
  std::vector<std::int64_t> counts(static_cast<std::size_t>(facts_.classes()));
  for (const std::uint8_t label : examples_.labels) ++counts[label];
  const std::string note = class_balance_note(facts_.labels[0], counts);
  return note.empty() ? std::vector<std::string>{} : std::vector<std::string>{note};
}

void set_shape(const DataSpec& spec, std::int64_t height, std::int64_t width, std::int64_t channels,
               DataFacts& facts) {
  facts.height = spec.height.value_or(height);
  facts.width = spec.width.value_or(width);
  facts.channels = spec.channels.value_or(channels);
  for (const std::int64_t side : {facts.height, facts.width}) {
    if (side < 1 || side > kMostSide) {
      fail_at_key(spec, "size",
                  fmt::format("`size` has a side of {}; want 1 to {}", side, kMostSide));
    }
  }
  if (facts.channels != 1 && facts.channels != 3) {
    fail_at_key(spec, "channels", fmt::format("`channels` is {}; want 1 or 3", facts.channels));
  }
}

const std::string& data_folder(const DataSpec& spec) {
  if (spec.count) {
    fail_at_key(spec, "count",
                fmt::format("`count` is for drawn sets; {} has as many examples as its "
                            "files",
                            spec.source));
  }
  if (spec.path.empty()) {
    fail_at(spec.source_origin,
            fmt::format("{} reads files; `path` must name their folder", spec.source));
  }
  std::error_code error;
  if (!std::filesystem::is_directory(spec.path, error)) {
    const bool denied = error == std::errc::permission_denied;
    throw Error(
        denied ? ExitCode::Permission : ExitCode::NoInput,
        fmt::format("{} '{}'", denied ? "not allowed to read" : "no folder", printable(spec.path)));
  }
  return spec.path;
}

void check_labels(const std::string& path, std::span<const std::uint8_t> labels,
                  std::int64_t classes) {
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= classes) {
      fail_in_file(path,
                   fmt::format("label {} of example {}; want 0 to {}", labels[i], i, classes - 1));
    }
  }
}

std::string class_balance_note(const LabelFacts& facts, std::span<const std::int64_t> counts) {
  if (counts.empty()) return "";
  const auto [least, most] = std::ranges::minmax(counts);
  if (most <= 2 * least) return "";
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const std::string name = facts.class_names.empty() ? std::to_string(i) : facts.class_names[i];
    parts.push_back(fmt::format("{} {}", printable(name), thousands_text(counts[i])));
  }
  return fmt::format("uneven classes: {}", joined(parts));
}

}  // namespace agon
