#include <fmt/format.h>
#include <png.h>

#include <cerrno>
#include <csetjmp>
#include <cstdio>
#include <fstream>
#include <system_error>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "runners/data/png.h"

namespace agon {
namespace {

constexpr int kLevel = 6;

struct Writing {
  std::vector<std::uint8_t> bytes;
  std::string message;
  std::vector<png_text> texts;
  std::vector<png_bytep> rows;
};

void give_bytes(png_structp png, png_bytep from, std::size_t size) {
  auto& bytes = static_cast<Writing*>(png_get_io_ptr(png))->bytes;
  bytes.insert(bytes.end(), from, from + size);
}

void flush(png_structp) {}

[[noreturn]] void fail(png_structp png, png_const_charp message) {
  static_cast<Writing*>(png_get_error_ptr(png))->message = message;
  png_longjmp(png, 1);
}

bool run(png_structp png, png_infop info, Writing& writing, const Picture& picture) {
  if (setjmp(png_jmpbuf(png))) return false;
  png_set_write_fn(png, &writing, give_bytes, flush);
  png_set_compression_level(png, kLevel);
  png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_ALL_FILTERS);
  png_set_IHDR(png, info, static_cast<png_uint_32>(picture.width),
               static_cast<png_uint_32>(picture.height), 8,
               picture.channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_text(png, info, writing.texts.data(), static_cast<int>(writing.texts.size()));
  png_write_info(png, info);
  png_write_image(png, writing.rows.data());
  png_write_end(png, nullptr);
  return true;
}

bool is_ascii(const std::string& text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

struct Handle {
  explicit Handle(Writing& writing)
      : png(png_create_write_struct(PNG_LIBPNG_VER_STRING, &writing, fail, fail)),
        info(png ? png_create_info_struct(png) : nullptr) {
    if (!info) throw std::bad_alloc();
  }
  ~Handle() { png_destroy_write_struct(&png, &info); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  png_structp png;
  png_infop info;
};

}  // namespace

std::vector<std::uint8_t> encode_png(const Picture& picture, const PngTexts& texts) {
  const std::int64_t stride = picture.width * picture.channels;
  if ((picture.channels != 1 && picture.channels != 3) ||
      std::ssize(picture.bytes) != picture.height * stride) {
    throw InternalError(fmt::format("a picture [{}, {}, {}] of {} bytes", picture.height,
                                    picture.width, picture.channels, picture.bytes.size()));
  }
  Writing writing;
  for (const auto& [key, text] : texts) {
    png_text& entry = writing.texts.emplace_back();
    entry.compression = is_ascii(text) ? PNG_TEXT_COMPRESSION_NONE : PNG_ITXT_COMPRESSION_NONE;
    entry.key = const_cast<char*>(key.c_str());  // libpng copies and never writes
    entry.text = const_cast<char*>(text.c_str());
    entry.text_length = text.size();
    entry.itxt_length = is_ascii(text) ? 0 : text.size();
  }
  for (std::int64_t y = 0; y < picture.height; ++y) {
    writing.rows.push_back(const_cast<png_bytep>(picture.bytes.data() + y * stride));
  }
  const Handle handle(writing);
  if (!run(handle.png, handle.info, writing, picture)) {
    throw InternalError(fmt::format("cannot write a PNG: {}", writing.message));
  }
  return std::move(writing.bytes);
}

void write_png(const std::string& path, const Picture& picture, const PngTexts& texts) {
  const std::vector<std::uint8_t> bytes = encode_png(picture, texts);
  const std::string beside = path + ".tmp";
  std::ofstream file(beside, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
  file.close();
  if (!file || std::rename(beside.c_str(), path.c_str()) != 0) {
    const std::string reason = std::generic_category().message(errno);
    std::remove(beside.c_str());
    throw Error(ExitCode::CantCreate,
                fmt::format("cannot write '{}': {}", printable(path), reason));
  }
}

}  // namespace agon
