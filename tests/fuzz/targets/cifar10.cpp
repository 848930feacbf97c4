// The files of `source: cifar10`. The first byte says which there are (1 a second training batch, 2
// test pictures, 4 the names of the classes) and what the experiment asks of them (16 another size,
// 32 grey).
#include "tests/fuzz/allowed.h"
#include "tests/fuzz/scratch.h"
#include "tests/fuzz/whole_set.h"

namespace agon {
namespace {

constexpr std::size_t kRecord = 3073;

/// What is given, then as many equal bytes as make it `records` whole ones: no input need carry
/// thousands of bytes for each picture. With no records the file is what is given.
std::string file_of(InputBytes given, std::size_t records) {
  std::string content(text_of(given));
  if (records > 0) content.resize(records * kRecord, '\3');
  return content;
}

void place(bool there, const std::string& name, const std::string& content) {
  if (there) {
    scratch_file("cifar10/" + name,
                 {reinterpret_cast<const std::uint8_t*>(content.data()), content.size()});
  } else {
    remove_scratch_file("cifar10/" + name);
  }
}

DataSpec wishes(std::uint8_t bits) {
  DataSpec spec;
  spec.source = "cifar10";
  spec.path = scratch_folder() + "/cifar10";
  if (bits & 16) spec.height = spec.width = 5;
  if (bits & 32) spec.channels = 1;
  return spec;
}

std::string next_file(Parts& parts) {
  const std::size_t records = parts.byte() % 4;
  return file_of(parts.part(), records);
}

}  // namespace
}  // namespace agon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace agon;
  Parts parts({data, size});
  const std::uint8_t bits = parts.byte();
  place(true, "data_batch_1.bin", next_file(parts));
  place(bits & 1, "data_batch_2.bin", next_file(parts));
  place(bits & 2, "test_batch.bin", next_file(parts));
  place(bits & 4, "batches.meta.txt", std::string(text_of(parts.rest())));
  allow_refusal([&] { read_whole_set(wishes(bits)); });
  return 0;
}
