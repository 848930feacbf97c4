#include "runners/runs/remove_run.h"

#include <filesystem>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace agon {

namespace fs = std::filesystem;

void remove_run(const RunDirectory& run) {
  const RunLock lock(run);
  std::error_code failure;
  fs::remove_all(run.path, failure);
  if (failure) {
    throw Error(ExitCode::Io, "'" + printable(run.path) + "': cannot remove: " + failure.message());
  }
  fs::remove(fs::path(run.path).parent_path(), failure);  // refused while other runs are in it
}

}  // namespace agon
