#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace agon {

/// Something that a run's lock pins and that is otherwise now.
struct PinnedDifference {
  std::string item;  // "cpu.isa", "libraries.onednn", "data.digits/train images.idx"
  std::string expected, found;
};

/// What of this machine changes bits and is not as in the lock: versions of the rules, libraries,
/// processor, instruction set, device, lanes, environment. The program's own build is recorded, not
/// pinned. `now` is of the form of a lock; what it lacks is passed over.
std::vector<PinnedDifference> machine_differences(const nlohmann::ordered_json& lock,
                                                  const nlohmann::ordered_json& now);

/// What of the experiment itself is not as in the lock: the file's content, seed, precision,
/// determinism.
std::vector<PinnedDifference> experiment_differences(const nlohmann::ordered_json& lock,
                                                     const nlohmann::ordered_json& now);

/// What of data and weights is not as in the lock: sets by name, source and split, their examples,
/// and their files by number, size and content, wherever they lie.
std::vector<PinnedDifference> data_differences(const nlohmann::ordered_json& lock,
                                               const nlohmann::ordered_json& now);

/// The part of a lock that values hang on, or that is recorded with them (the program's build):
/// without paths, times and texts.
nlohmann::ordered_json pinned_part(const nlohmann::ordered_json& lock);

/// "cpu.isa: expected avx2, got avx512; ...", the first few of them.
std::string list_text(const std::vector<PinnedDifference>& differences);

}  // namespace agon
