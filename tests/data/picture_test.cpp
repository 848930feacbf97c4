#include "runners/data/picture.h"

#include <gtest/gtest.h>
#include <jpeglib.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "runners/data/decode.h"
#include "runners/data/exif.h"
#include "runners/data/jpeg.h"
#include "runners/data/png.h"
#include "tests/data/failure_of.h"
#include "tests/data/temporary_folder.h"

namespace agon {
namespace {

Picture numbered(std::int64_t height, std::int64_t width, std::int64_t channels) {
  Picture picture(height, width, channels);
  std::uint8_t value = 0;
  for (std::uint8_t& byte : picture.bytes) byte = static_cast<std::uint8_t>(value++ * 7);
  return picture;
}

Picture grey(std::int64_t height, std::int64_t width, const Bytes& bytes) {
  Picture picture(height, width, 1);
  picture.bytes = bytes;
  return picture;
}

TEST(Picture, FitsByAreaAndCutsTheCentre) {
  struct Case {
    Picture from;
    Picture to;
  };
  const Case cases[] = {
      {grey(2, 2, {10, 20, 30, 40}), grey(1, 1, {25})},
      {grey(1, 3, {10, 20, 30}), grey(1, 1, {20})},            // the middle of a wide one
      {grey(4, 1, {0, 100, 200, 0}), grey(2, 1, {100, 200})},  // of a high one
      {grey(3, 3, {0, 0, 0, 90, 90, 90, 0, 0, 0}), grey(2, 2, {30, 30, 30, 30})},
      {grey(1, 2, {10, 20}), grey(2, 4, {10, 10, 20, 20, 10, 10, 20, 20})},
      {grey(2, 4, {1, 3, 5, 7, 1, 3, 5, 7}), grey(1, 2, {2, 6})},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(fitted(c.from, c.to.height, c.to.width).bytes, c.to.bytes)
        << c.from.height << " x " << c.from.width;
  }
  EXPECT_EQ(fitted(numbered(5, 7, 3), 5, 7), numbered(5, 7, 3));
  const Picture flat = grey(37, 53, Bytes(1961, 201));
  for (const std::int64_t side : {1, 2, 7, 28, 64}) {
    EXPECT_EQ(fitted(flat, side, side).bytes, Bytes(static_cast<std::size_t>(side * side), 201));
  }
}

TEST(Picture, TurnsColourToLuma) {
  Picture picture(1, 4, 3);
  picture.bytes = {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255};
  EXPECT_EQ(with_channels(picture, 1).bytes, (Bytes{76, 150, 29, 255}));
  EXPECT_EQ(with_channels(grey(1, 2, {4, 9}), 3).bytes, (Bytes{4, 4, 4, 9, 9, 9}));
}

TEST(Picture, TurnsAsExifSays) {
  // 1 2 3
  // 4 5 6
  const Picture picture = grey(2, 3, {1, 2, 3, 4, 5, 6});
  const Bytes seen[] = {{1, 2, 3, 4, 5, 6}, {3, 2, 1, 6, 5, 4}, {6, 5, 4, 3, 2, 1},
                        {4, 5, 6, 1, 2, 3}, {1, 4, 2, 5, 3, 6}, {4, 1, 5, 2, 6, 3},
                        {6, 3, 5, 2, 4, 1}, {3, 6, 2, 5, 1, 4}};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Picture turned = oriented(picture, orientation);
    EXPECT_EQ(turned.bytes, seen[orientation - 1]) << orientation;
    EXPECT_EQ(turned.height, orientation < 5 ? 2 : 3);
  }
}

TEST(Png, GivesBackWhatItWrote) {
  for (const std::int64_t channels : {1, 3}) {
    const Picture picture = numbered(13, 29, channels);
    const Bytes bytes = encode_png(picture);
    EXPECT_EQ(decode_png(bytes, "x"), picture);
    EXPECT_EQ(encode_png(picture), bytes);
    const Picture header = png_header(bytes, "x");
    EXPECT_EQ(header.height, 13);
    EXPECT_EQ(header.width, 29);
    EXPECT_EQ(header.channels, channels);
  }
}

TEST(Png, CarriesTexts) {
  const Bytes bytes = encode_png(numbered(2, 2, 1), {{"config", "gan/mlp"}, {"title", "größe"}});
  const std::string text(bytes.begin(), bytes.end());
  EXPECT_TRUE(has(text, std::string("tEXtconfig\0gan/mlp", 18)));
  EXPECT_TRUE(has(text, std::string("iTXttitle\0\0\0\0\0größe", 21)));
  EXPECT_EQ(decode_png(bytes, "x"), numbered(2, 2, 1));
}

TEST(Png, IsWrittenWholeOrNotAtAll) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/a.png";
  write_png(path, numbered(4, 4, 3));
  EXPECT_EQ(read_picture(path), numbered(4, 4, 3));
  EXPECT_FALSE(std::filesystem::exists(path + ".tmp"));
  EXPECT_TRUE(has(failure_of([&] { write_png(folder.path() + "/no/a.png", numbered(4, 4, 3)); }),
                  "73 cannot write '"));
}

