#include "runners/training/saved.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace agon {

namespace fs = std::filesystem;

namespace {
/// Steps of the checkpoints in a folder, descending.
std::vector<std::int64_t> steps_in(const std::string& checkpoints) {
  std::vector<std::int64_t> steps;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(checkpoints, failure)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("step-")) continue;
    const auto step = parse_number(name.substr(5));
    if (step && fmt::format("step-{}", *step) == name)
      steps.push_back(static_cast<std::int64_t>(*step));
  }
  std::sort(steps.rbegin(), steps.rend());
  return steps;
}

std::string checkpoint_folder(const RunDirectory& run, std::int64_t step) {
  return fmt::format("{}/step-{}", run.checkpoints(), step);
}
/// Left on the disk of a folder; the most there can be where the system does not say.
std::uintmax_t free_bytes(const fs::path& folder) {
  std::error_code failure;
  const fs::space_info space = fs::space(folder, failure);
  return failure ? UINTMAX_MAX : space.available;
}
}  // namespace

std::string save_state(const RunDirectory& run, const Experiment& experiment,
                       const Variables& variables, const Measures& losses, std::int64_t step,
                       std::int64_t keep) {
  nlohmann::json extra = {{"config", experiment.hash}, {"seed", experiment.seed}};
  // not a number is null, as in metrics.jsonl
  for (const auto& [name, value] : losses) extra["losses"][name] = value;
  fs::path folder;
  try {
    folder = save_checkpoint(run.checkpoints(), variables, step, extra);
    const Checkpoint confirmed(folder);  // an old one goes only when the new one can be read
  } catch (const Error& failure) {
    if (failure.code() != ExitCode::Io) throw;
    throw Error(ExitCode::Io, fmt::format("{}; it takes {}, the disk has {} left", failure.what(),
                                          bytes_text(static_cast<double>(variables.bytes())),
                                          bytes_text(static_cast<double>(free_bytes(run.path)))));
  }
  const auto steps = steps_in(run.checkpoints());
  for (std::size_t i = static_cast<std::size_t>(std::max<std::int64_t>(1, keep)); i < steps.size();
       ++i) {
    std::error_code ignored;
    fs::remove_all(checkpoint_folder(run, steps[i]), ignored);
  }
  return folder.string();
}

Measures saved_losses(const Checkpoint& state) {
  Measures losses;
  const auto saved = state.extra().find("losses");
  if (saved == state.extra().end()) return losses;
  for (const auto& [name, value] : saved->items())
    losses.emplace_back(name, value.is_number() ? value.get<double>() : NAN);
  return losses;
}

std::int64_t saved_step(const RunDirectory& run, std::optional<std::int64_t> step,
                        Console& console) {
  if (step) {
    std::error_code failure;
    if (fs::is_directory(checkpoint_folder(run, *step), failure)) return *step;
    std::vector<std::string> there;
    for (const std::int64_t s : steps_in(run.checkpoints())) there.push_back(std::to_string(s));
    throw Error(ExitCode::NoInput,
                fmt::format("'{}': no checkpoint of step {}; there {}", printable(run.path), *step,
                            there.empty() ? "is none" : "are those of " + joined(there)));
  }
  const NewestCheckpoint newest = newest_checkpoint(run.checkpoints());
  for (const std::string& refused : newest.refused) console.complain("warning " + refused);
  if (!newest.checkpoint)
    throw Error(ExitCode::NoInput, "'" + printable(run.path) + "': no checkpoint yet");
  return newest.checkpoint->step();
}

Checkpoint saved_state(const RunDirectory& run, std::optional<std::int64_t> step,
                       Console& console) {
  return Checkpoint(checkpoint_folder(run, saved_step(run, step, console)));
}

std::set<std::string> restore_state(const RunDirectory& run, std::int64_t step,
                                    Variables& variables, const std::set<std::string>& optional) {
  return Checkpoint(checkpoint_folder(run, step)).restore(variables, optional);
}

void check_space(const std::string& folder, std::size_t bytes) {
  fs::path there = fs::absolute(folder);
  std::error_code failure;
  while (!fs::exists(there, failure) && there.has_relative_path()) there = there.parent_path();
  const std::uintmax_t left = free_bytes(there);
  if (left >= bytes) return;
  throw Error(ExitCode::CantCreate,
              fmt::format("'{}': the run needs {} for its checkpoints, the disk has {} left",
                          printable(folder), bytes_text(static_cast<double>(bytes)),
                          bytes_text(static_cast<double>(left))));
}

}  // namespace agon
