#include "runners/sweep/sweep_folder.h"

#include <fmt/format.h>

#include "engine/base/error.h"

namespace agon {

RunDirectory SweepFolder::trial(const TrialKey& key) const {
  return {fmt::format("{}/trials/{:05}.{}", path, key.setting, key.repeat)};
}

SweepFile kept_sweep(SweepStore& store) {
  const auto text = store.fact(fact::kText), path = store.fact(fact::kFile);
  if (!text || !path) throw Error(ExitCode::Data, "the sweep never began");
  return read_sweep_text(*text, *path);
}

SweepFolder sweep_folder(const std::string& runs, const std::string& name) {
  return {fmt::format("{}/{}.sweep", runs, name)};
}

}  // namespace agon