TEST(Png, IsRefusedWhereverItIsCut) {
  const Bytes bytes = encode_png(numbered(13, 29, 3));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_TRUE(has(failure_of([&] { decode_picture(cut, "x.png"); }), "65 'x.png': ")) << size;
  }
}

TEST(Png, SurvivesEveryFlippedByte) {
  const Picture picture = numbered(13, 29, 3);
  const Bytes bytes = encode_png(picture);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    Bytes flipped = bytes;
    flipped[at] ^= 0x41;
    EXPECT_NE(failure_of([&] { decode_picture(flipped, "x.png"); }), "none") << at;
  }
}

TEST(Png, RefusesHeadersBeyondTheLimits) {
  for (const std::size_t at : {std::size_t{16}, std::size_t{18}}) {  // width, then height
    Picture wide = numbered(1, 1, 1);
    wide.width = at == 16 ? 16385 : 16384;
    wide.height = at == 16 ? 1 : 4097;
    wide.bytes.resize(static_cast<std::size_t>(wide.width * wide.height));
    const Bytes bytes = encode_png(wide);
    EXPECT_TRUE(has(failure_of([&] { png_header(bytes, "x"); }), "65 'x': bad PNG: "));
    EXPECT_TRUE(has(failure_of([&] { decode_png(bytes, "x"); }), "65 'x': bad PNG: "));
  }
}

struct Odd {
  const char* file;
  std::int64_t height;  // 0: to be refused
  std::int64_t width;
  std::int64_t channels;
  const char* converted = "";
};

std::string text_of(const Conversions& done) {
  std::string text;
  if (done.palette) text += "palette ";
  if (done.deep) text += "deep ";
  if (done.alpha) text += "alpha ";
  if (done.cmyk) text += "cmyk ";
  if (done.rotated) text += "rotated ";
  return text;
}

TEST(OddImages, DecodeOrAreRefused) {
  const std::string folder = shared_data("odd-images");
  if (folder.empty()) GTEST_SKIP() << "no shared data sets (AGON_SHARED)";
  const Odd table[] = {
      {"valid/1_trns.png", 64, 64, 1, "alpha "},
      {"valid/app13-multiple.jpg", 160, 256, 3},
      {"valid/hopper_bw_500.png", 500, 500, 1},
      {"valid/hopper_gray.jpg", 128, 128, 1},
      {"valid/hopper_orientation_6.jpg", 128, 128, 3, "rotated "},
      {"valid/i_trns.png", 64, 64, 1, "deep alpha "},
      {"valid/l_trns.png", 64, 64, 1, "alpha "},
      {"valid/mode_16bit.png", 64, 128, 3, "deep alpha "},
      {"valid/mode_palette_1bit_alpha.png", 64, 128, 3, "palette alpha "},
      {"valid/p_16.png", 128, 128, 3, "alpha "},
      {"valid/p_trns_single.png", 64, 64, 3, "palette alpha "},
      {"valid/pil123p.png", 150, 162, 3, "palette alpha "},
      {"valid/pil123rgba.png", 150, 162, 3, "alpha "},
      {"valid/pil_sample_cmyk.jpg", 100, 100, 3, "cmyk "},
      {"valid/pil_sample_rgb.jpg", 100, 100, 3},
      {"valid/rgb_trns.png", 64, 64, 3, "alpha "},
      {"valid/tiny.png", 4, 4, 3, "palette alpha "},
      {"valid/transparent.png", 150, 200, 3, "alpha "},
      {"valid/uncompressed_la.png", 128, 128, 1, "alpha "},
      {"valid/uncompressed_rgb.png", 600, 800, 3, "alpha "},
      {"valid/hopper.bmp", 0, 0, 0},
      {"valid/hopper.ppm", 0, 0, 0},
      {"broken/badwidth.bmp", 0, 0, 0},
      {"broken/broken.png", 0, 0, 0},
      {"broken/broken_data_stream.png", 0, 0, 0},
      {"broken/hopper_idat_after_image_end.png", 128, 128, 3},
      {"broken/jpeg_ff00_header.jpg", 0, 0, 0},
      {"broken/junk_jpeg_header.jpg", 0, 0, 0},
      {"broken/png_decompression_dos.png", 1, 1, 1},
      {"broken/truncated_app14.jpg", 0, 0, 0},
      {"broken/truncated_end_chunk.png", 0, 0, 0},
      {"broken/truncated_image.png", 0, 0, 0},
      {"broken/truncated_jpeg.jpg", 0, 0, 0},
      {"broken/unknown_compression_method.png", 0, 0, 0},
  };
  for (const Odd& odd : table) {
    const std::string path = folder + "/" + odd.file;
    Picture picture;
    Conversions done;
    const std::string failure = failure_of([&] { picture = read_picture(path, &done); });
    if (odd.height == 0) {
      EXPECT_TRUE(failure.starts_with("65 '" + path + "': ")) << odd.file << ": " << failure;
      continue;
    }
    EXPECT_EQ(failure, "none") << odd.file;
    EXPECT_EQ(picture.height, odd.height) << odd.file;
    EXPECT_EQ(picture.width, odd.width) << odd.file;
    EXPECT_EQ(picture.channels, odd.channels) << odd.file;
    EXPECT_EQ(text_of(done), odd.converted) << odd.file;
    const Picture header = read_picture_header(path);
    EXPECT_EQ(header.height, odd.height) << odd.file;
    EXPECT_EQ(header.width, odd.width) << odd.file;
    EXPECT_EQ(header.channels, odd.channels) << odd.file;
  }
}

