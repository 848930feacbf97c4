// A recorded training, as `agon reproduce` reads it.
#include "runners/reproduce/recording.h"

#include "tests/fuzz/allowed.h"
#include "tests/fuzz/scratch.h"

namespace agon {
namespace {

void read_twice(InputBytes text) {
  const TrainingRecord recording = read_recording(scratch_file("recording.json", text));
  require(nlohmann::json::parse(text).at("last") == recording.last, "a number is read as it is");
  const std::string written = to_text(recording);
  const auto* begin = reinterpret_cast<const std::uint8_t*>(written.data());
  const TrainingRecord again =
      read_recording(scratch_file("recording.json", {begin, written.size()}));
  require(to_text(again) == written, "a recording written and read is the same");
}

}  // namespace
}  // namespace agon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  agon::allow_refusal([&] { agon::read_twice({data, size}); });
  return 0;
}
