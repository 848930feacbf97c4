// The text of an experiment file: read, written again, and built into graphs. It may extend
// part.yaml, the one other file there is.
#include <cstdlib>

#include "graphs/document/reader.h"
#include "graphs/document/writer.h"
#include "graphs/experiment/training.h"
#include "ops/ops.h"
#include "tests/fuzz/allowed.h"
#include "tests/fuzz/invented_data.h"
#include "tests/fuzz/scratch.h"

namespace agon {
namespace {

constexpr std::string_view kPart = R"(params: {latent: 8}
networks:
  generator:
    input: {z: [latent]}
    layers:
      - dense: 784
      - reshape: [1, 28, 28]
)";

/// The folder with part.yaml, and a process that looks for files nowhere else.
const std::string& folder_with_part() {
  static const std::string folder = [] {
    unsetenv("AGON_DATA");
    scratch_file("part.yaml", {reinterpret_cast<const std::uint8_t*>(kPart.data()), kPart.size()});
    return scratch_folder();
  }();
  return folder;
}

const OpRegistry& all_ops() {
  static const OpRegistry* made = [] {
    auto* ops = new OpRegistry;
    register_all_ops(*ops);
    return ops;
  }();
  return *made;
}

/// Whether `extends` names a file that is not the target's own, which would be opened.
bool extends_others(const Yaml& document) {
  const Yaml* extends = document.find("extends");
  if (extends == nullptr) return false;
  const auto is_other = [](const Yaml& name) {
    return name.is_scalar() && name.text != "part.yaml";
  };
  return is_other(*extends) || std::ranges::any_of(extends->items, is_other);
}

void read_and_build(const std::string& text) {
  if (extends_others(read_yaml_text(text, "fuzzed.yaml"))) return;
  const ReadOptions options{.set = {}, .quick = false, .ops = &all_ops()};
  const Experiment experiment =
      read_experiment_text(text, "fuzzed.yaml", folder_with_part(), options, invented_facts);
  const std::string written = to_yaml(experiment.document);
  require(same_content(read_yaml_text(written, "written.yaml"), experiment.document),
          "an experiment written and read is the same");
  build_plans(experiment, all_ops());
}

}  // namespace
}  // namespace agon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(agon::text_of({data, size}));
  agon::allow_refusal([&] { agon::read_and_build(text); });
  return 0;
}
