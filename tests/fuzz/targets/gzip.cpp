// A file that may be gzip and should unpack to as many bytes as the first two of the input say.
#include "runners/data/unpack.h"
#include "tests/fuzz/allowed.h"
#include "tests/fuzz/scratch.h"

namespace agon {
namespace {

void unpack(std::int64_t size, InputBytes file) {
  const std::string path = scratch_file("packed", file);
  allow_refusal([&] {
    const auto start = contents_prefix(path, 16);
    require(std::ssize(start) <= 16, "a prefix is no longer than asked for");
  });
  const std::vector<std::uint8_t> made = contents(path, size);
  require(std::ssize(made) == size, "contents have the size asked for");
}

}  // namespace
}  // namespace agon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  agon::Parts parts({data, size});
  const std::int64_t low = parts.byte();
  const std::int64_t expected = low | std::int64_t{parts.byte()} << 8;
  agon::allow_refusal([&] { agon::unpack(expected, parts.rest()); });
  return 0;
}
