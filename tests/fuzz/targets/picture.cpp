// A PNG or JPEG, as it is and with checksums that are right, which a changed PNG otherwise never
// has.
#include <png.h>
#include <zlib.h>

#include "runners/data/decode.h"
#include "tests/fuzz/allowed.h"
#include "tests/fuzz/scratch.h"

namespace agon {
namespace {

constexpr std::int64_t kMostDecoded = 1 << 22;  // pixels; larger ones have tests of their own

void decode(const std::vector<std::uint8_t>& bytes) {
  const Picture header = read_picture_header(scratch_file("picture", bytes));
  require(header.height >= 1 && header.width >= 1, "a picture has pixels");
  if (header.height * header.width > kMostDecoded) return;
  Conversions conversions;
  const Picture picture = decode_picture(bytes, "picture", &conversions);
  require(picture.height == header.height && picture.width == header.width &&
              picture.channels == header.channels,
          "a picture is what its header says");
  const auto size = static_cast<std::size_t>(header.height * header.width * header.channels);
  require(picture.bytes.size() == size, "a picture has all its bytes");
  fitted(with_channels(picture, 4 - picture.channels), 7, 5);
}

std::uint32_t word_at(const std::vector<std::uint8_t>& bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 |
         std::uint32_t{bytes[at + 2]} << 8 | std::uint32_t{bytes[at + 3]};
}

/// Every chunk that is there whole with its right checksum.
std::vector<std::uint8_t> with_checksums(std::vector<std::uint8_t> png) {
  constexpr std::size_t kSignature = 8, kAround = 12;  // a chunk's length, type and checksum
  for (std::size_t at = kSignature; at + kAround <= png.size();) {
    const std::size_t length = word_at(png, at);
    if (length > png.size() - at - kAround) break;
    const auto checksum =
        static_cast<std::uint32_t>(crc32(0, png.data() + at + 4, static_cast<uInt>(length + 4)));
    png_save_uint_32(png.data() + at + 8 + length, checksum);
    at += kAround + length;
  }
  return png;
}

}  // namespace
}  // namespace agon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace agon;
  const std::vector<std::uint8_t> bytes(data, data + size);
  allow_refusal([&] { decode(bytes); });
  if (picture_kind(bytes) != PictureKind::Png) return 0;
  if (const auto repaired = with_checksums(bytes); repaired != bytes)
    allow_refusal([&] { decode(repaired); });
  return 0;
}
