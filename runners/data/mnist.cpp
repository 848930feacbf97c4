#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "runners/data/failure.h"
#include "runners/data/picture.h"
#include "runners/data/source.h"
#include "runners/data/stored_images.h"
#include "runners/data/unpack.h"

namespace agon {
namespace {

constexpr std::int64_t kClasses = 10;
constexpr std::uint32_t kImagesMagic = 0x0803;  // unsigned bytes, three axes
constexpr std::uint32_t kLabelsMagic = 0x0801;  // unsigned bytes, one axis
constexpr std::int64_t kMostBytes = std::int64_t{4} << 30;

struct IdxFile {
  std::string path;
  std::int64_t count = 0;
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  std::int64_t header = 0;

  std::int64_t bytes() const { return header + count * rows * columns; }
};

/// "<start>-<kind>-idx<axes>-ubyte", or with a dot as some copies have it; packed or not.
std::optional<std::string> find_file(const std::string& folder, const std::string& start,
                                     const std::string& kind, int axes) {
  for (const char* between : {"-", "."}) {
    for (const char* end : {"", ".gz"}) {
      const std::string path =
          fmt::format("{}/{}-{}{}idx{}-ubyte{}", folder, start, kind, between, axes, end);
      if (std::filesystem::exists(path)) return path;
    }
  }
  return std::nullopt;
}

/// The header: big-endian magic, then the length of each axis.
IdxFile read_header(const std::string& path, std::uint32_t magic) {
  const std::size_t axes = magic & 0xFF;
  IdxFile file{path};
  file.header = static_cast<std::int64_t>(4 + 4 * axes);
  const std::vector<std::uint8_t> bytes = contents_prefix(path, file.header);
  if (std::ssize(bytes) < file.header) {
    fail_in_file(path,
                 fmt::format("has {} bytes; an IDX header has {}", bytes.size(), file.header));
  }
  const auto word = [&](std::size_t i) {
    return std::uint32_t{bytes[4 * i]} << 24 | std::uint32_t{bytes[4 * i + 1]} << 16 |
           std::uint32_t{bytes[4 * i + 2]} << 8 | std::uint32_t{bytes[4 * i + 3]};
  };
  if (word(0) != magic) {
    fail_in_file(path, fmt::format("magic number {:#010x}; want {:#010x}", word(0), magic));
  }
  file.count = word(1);
  if (axes == 3) {
    file.rows = word(2);
    file.columns = word(3);
  }
  if (file.count < 1 || file.rows < 1 || file.columns < 1 || file.rows > kMostSide ||
      file.columns > kMostSide || file.count > kMostBytes / (file.rows * file.columns)) {
    fail_in_file(path,
                 fmt::format("claims {} examples of {} x {}", file.count, file.rows, file.columns));
  }
  return file;
}

struct IdxSplit {
  IdxFile images;
  std::optional<IdxFile> labels;
};

std::optional<IdxSplit> find_split(const std::string& folder, const std::string& start) {
  const std::optional<std::string> images = find_file(folder, start, "images", 3);
  if (!images) return std::nullopt;
  IdxSplit split{read_header(*images, kImagesMagic), std::nullopt};
  if (const auto labels = find_file(folder, start, "labels", 1)) {
    split.labels = read_header(*labels, kLabelsMagic);
    if (split.labels->count != split.images.count) {
      fail_in_file(*labels,
                   fmt::format("{} labels for {} images", split.labels->count, split.images.count));
    }
  }
  return split;
}

struct Found {
  IdxSplit train;
  std::optional<IdxSplit> test;
};

Found find(const DataSpec& spec) {
  const std::string& folder = data_folder(spec);
  const std::optional<IdxSplit> train = find_split(folder, "train");
  if (!train) {
    throw Error(ExitCode::NoInput,
                fmt::format("no train-images-idx3-ubyte or train-images-idx3-ubyte.gz in '{}'",
                            printable(folder)));
  }
  Found found{*train, find_split(folder, "t10k")};
  if (!found.test) return found;
  const IdxFile& test = found.test->images;
  if (test.rows != train->images.rows || test.columns != train->images.columns) {
    fail_in_file(test.path,
                 fmt::format("images of {} x {}; those for training have {} x {}", test.rows,
                             test.columns, train->images.rows, train->images.columns));
  }
  if (found.test->labels.has_value() != train->labels.has_value()) {
    fail_in_file(test.path, "labels are there for only one of training and test images");
  }
  return found;
}

DataFacts inspect(const DataSpec& spec) {
  if (!spec.test.empty()) {
    fail_at_key(spec, "test", "mnist takes its test examples from the t10k files in `path`");
  }
  const Found found = find(spec);
  DataFacts facts;
  set_shape(spec, found.train.images.rows, found.train.images.columns, 1, facts);
  facts.count = found.train.images.count;
  facts.test_count = found.test ? found.test->images.count : 0;
  if (found.train.labels) {
    LabelFacts& label = facts.labels.emplace_back(LabelFacts{"label", kClasses, 0, {}});
    for (int i = 0; i < kClasses; ++i) label.class_names.push_back(std::to_string(i));
  }
  return facts;
}

std::vector<std::uint8_t> body(const IdxFile& file) {
  std::vector<std::uint8_t> bytes = contents(file.path, file.bytes());
  bytes.erase(bytes.begin(), bytes.begin() + file.header);
  return bytes;
}

std::unique_ptr<DataSet> open(const DataSpec& spec, const DataFacts& facts, bool test) {
  const Found found = find(spec);
  const IdxSplit& split = test ? *found.test : found.train;
  StoredExamples examples{split.images.rows,  split.images.columns, 1, body(split.images), {},
                          {split.images.path}};
  if (split.labels) {
    examples.labels = body(*split.labels);
    examples.paths.push_back(split.labels->path);
    check_labels(split.labels->path, examples.labels, kClasses);
  }
  return std::make_unique<StoredImages>(std::move(examples), facts);
}

}  // namespace

const Source kMnist{"mnist", inspect, open};

}  // namespace agon
