#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "graphs/experiment/training.h"
#include "runners/training/backend.h"
#include "runners/training/sources.h"

namespace agon {

/// Version of the rules by which the engine's kernels round and sum; raised when a release gives
/// other bits for the same graph.
inline constexpr int kNumericsVersion = 1;
/// Versions of how weights begin, and of how files become pixels.
inline constexpr int kInitialVersion = 1;
inline constexpr int kPreprocessingVersion = 1;

/// Versions of every rule that values hang on, by name.
nlohmann::ordered_json versions_record();

/// The sets opened in `sources` (by stage), each once, with every file's size and hash.
nlohmann::ordered_json data_record(const std::vector<std::unique_ptr<Sources>>& sources);

/// What a run records before step 1: everything its values depend on. Opens and hashes the files
/// of every set opened in `sources` (by stage), and those that weights begin from.
nlohmann::ordered_json lock_record(const Experiment& experiment,
                                   const std::vector<std::unique_ptr<Sources>>& sources,
                                   const Backend& backend);

/// `device` ("cpu" or "cuda:N": where everything is computed that the file does not place),
/// `accelerator` (what it is, empty where there is none) and, where `device: auto` was settled,
/// `device_chosen`, how.
nlohmann::ordered_json device_record(const Backend& backend);
/// What a lock, or the pinned part of one, says of an earlier process.
Means means_of(const nlohmann::ordered_json& lock);

/// The experiment with the paths of its data and weights made absolute, so that it can be read
/// again from anywhere.
Yaml with_absolute_paths(const Experiment& experiment);

}  // namespace agon
