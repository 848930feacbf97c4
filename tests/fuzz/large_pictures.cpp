#include <zlib.h>

#include <algorithm>
#include <stdexcept>

#include "tests/fuzz/large_inputs.h"

namespace agon {

std::string packed_zeros(Packing packing, std::size_t zeros) {
  constexpr int kWindow = 15, kHeaderOfGzip = 16;  // as deflateInit2 takes them
  z_stream stream{};
  const int window = packing == Packing::Gzip ? kWindow + kHeaderOfGzip : kWindow;
  if (deflateInit2(&stream, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("no memory to pack");
  std::string piece(std::size_t{1} << 20, '\0'), room(std::size_t{1} << 16, '\0'), made;
  do {
    const std::size_t size = std::min(zeros, piece.size());
    zeros -= size;
    stream.next_in = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_in = static_cast<uInt>(size);
    do {
      stream.next_out = reinterpret_cast<Bytef*>(room.data());
      stream.avail_out = static_cast<uInt>(room.size());
      deflate(&stream, zeros == 0 ? Z_FINISH : Z_NO_FLUSH);
      made.append(room, 0, room.size() - stream.avail_out);
    } while (stream.avail_out == 0);
  } while (zeros > 0);
  deflateEnd(&stream);
  return made;
}

namespace {

constexpr std::size_t kSide = 8192;

std::string big_endian(std::size_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xFF);
  return bytes;
}

std::string chunk(const std::string& kind_and_body) {
  const auto* bytes = reinterpret_cast<const Bytef*>(kind_and_body.data());
  const std::size_t checksum = crc32(0, bytes, static_cast<uInt>(kind_and_body.size()));
  return big_endian(kind_and_body.size() - 4) + kind_and_body + big_endian(checksum);
}

/// The beginning of a square of 64 Mi pixels with colour and alpha, 16 bits each.
std::string png_start() {
  return "\x89PNG\r\n\x1a\n" +
         chunk("IHDR" + big_endian(kSide) + big_endian(kSide) + std::string("\x10\6\0\0\0", 5));
}

std::string black_png() {
  const std::size_t row = kSide * 4 * 2 + 1;
  return png_start() + chunk("IDAT" + packed_zeros(Packing::Zlib, kSide * row)) + chunk("IEND");
}

std::string segment(char marker, const std::string& body) {
  return std::string("\xFF") + marker + big_endian(body.size() + 2).substr(2) + body;
}

/// A grey square; with four components CMYK. Every block is two bits 0: no change, no more.
std::string large_jpeg(int components, const std::string& before) {
  const std::string one_code(1, '\1');
  const std::string table = one_code + std::string(15, '\0') + '\0';
  std::string frame = '\x08' + big_endian(kSide << 16 | kSide) + static_cast<char>(components);
  std::string scan(1, static_cast<char>(components));
  for (int i = 1; i <= components; ++i) {
    frame += static_cast<char>(i) + std::string("\x11\0", 2);
    scan += static_cast<char>(i) + std::string(1, '\0');
  }
  const std::size_t blocks = kSide / 8 * (kSide / 8) * static_cast<std::size_t>(components);
  return "\xFF\xD8" + before + segment('\xDB', '\0' + std::string(64, '\x08')) +
         segment('\xC4', '\0' + table) + segment('\xC4', '\x10' + table) + segment('\xC0', frame) +
         segment('\xDA', scan + std::string("\0\x3F\0", 3)) + std::string(blocks / 4, '\0') +
         "\xFF\xD9";
}

/// EXIF that turns the picture by a quarter.
std::string turned() {
  const std::string tag = std::string("\x01\x12\0\x03\0\0\0\1\0\6\0\0", 12);
  return segment('\xE1',
                 std::string("Exif\0\0MM\0*\0\0\0\x08\0\1", 16) + tag + std::string(4, '\0'));
}

constexpr LargeInput kPictures[] = {
    {"picture", "png_cut_short", [] { return png_start() + chunk("IDATx"); }},
    {"picture", "png", black_png},
    {"picture", "jpeg_colour", [] { return large_jpeg(3, ""); }},
    {"picture", "jpeg_ink_turned", [] { return large_jpeg(4, turned()); }},
};

}  // namespace

std::span<const LargeInput> large_pictures() {
  return kPictures;
}

}  // namespace agon
