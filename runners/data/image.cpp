#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "engine/base/text.h"
#include "runners/data/decode.h"
#include "runners/data/failure.h"
#include "runners/data/file_bytes.h"
#include "runners/data/source.h"
#include "runners/data/stored_images.h"

namespace agon {
namespace {

void refuse_keys_of_sets(const DataSpec& spec) {
  struct Given {
    const char* key;
    bool given;
  };
  for (const Given& key :
       {Given{"test", !spec.test.empty()}, Given{"count", spec.count.has_value()},
        Given{"hold_out", spec.hold_out != 0}, Given{"validate", spec.validate != 0}}) {
    if (key.given)
      fail_at_key(spec, key.key, fmt::format("image is a single picture and has no `{}`", key.key));
  }
  if (spec.path.empty())
    fail_at(spec.source_origin, "image reads a file; `path` must name a PNG or JPEG");
}

DataFacts inspect(const DataSpec& spec) {
  refuse_keys_of_sets(spec);
  std::error_code ignored;
  if (!std::filesystem::exists(spec.path, ignored)) {
    throw Error(ExitCode::NoInput, fmt::format("no file '{}'", printable(spec.path)));
  }
  Picture picture = read_picture(spec.path);
  DataFacts facts;
  facts.count = 1;
  set_shape(spec, picture.height, picture.width, picture.channels, facts);
  picture = with_channels(picture, facts.channels);
  if (picture.height != facts.height || picture.width != facts.width)
    picture = fitted(picture, facts.height, facts.width);
  facts.picture = std::make_shared<const std::vector<std::uint8_t>>(std::move(picture.bytes));
  return facts;
}

class OneImage : public DataSet {
 public:
  OneImage(const DataFacts& facts, std::string path) : path_(std::move(path)) {
    facts_ = facts;
    count_ = 1;
  }

  void image(std::int64_t, std::span<std::uint8_t> hwc) const override {
    std::ranges::copy(*facts_.picture, hwc.begin());
  }
  std::vector<DataFile> files() const override { return {described_file(path_)}; }

 private:
  std::string path_;
};

std::unique_ptr<DataSet> open(const DataSpec& spec, const DataFacts& facts, bool) {
  return std::make_unique<OneImage>(facts, spec.path);
}

}  // namespace

const Source kImage{"image", inspect, open};

}  // namespace agon
