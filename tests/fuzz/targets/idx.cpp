// The IDX files of `source: mnist`, packed or not. The first byte says which there are (1 training
// labels, 2 test pictures, 4 test labels) and what the experiment asks of them (16 another size, 32
// colour, 64 a share for validation).
#include "tests/fuzz/allowed.h"
#include "tests/fuzz/scratch.h"
#include "tests/fuzz/whole_set.h"

namespace agon {
namespace {

DataSpec wishes(std::uint8_t bits) {
  DataSpec spec;
  spec.source = "mnist";
  spec.path = scratch_folder() + "/idx";
  if (bits & 16) spec.height = spec.width = 5;
  if (bits & 32) spec.channels = 3;
  if (bits & 64) spec.validate = 0.5;
  return spec;
}

void place(bool there, const std::string& name, InputBytes content) {
  if (there) {
    scratch_file("idx/" + name, content);
  } else {
    remove_scratch_file("idx/" + name);
  }
}

}  // namespace
}  // namespace agon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace agon;
  Parts parts({data, size});
  const std::uint8_t bits = parts.byte();
  place(true, "train-images-idx3-ubyte", parts.part());
  place(bits & 1, "train-labels-idx1-ubyte", parts.part());
  place(bits & 2, "t10k-images-idx3-ubyte", parts.part());
  place(bits & 4, "t10k-labels-idx1-ubyte", parts.part());
  allow_refusal([&] { read_whole_set(wishes(bits)); });
  return 0;
}
