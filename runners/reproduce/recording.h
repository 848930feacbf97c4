#pragma once
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "engine/runtime/fingerprint.h"
#include "runners/data/picture.h"
#include "runners/runs/series.h"

namespace agon {

/// What a training had come to after a step.
struct RecordedStep {
  Measures measures;            // losses, and evaluations where they were due; may be empty
  std::string fingerprint;      // of all variables; may be empty
  NamedFingerprints variables;  // of each one; may be empty
  /// What the instructions of the step gave, in order: "1.12 conv2d mlp.yaml:35" with the draw's
  /// number and the instruction's; may be empty. Read from a file they have no names.
  NamedFingerprints instructions;
  /// By how much each loss moves, at most, when the weights that training begins with are changed
  /// by a rounding; may be empty.
  Measures spread;
};

/// A training, or its first steps, as values that a rerun is held to bit for bit.
struct TrainingRecord {
  /// What of experiment, machine and program the values hang on: a part of a run's lock.
  nlohmann::ordered_json pinned;
  std::vector<std::string> set;  // settings that it was made with
  std::int64_t last = 0;         // steps it reaches to
  std::map<std::int64_t, RecordedStep> steps;
  std::map<std::string, std::string> pictures;  // SHA-256 of pixels by name: step-000500.png
};

/// JSON, a line for each step.
std::string to_text(const TrainingRecord& recording);
/// Throws Error(Data) naming `path` for a text that to_text has not made.
TrainingRecord read_recording(const std::string& path);

/// SHA-256 of sizes and pixels, 64 hexadecimal digits.
std::string pixel_hash(const Picture& picture);

}  // namespace agon
