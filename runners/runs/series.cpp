#include "runners/runs/series.h"

#include <fmt/format.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace agon {

std::string metrics_line(std::int64_t step, const Measures& measures) {
  std::string line = fmt::format("{{\"step\": {}", step);
  for (const auto& [name, value] : measures) {
    line += ", " + nlohmann::json(name).dump() + ": ";
    const auto single = static_cast<float>(value);
    line += std::isfinite(single) ? fmt::format("{}", single) : "null";
  }
  return line + "}";
}

LineFile::LineFile(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "ae")) {
  if (file_ == nullptr) {
    throw Error(ExitCode::CantCreate,
                fmt::format("'{}': cannot write: {}", printable(path), std::strerror(errno)));
  }
}

LineFile::~LineFile() {
  std::fclose(file_);
}

void LineFile::write(const std::string& line) {
  const std::string text = line + "\n";
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size() || std::fflush(file_) != 0) {
    throw Error(ExitCode::Io,
                fmt::format("'{}': cannot write: {}", printable(path_), std::strerror(errno)));
  }
}

}  // namespace agon
