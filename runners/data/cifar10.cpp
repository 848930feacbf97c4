#include <fmt/format.h>

#include <filesystem>
#include <string_view>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "runners/data/failure.h"
#include "runners/data/file_bytes.h"
#include "runners/data/source.h"
#include "runners/data/stored_images.h"

namespace agon {
namespace {

constexpr std::int64_t kClasses = 10;
constexpr std::int64_t kSide = 32;
constexpr std::int64_t kPlane = kSide * kSide;
constexpr std::int64_t kRecord = 1 + 3 * kPlane;  // label, then the R, G and B planes
constexpr std::int64_t kMostBytes = std::int64_t{1} << 30;
constexpr std::int64_t kMostNames = 4096;  // bytes

struct Found {
  std::vector<std::string> train;
  std::vector<std::string> test;
};

Found find(const DataSpec& spec) {
  const std::string& folder = data_folder(spec);
  Found found;
  for (int i = 1; i <= 5; ++i) {
    const std::string path = fmt::format("{}/data_batch_{}.bin", folder, i);
    if (std::filesystem::exists(path)) found.train.push_back(path);
  }
  if (const std::string path = folder + "/test_batch.bin"; std::filesystem::exists(path)) {
    found.test.push_back(path);
  }
  if (found.train.empty()) {
    throw Error(
        ExitCode::NoInput,
        fmt::format("none of data_batch_1.bin to data_batch_5.bin in '{}'", printable(folder)));
  }
  return found;
}

std::int64_t records_in(const std::string& path) {
  const std::int64_t bytes = file_size(path);
  if (bytes == 0 || bytes % kRecord != 0) {
    fail_in_file(
        path, fmt::format("has {} bytes; want a multiple of {}", thousands_text(bytes), kRecord));
  }
  return bytes / kRecord;
}

std::int64_t records_in(const std::vector<std::string>& paths) {
  std::int64_t count = 0;
  for (const std::string& path : paths) count += records_in(path);
  return count;
}

/// The lines of batches.meta.txt, where it lies beside the data.
std::vector<std::string> class_names(const std::string& folder) {
  const std::string path = folder + "/batches.meta.txt";
  if (!std::filesystem::exists(path)) return {};
  std::vector<std::string> names(1);
  for (const std::uint8_t byte : read_bytes(path, kMostNames)) {
    if (byte == '\n') {
      names.emplace_back();
    } else if (byte != '\r') {
      names.back().push_back(static_cast<char>(byte));
    }
  }
  std::erase(names, "");
  if (std::ssize(names) != kClasses) {
    fail_in_file(path, fmt::format("names {} classes; want {}", names.size(), kClasses));
  }
  return names;
}

DataFacts inspect(const DataSpec& spec) {
  if (!spec.test.empty()) {
    fail_at_key(spec, "test", "cifar10 takes its test examples from test_batch.bin in `path`");
  }
  const Found found = find(spec);
  DataFacts facts;
  set_shape(spec, kSide, kSide, 3, facts);
  facts.count = records_in(found.train);
  facts.test_count = records_in(found.test);
  facts.labels = {{"label", kClasses, 0, class_names(spec.path)}};
  return facts;
}

void read_batch(const std::string& path, StoredExamples& examples) {
  const std::int64_t count = records_in(path);
  const std::vector<std::uint8_t> bytes = read_bytes(path, kMostBytes);
  const std::size_t first = examples.labels.size();
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint8_t* record = bytes.data() + i * kRecord;
    examples.labels.push_back(record[0]);
    for (std::int64_t pixel = 0; pixel < kPlane; ++pixel) {
      for (std::int64_t c = 0; c < 3; ++c) {
        examples.pixels.push_back(record[1 + c * kPlane + pixel]);
      }
    }
  }
  check_labels(path, std::span(examples.labels).subspan(first), kClasses);
}

std::unique_ptr<DataSet> open(const DataSpec& spec, const DataFacts& facts, bool test) {
  const Found found = find(spec);
  StoredExamples examples{kSide, kSide, 3, {}, {}, test ? found.test : found.train};
  examples.pixels.reserve(static_cast<std::size_t>(records_in(examples.paths) * 3 * kPlane));
  for (const std::string& path : examples.paths) read_batch(path, examples);
  // The names decide what a set holds too.
  if (!facts.labels[0].class_names.empty())
    examples.paths.push_back(spec.path + "/batches.meta.txt");
  return std::make_unique<StoredImages>(std::move(examples), facts);
}

}  // namespace

const Source kCifar10{"cifar10", inspect, open};

}  // namespace agon
