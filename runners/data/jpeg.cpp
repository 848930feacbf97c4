#include "runners/data/jpeg.h"

#include <fmt/format.h>
#include <jpeglib.h>

#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <optional>

#include "runners/data/exif.h"
#include "runners/data/failure.h"

namespace agon {
namespace {

/// What outlives libjpeg's jumps. `errors` stands first, so that a pointer to it leads here.
struct Reading {
  jpeg_error_mgr errors{};
  std::jmp_buf jump;
  jpeg_progress_mgr progress{};
  char message[JMSG_LENGTH_MAX] = "";
  jpeg_decompress_struct jpeg{};
  int orientation = 1;
  bool ink = false;
  bool inverted = false;
  std::int64_t samples = 0;
  std::vector<std::uint8_t> pixels;  // [height, width, samples]
};

[[noreturn]] void fail(j_common_ptr jpeg) {
  auto* reading = reinterpret_cast<Reading*>(jpeg->err);
  jpeg->err->format_message(jpeg, reading->message);
  std::longjmp(reading->jump, 1);
}

[[noreturn]] void fail_with(Reading& reading, const char* message) {
  std::strncpy(reading.message, message, JMSG_LENGTH_MAX - 1);
  std::longjmp(reading.jump, 1);
}

// Below zero: a warning. A picture libjpeg is not sure of is not data.
void on_message(j_common_ptr jpeg, int level) {
  if (level < 0) fail(jpeg);
}

// A file of many tiny scans takes time out of all proportion to its size.
void on_progress(j_common_ptr jpeg) {
  auto* decompress = reinterpret_cast<j_decompress_ptr>(jpeg);
  if (decompress->input_scan_number > kMostScans) {
    fail_with(*reinterpret_cast<Reading*>(jpeg->err), "more than 64 scans");
  }
}

void read_header(Reading& reading, std::span<const std::uint8_t> bytes) {
  jpeg_decompress_struct& jpeg = reading.jpeg;
  jpeg_create_decompress(&jpeg);
  jpeg.progress = &reading.progress;
  jpeg_mem_src(&jpeg, bytes.data(), bytes.size());
  jpeg_save_markers(&jpeg, JPEG_APP0 + 1, 0xFFFF);
  jpeg_read_header(&jpeg, TRUE);
  if (jpeg.image_width > kMostSide || jpeg.image_height > kMostSide ||
      std::int64_t{jpeg.image_width} * jpeg.image_height > kMostPixels) {
    fail_with(reading, "too many pixels");
  }
  for (jpeg_saved_marker_ptr marker = jpeg.marker_list; marker; marker = marker->next) {
    const int found = exif_orientation({marker->data, marker->data_length});
    if (found != 0) reading.orientation = found;
  }
  reading.ink = jpeg.jpeg_color_space == JCS_CMYK || jpeg.jpeg_color_space == JCS_YCCK;
  reading.inverted = jpeg.saw_Adobe_marker;
  const bool grey = jpeg.jpeg_color_space == JCS_GRAYSCALE;
  jpeg.out_color_space = grey ? JCS_GRAYSCALE : reading.ink ? JCS_CMYK : JCS_RGB;
  reading.samples = grey ? 1 : reading.ink ? 4 : 3;
}

void read_pixels(Reading& reading) {
  jpeg_decompress_struct& jpeg = reading.jpeg;
  jpeg.dct_method = JDCT_ISLOW;
  jpeg_start_decompress(&jpeg);
  const std::size_t stride =
      std::size_t{jpeg.output_width} * static_cast<std::size_t>(reading.samples);
  reading.pixels.resize(stride * jpeg.output_height);
  while (jpeg.output_scanline < jpeg.output_height) {
    JSAMPROW row = reading.pixels.data() + jpeg.output_scanline * stride;
    jpeg_read_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_decompress(&jpeg);
}

bool run(Reading& reading, std::span<const std::uint8_t> bytes, bool pixels) {
  if (setjmp(reading.jump)) return false;
  read_header(reading, bytes);
  if (pixels) read_pixels(reading);
  return true;
}

void read(Reading& reading, std::span<const std::uint8_t> bytes, const std::string& path,
          bool pixels) {
  reading.jpeg.err = jpeg_std_error(&reading.errors);
  reading.errors.error_exit = fail;
  reading.errors.emit_message = on_message;
  reading.progress.progress_monitor = on_progress;
  bool done = false;
  try {
    done = run(reading, bytes, pixels);
  } catch (...) {
    jpeg_destroy_decompress(&reading.jpeg);
    throw;
  }
  jpeg_destroy_decompress(&reading.jpeg);
  if (!done) fail_in_file(path, fmt::format("bad JPEG: {}", reading.message));
}

Picture shape_of(const Reading& reading) {
  Picture picture;
  picture.height = reading.jpeg.image_height;
  picture.width = reading.jpeg.image_width;
  picture.channels = reading.samples == 1 ? 1 : 3;
  return picture;
}

/// Ink on white paper becomes what is left of the light after the colour and after the black. In
/// place: the largest picture takes 256 MiB.
void take_ink_off(Reading& reading) {
  std::uint8_t* rgb = reading.pixels.data();
  const unsigned flip = reading.inverted ? 0 : 255;
  const std::size_t pixels = reading.pixels.size() / 4;
  for (std::size_t i = 0; i < pixels; ++i) {
    const std::uint8_t* ink = reading.pixels.data() + 4 * i;
    for (std::size_t c = 0; c < 3; ++c)
      *rgb++ = static_cast<std::uint8_t>(((ink[c] ^ flip) * (ink[3] ^ flip) + 127) / 255);
  }
  reading.pixels.resize(3 * pixels);
}

}  // namespace

bool is_jpeg(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= 3 && bytes[0] == 0xFF && bytes[1] == 0xD8 && bytes[2] == 0xFF;
}

Picture jpeg_header(std::span<const std::uint8_t> bytes, const std::string& path) {
  Reading reading;
  read(reading, bytes, path, false);
  Picture picture = shape_of(reading);
  if (reading.orientation >= 5) std::swap(picture.height, picture.width);
  return picture;
}

Picture decode_jpeg(std::span<const std::uint8_t> bytes, const std::string& path,
                    Conversions* conversions) {
  Reading reading;
  read(reading, bytes, path, true);
  Picture picture = shape_of(reading);
  if (reading.ink) take_ink_off(reading);
  picture.bytes = std::move(reading.pixels);
  if (conversions) {
    conversions->cmyk |= reading.ink;
    conversions->rotated |= reading.orientation != 1;
  }
  if (reading.orientation == 1) return picture;
  return oriented(picture, reading.orientation);
}

}  // namespace agon