/// A grey JPEG `height` x 16 whose coefficients come in as many scans as asked for.
Bytes jpeg_of_scans(int scans, unsigned height = 16) {
  std::vector<jpeg_scan_info> script;
  const auto scan = [&](int coefficient, int high, int low) {
    script.push_back({1, {0, 0, 0, 0}, coefficient, coefficient, high, low});
  };
  scan(0, 0, 0);
  for (int k = 1; k < 64; ++k) scan(k, 0, k <= scans - 64 ? 1 : 0);
  for (int k = 1; k <= scans - 64; ++k) scan(k, 1, 0);
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* made = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &made, &size);
  jpeg.image_width = 16;
  jpeg.image_height = height;
  jpeg.input_components = 1;
  jpeg.in_color_space = JCS_GRAYSCALE;
  jpeg_set_defaults(&jpeg);
  jpeg.scan_info = script.data();
  jpeg.num_scans = static_cast<int>(script.size());
  jpeg_start_compress(&jpeg, TRUE);
  Bytes row(16, 99);
  while (jpeg.next_scanline < height) {
    JSAMPROW at = row.data();
    jpeg_write_scanlines(&jpeg, &at, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  Bytes bytes(made, made + size);
  std::free(made);
  return bytes;
}

TEST(Jpeg, IsTurnedAsExifSays) {
  Bytes bytes = jpeg_of_scans(64, 8);
  const Bytes exif = {0xFF, 0xE1, 0, 34, 'E', 'x', 'i', 'f', 0, 0,              // segment
                      'M',  'M',  0, 42, 0,   0,   0,   8,                      // TIFF, big-endian
                      0,    1,    1, 18, 0,   3,   0,   0,   0, 1, 0, 6, 0, 0,  // orientation 6
                      0,    0,    0, 0};
  bytes.insert(bytes.begin() + 2, exif.begin(), exif.end());
  Conversions done;
  const Picture picture = decode_jpeg(bytes, "x", &done);
  EXPECT_EQ(picture.height, 16);
  EXPECT_EQ(picture.width, 8);
  EXPECT_TRUE(done.rotated);
  EXPECT_EQ(jpeg_header(bytes, "x").height, 16);
}

TEST(Jpeg, RefusesHeadersBeyondTheLimits) {
  Bytes bytes = jpeg_of_scans(64);
  EXPECT_EQ(decode_jpeg(bytes, "x").bytes, Bytes(256, 99));
  EXPECT_EQ(failure_of([] { decode_jpeg(jpeg_of_scans(65), "x"); }),
            "65 'x': bad JPEG: more than 64 scans");
  // Height of the frame header, as in a file that claims 65,500 rows.
  const Bytes frame = {0xFF, 0xC2, 0, 11, 8};
  const auto at = std::ranges::search(bytes, frame);
  ASSERT_FALSE(at.empty());
  at.end()[0] = 0xFF;
  at.end()[1] = 0xDC;
  for (const auto read : {jpeg_header, +[](std::span<const std::uint8_t> b, const std::string&p) {
                            return decode_jpeg(b, p);
                          }}) {
    EXPECT_EQ(failure_of([&] { read(bytes, "x"); }), "65 'x': bad JPEG: too many pixels");
  }
}

TEST(Jpeg, IsRefusedWhereverItIsCut) {
  const std::string path = shared_data("odd-images/valid/hopper_gray.jpg");
  if (path.empty()) GTEST_SKIP() << "no shared data sets (AGON_SHARED)";
  std::ifstream file(path, std::ios::binary);
  const Bytes bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  ASSERT_EQ(failure_of([&] { decode_jpeg(bytes, "x"); }), "none");
  for (std::size_t size = 0; size + 2 < bytes.size(); size += 13) {
    const Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_TRUE(has(failure_of([&] { decode_picture(cut, "x.jpg"); }), "65 'x.jpg': ")) << size;
  }
  for (std::size_t at = 0; at < bytes.size(); at += 7) {
    Bytes flipped = bytes;
    flipped[at] ^= 0x10;
    failure_of([&] { decode_picture(flipped, "x.jpg"); });  // a picture or an error, no crash
  }
}

}  // namespace
}  // namespace agon
