#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/runtime/safetensors.h"
#include "engine/runtime/variables.h"

namespace agon {

/// State of a run after `step` steps: <checkpoints>/step-<n>/ with variables.safetensors and
/// manifest.json. The manifest holds format, step, dtype, shape and SHA-256 of every tensor, size
/// and SHA-256 of every file, the caller's `extra`, and last the SHA-256 of itself without that
/// entry; its text is the one way to write these facts, so that a changed byte anywhere is found.
inline constexpr int kCheckpointFormat = 1;

/// Writes into a temporary folder, flushes every file and the folder, renames, flushes the parent:
/// after a crash there is the old state or the new one. A checkpoint of the same step is replaced.
/// Returns the folder. Throws Error(Io); what was there before stays.
std::filesystem::path save_checkpoint(const std::filesystem::path& checkpoints,
                                      const Variables& variables, std::int64_t step,
                                      const nlohmann::json& extra);

/// A checkpoint read whole, every hash confirmed.
class Checkpoint {
 public:
  /// Throws Error(Data) naming file and tensor, or Error(NoInput) when a file is missing.
  explicit Checkpoint(const std::filesystem::path& folder);

  const std::filesystem::path& folder() const { return folder_; }
  /// The file of all tensors.
  std::filesystem::path file() const;
  std::int64_t step() const { return step_; }
  const nlohmann::json& extra() const { return extra_; }
  const SafetensorsFile& tensors() const { return *tensors_; }

  struct Difference {
    std::vector<std::string> missing;  // variables the checkpoint lacks
    std::vector<std::string> extra;    // tensors no variable is named like
    std::vector<std::string> changed;  // "w: expected f32[2, 3], got f32[3, 2]"
    bool empty() const { return missing.empty() && extra.empty() && changed.empty(); }
  };
  Difference difference(const Variables& variables) const;
  /// Throws Error(Data) with the three lists unless the variables are exactly those saved; then
  /// none is changed. Those named in `optional` may be missing, and keep their value, or extra;
  /// those missing are returned.
  std::set<std::string> restore(Variables& variables,
                                const std::set<std::string>& optional = {}) const;
  /// Names of tensors with infinite or undefined elements.
  std::vector<std::string> nonfinite() const;

 private:
  std::filesystem::path folder_;
  std::int64_t step_ = 0;
  nlohmann::json extra_;
  std::unique_ptr<SafetensorsFile> tensors_;
};

/// The readable checkpoint of the highest step, by the folder's name and never by time.
struct NewestCheckpoint {
  std::optional<Checkpoint> checkpoint;
  std::vector<std::string> refused;   // why newer ones were not taken, newest first
  std::vector<std::string> leftover;  // names of other entries: temporary folders, foreign files
};
/// A folder that does not exist holds none; one that cannot be read is an Error(Io). With `before`,
/// only steps below it count.
NewestCheckpoint newest_checkpoint(const std::filesystem::path& checkpoints,
                                   std::optional<std::int64_t> before = std::nullopt);

}  // namespace agon
