#include "runners/data/refused_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace agon {

void RefusedFiles::add(const std::string& path, const std::string& why) {
  lines_.push_back(fmt::format("'{}': {}", printable(path), why));
}

void RefusedFiles::throw_if_any() const {
  if (lines_.empty()) return;
  if (lines_.size() == 1) throw Error(ExitCode::Data, lines_[0]);
  std::vector<std::string> sorted = lines_;
  std::ranges::sort(sorted);
  throw Error(ExitCode::Data,
              fmt::format("{} bad files\n  {}", sorted.size(), joined(sorted, "\n  ")));
}

}  // namespace agon
