// metrics.jsonl and timing.jsonl of a run that goes on: cut off behind a step. The first byte is
// the step.
#include "runners/runs/series.h"

#include <fstream>
#include <iterator>

#include "tests/fuzz/allowed.h"
#include "tests/fuzz/scratch.h"

namespace agon {
namespace {

std::string whole_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void cut(std::int64_t step, InputBytes lines) {
  const std::string path = scratch_file("series.jsonl", lines);
  const std::string last = cut_after(path, step);
  const std::string kept = whole_file(path);
  require(text_of(lines).starts_with(kept), "what is kept stands as it was");
  require(kept.empty() ? last.empty() : kept.ends_with(last + "\n"), "the last line is the last");
  require(cut_after(path, step) == last && whole_file(path) == kept,
          "cutting twice is cutting once");
}

}  // namespace
}  // namespace agon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  agon::Parts parts({data, size});
  const std::int64_t step = parts.byte();
  agon::allow_refusal([&] { agon::cut(step, parts.rest()); });
  return 0;
}
