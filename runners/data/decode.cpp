#include "runners/data/decode.h"

#include "engine/base/error.h"
#include "runners/data/failure.h"
#include "runners/data/file_bytes.h"
#include "runners/data/jpeg.h"
#include "runners/data/png.h"

namespace agon {
namespace {

constexpr std::int64_t kMostFileBytes = std::int64_t{512} << 20;
constexpr std::int64_t kHeaderBytes = 1 << 16;  // a JPEG may have more before its frame

Picture header_in(std::span<const std::uint8_t> bytes, const std::string& path) {
  switch (picture_kind(bytes)) {
    case PictureKind::Png:
      return png_header(bytes, path);
    case PictureKind::Jpeg:
      return jpeg_header(bytes, path);
    case PictureKind::Other:
      break;
  }
  fail_in_file(path, "neither PNG nor JPEG");
}

}  // namespace

PictureKind picture_kind(std::span<const std::uint8_t> bytes) {
  return is_png(bytes) ? PictureKind::Png : is_jpeg(bytes) ? PictureKind::Jpeg : PictureKind::Other;
}

Picture decode_picture(std::span<const std::uint8_t> bytes, const std::string& path,
                       Conversions* conversions) {
  switch (picture_kind(bytes)) {
    case PictureKind::Png:
      return decode_png(bytes, path, conversions);
    case PictureKind::Jpeg:
      return decode_jpeg(bytes, path, conversions);
    case PictureKind::Other:
      break;
  }
  fail_in_file(path, bytes.empty() ? "empty file" : "neither PNG nor JPEG");
}

Picture read_picture(const std::string& path, Conversions* conversions) {
  return decode_picture(read_bytes(path, kMostFileBytes), path, conversions);
}

Picture read_picture_header(const std::string& path) {
  const std::vector<std::uint8_t> start = read_prefix(path, kHeaderBytes);
  try {
    return header_in(start, path);
  } catch (const Error&) {
    if (std::ssize(start) < kHeaderBytes) throw;
  }
  return header_in(read_bytes(path, kMostFileBytes), path);
}

}  // namespace agon
