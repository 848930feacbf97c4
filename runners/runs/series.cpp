#include "runners/runs/series.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace agon {

std::string metrics_line(std::int64_t step, const Measures& measures,
                         const std::string& fingerprint) {
  std::string line = fmt::format("{{\"step\": {}", step);
  for (const auto& [name, value] : measures) {
    line += ", " + nlohmann::json(name).dump() + ": ";
    const auto single = static_cast<float>(value);
    line += std::isfinite(single) ? fmt::format("{}", single) : "null";
  }
  if (!fingerprint.empty()) line += ", \"fingerprint\": \"" + fingerprint + "\"";
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

void LineFile::fail() const {
  throw Error(ExitCode::Io,
              fmt::format("'{}': cannot write: {}", printable(path_), std::strerror(errno)));
}

void LineFile::write(const std::string& line) {
  const std::string text = line + "\n";
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size() || std::fflush(file_) != 0)
    fail();
}

void LineFile::flush_to_disk() {
  if (fsync(fileno(file_)) != 0) fail();
}

std::string cut_after(const std::string& path, std::int64_t step) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return "";
  std::string last;
  std::uintmax_t kept = 0;
  for (std::string line; std::getline(file, line) && !file.eof();) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    const auto number = json.is_object() ? json.find("step") : json.end();
    if (number == json.end() || !number->is_number_integer() || number->get<std::int64_t>() > step)
      break;
    kept += line.size() + 1;
    last = line;
  }
  std::error_code failure;
  std::filesystem::resize_file(path, kept, failure);
  if (failure) {
    throw Error(ExitCode::Io,
                fmt::format("'{}': cannot be cut: {}", printable(path), failure.message()));
  }
  return last;
}

}  // namespace agon
