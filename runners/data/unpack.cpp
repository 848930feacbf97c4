#include "runners/data/unpack.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

#include "engine/base/text.h"
#include "runners/data/failure.h"
#include "runners/data/file_bytes.h"

namespace agon {
namespace {

constexpr std::int64_t kMostFileBytes = std::int64_t{4} << 30;
constexpr std::size_t kMostOfOne = 1032;  // bytes that deflate makes of a packed one
constexpr int kGzipOnly = 15 + 16;        // zlib's largest window, gzip header expected

class Inflate {
 public:
  Inflate(std::span<const std::uint8_t> packed, const std::string& path) : path_(path) {
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) throw std::bad_alloc();
    packed_ = packed;
  }
  ~Inflate() { inflateEnd(&stream_); }
  Inflate(const Inflate&) = delete;
  Inflate& operator=(const Inflate&) = delete;

  /// Fills `room` unless the stream ends or runs out first; how much was written.
  std::size_t read(std::span<std::uint8_t> room) {
    std::size_t done = 0;
    while (done < room.size() && !ended_) {
      const auto in = static_cast<uInt>(std::min(packed_.size(), kPiece));
      const auto out = static_cast<uInt>(std::min(room.size() - done, kPiece));
      stream_.next_in = const_cast<Bytef*>(packed_.data());  // zlib only reads it
      stream_.avail_in = in;
      stream_.next_out = room.data() + done;
      stream_.avail_out = out;
      const int status = inflate(&stream_, Z_NO_FLUSH);
      packed_ = packed_.subspan(in - stream_.avail_in);
      done += out - stream_.avail_out;
      ended_ = status == Z_STREAM_END;
      if (status == Z_BUF_ERROR) break;
      if (status != Z_OK && !ended_) {
        fail_in_file(path_, fmt::format("damaged gzip: {}",
                                        stream_.msg ? stream_.msg : "not a sound stream"));
      }
    }
    return done;
  }

  bool ended() const { return ended_; }
  std::size_t left() const { return packed_.size(); }

 private:
  static constexpr std::size_t kPiece = std::size_t{1} << 30;

  const std::string& path_;
  z_stream stream_{};
  std::span<const std::uint8_t> packed_;
  bool ended_ = false;
};

}  // namespace

bool is_gzip(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B;
}

std::vector<std::uint8_t> contents_prefix(const std::string& path, std::int64_t size) {
  std::vector<std::uint8_t> bytes = read_prefix(path, size + 4096);  // past any gzip header
  std::vector<std::uint8_t> made(static_cast<std::size_t>(size));
  if (is_gzip(bytes)) {
    made.resize(Inflate(bytes, path).read(made));
    return made;
  }
  bytes.resize(std::min(bytes.size(), made.size()));
  return bytes;
}

std::vector<std::uint8_t> contents(const std::string& path, std::int64_t size) {
  std::vector<std::uint8_t> bytes = read_bytes(path, kMostFileBytes);
  const auto expected = static_cast<std::size_t>(size);
  if (!is_gzip(bytes)) {
    if (bytes.size() != expected) {
      fail_in_file(path, fmt::format("has {} bytes; its header implies {}",
                                     thousands_text(std::ssize(bytes)), thousands_text(size)));
    }
    return bytes;
  }
  if (expected / kMostOfOne > bytes.size()) {
    fail_in_file(path, fmt::format("its {} bytes cannot unpack to the {} its header implies",
                                   thousands_text(std::ssize(bytes)), thousands_text(size)));
  }
  Inflate inflate(bytes, path);
  std::vector<std::uint8_t> made(expected);
  const std::size_t got = inflate.read(made);
  std::uint8_t beyond = 0;
  if (inflate.read({&beyond, 1}) != 0) {
    fail_in_file(path, fmt::format("unpacks to more than the {} bytes its header implies",
                                   thousands_text(size)));
  }
  if (!inflate.ended()) {
    fail_in_file(path,
                 fmt::format("the gzip stream is cut short: {} of {} bytes",
                             thousands_text(static_cast<std::int64_t>(got)), thousands_text(size)));
  }
  if (got != expected) {
    fail_in_file(path,
                 fmt::format("unpacks to {} bytes; its header implies {}",
                             thousands_text(static_cast<std::int64_t>(got)), thousands_text(size)));
  }
  if (inflate.left() != 0) {
    fail_in_file(path, fmt::format("{} bytes follow the gzip stream", inflate.left()));
  }
  return made;
}

}  // namespace agon
