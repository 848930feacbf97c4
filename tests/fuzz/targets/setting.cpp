// What `--set` is given, a setting a line, on an experiment without a mistake.
#include "graphs/document/reader.h"
#include "graphs/document/writer.h"
#include "graphs/experiment/experiment.h"
#include "tests/fuzz/allowed.h"
#include "tests/fuzz/invented_data.h"
#include "tests/fuzz/parts.h"
#include "tests/sound_experiment.h"

namespace agon {
namespace {

constexpr std::size_t kMostSettings = 16;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty() && lines.size() < kMostSettings) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

void read_with(const std::vector<std::string>& settings) {
  ReadOptions options;
  options.set = settings;
  const Experiment experiment =
      read_experiment_text(sound_experiment(), "sound.yaml", ".", options, invented_facts);
  require(same_content(read_yaml_text(to_yaml(experiment.document), "w"), experiment.document),
          "an experiment written and read is the same");
}

}  // namespace
}  // namespace agon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto settings = agon::lines_of(agon::text_of({data, size}));
  agon::allow_refusal([&] { agon::read_with(settings); });
  return 0;
}
