#include <fmt/format.h>
#include <png.h>

#include <csetjmp>
#include <cstring>

#include "runners/data/failure.h"
#include "runners/data/png.h"

namespace agon {
namespace {

// Known ancillary chunks; tRNS is the only one that changes pixels here.
constexpr png_byte kSkipped[] =
    "bKGD\0cHRM\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0pHYs\0sBIT\0sCAL\0sPLT\0sRGB\0tEXt\0tIME\0"
    "zTXt\0eXIf";
constexpr int kSkippedCount = sizeof(kSkipped) / 5;

/// What outlives libpng's jumps: everything with a destructor.
struct Reading {
  std::span<const std::uint8_t> left;
  std::string message;
  png_uint_32 height = 0;
  png_uint_32 width = 0;
  int depth = 0;
  int color = 0;
  bool transparent = false;
  std::vector<std::uint8_t> pixels;  // [height, width, samples], the last of 2 or 4 being alpha
  std::vector<png_bytep> rows;

  int samples() const { return ((color & PNG_COLOR_MASK_COLOR) ? 3 : 1) + (transparent ? 1 : 0); }
};

void take_bytes(png_structp png, png_bytep to, std::size_t size) {
  auto& reading = *static_cast<Reading*>(png_get_io_ptr(png));
  if (size > reading.left.size()) png_error(png, "cut short");
  std::memcpy(to, reading.left.data(), size);
  reading.left = reading.left.subspan(size);
}

[[noreturn]] void fail(png_structp png, png_const_charp message) {
  static_cast<Reading*>(png_get_error_ptr(png))->message = message;
  png_longjmp(png, 1);
}

// A picture libpng is not sure of is not data, but for one remark on a matter the standard settles:
// of a transparent sample the lowest bits count.
void warn(png_structp png, png_const_charp message) {
  if (std::strstr(message, "out-of-range samples") == nullptr) fail(png, message);
}

void read_info(png_structp png, png_infop info, Reading& reading) {
  png_set_user_limits(png, kMostSide, kMostSide);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, 0);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, kSkipped, kSkippedCount);
  png_set_read_fn(png, &reading, take_bytes);
  png_read_info(png, info);
  png_get_IHDR(png, info, &reading.width, &reading.height, &reading.depth, &reading.color, nullptr,
               nullptr, nullptr);
  if (std::int64_t{reading.width} * reading.height > kMostPixels) png_error(png, "too many pixels");
  reading.transparent =
      (reading.color & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(png, info, PNG_INFO_tRNS) != 0;
}

void read_pixels(png_structp png, png_infop info, Reading& reading) {
  png_set_expand(png);  // palettes, small depths and tRNS
  png_set_scale_16(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  const std::size_t stride = png_get_rowbytes(png, info);
  if (stride != std::size_t{reading.width} * static_cast<std::size_t>(reading.samples())) {
    png_error(png, "rows of an unexpected size");
  }
  reading.pixels.resize(stride * reading.height);
  reading.rows.resize(reading.height);
  for (std::size_t y = 0; y < reading.rows.size(); ++y) {
    reading.rows[y] = reading.pixels.data() + y * stride;
  }
  png_read_image(png, reading.rows.data());
  png_read_end(png, nullptr);
}

bool run(png_structp png, png_infop info, Reading& reading, bool pixels) {
  if (setjmp(png_jmpbuf(png))) return false;
  read_info(png, info, reading);
  if (pixels) read_pixels(png, info, reading);
  return true;
}

struct Handle {
  explicit Handle(Reading& reading)
      : png(png_create_read_struct(PNG_LIBPNG_VER_STRING, &reading, fail, warn)),
        info(png ? png_create_info_struct(png) : nullptr) {
    if (!info) throw std::bad_alloc();
  }
  ~Handle() { png_destroy_read_struct(&png, &info, nullptr); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  png_structp png;
  png_infop info;
};

Reading read(std::span<const std::uint8_t> bytes, const std::string& path, bool pixels) {
  Reading reading;
  reading.left = bytes;
  const Handle handle(reading);
  if (!run(handle.png, handle.info, reading, pixels)) {
    fail_in_file(path, fmt::format("bad PNG: {}", reading.message));
  }
  return reading;
}

void lay_over_white(const Reading& reading, Picture& picture) {
  const auto channels = static_cast<std::size_t>(picture.channels);
  const std::size_t pixels = reading.pixels.size() / (channels + 1);
  for (std::size_t i = 0; i < pixels; ++i) {
    const std::uint8_t* from = reading.pixels.data() + i * (channels + 1);
    const unsigned alpha = from[channels];
    for (std::size_t c = 0; c < channels; ++c) {
      picture.bytes[i * channels + c] =
          static_cast<std::uint8_t>((from[c] * alpha + 255 * (255 - alpha) + 127) / 255);
    }
  }
}

}  // namespace

bool is_png(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= 8 && png_sig_cmp(bytes.data(), 0, 8) == 0;
}

Picture png_header(std::span<const std::uint8_t> bytes, const std::string& path) {
  const Reading reading = read(bytes, path, false);
  Picture picture;
  picture.height = reading.height;
  picture.width = reading.width;
  picture.channels = (reading.color & PNG_COLOR_MASK_COLOR) ? 3 : 1;
  return picture;
}

Picture decode_png(std::span<const std::uint8_t> bytes, const std::string& path,
                   Conversions* conversions) {
  Reading reading = read(bytes, path, true);
  if (conversions) {
    conversions->palette |= (reading.color & PNG_COLOR_MASK_PALETTE) != 0;
    conversions->deep |= reading.depth == 16;
    conversions->alpha |= reading.transparent;
  }
  Picture picture;
  picture.height = reading.height;
  picture.width = reading.width;
  picture.channels = (reading.color & PNG_COLOR_MASK_COLOR) ? 3 : 1;
  if (reading.transparent) {
    picture.bytes.resize(
        static_cast<std::size_t>(picture.height * picture.width * picture.channels));
    lay_over_white(reading, picture);
  } else {
    picture.bytes = std::move(reading.pixels);
  }
  return picture;
}

}  // namespace agon
