#include "runners/runs/run_state.h"

#include <fmt/format.h>

#include <filesystem>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/runtime/checkpoint.h"
#include "runners/runs/run_directory.h"

namespace agon {

namespace fs = std::filesystem;

namespace {
RunDirectory found_run(const std::string& runs, const std::string& argument) {
  try {
    return find_run(runs, argument);
  } catch (const Error& failure) {
    if (!is_run_name(argument)) throw;
    throw Error(failure.code(), fmt::format("{} (agon train CONFIG --name {} --runs {} makes one)",
                                            failure.what(), argument, printable(runs)));
  }
}
}  // namespace

std::string state_of_run(const std::string& runs, const std::string& argument) {
  const RunDirectory run = found_run(runs, argument);
  const NewestCheckpoint newest = newest_checkpoint(run.checkpoints());
  if (!newest.checkpoint) {
    throw Error(ExitCode::NoInput,
                fmt::format("'{}': no good checkpoint yet; train it further", printable(run.path)));
  }
  std::error_code failure;
  return fs::absolute(newest.checkpoint->file(), failure).lexically_normal().string();
}

std::function<std::string(const std::string& argument)> states_in(const std::string& runs) {
  return [runs](const std::string& argument) { return state_of_run(runs, argument); };
}

}  // namespace agon
