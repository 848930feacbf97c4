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
#include "engine/runtime/durable_file.h"

namespace agon {

std::string metrics_line(std::int64_t step, const Measures& measures,
                         const std::string& fingerprint, const std::string& signals) {
  std::string line = fmt::format("{{\"step\": {}", step);
  for (const auto& [name, value] : measures) {
    line += ", " + nlohmann::json(name).dump() + ": ";
    const auto single = static_cast<float>(value);
    line += std::isfinite(single) ? fmt::format("{}", single) : "null";
  }
  if (!signals.empty()) line += ", \"signals\": " + nlohmann::json(signals).dump();
  if (!fingerprint.empty()) line += ", \"fingerprint\": \"" + fingerprint + "\"";
  return line + "}";
}

std::vector<SeriesRow> series_rows(const std::string& path, std::int64_t last) {
  std::vector<SeriesRow> rows;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const auto json = nlohmann::ordered_json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("step") || !json["step"].is_number_integer()) continue;
    SeriesRow row{.step = json["step"].get<std::int64_t>(), .measures = {}, .fingerprint = {}};
    if (row.step > last) break;
    for (const auto& [name, value] : json.items()) {
      if (name == "fingerprint" && value.is_string()) row.fingerprint = value.get<std::string>();
      if (name == "step" || value.is_string()) continue;
      row.measures.emplace_back(name, value.is_number() ? value.get<double>() : NAN);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

LineFile::LineFile(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "ae")) {
  if (file_ == nullptr) {
    throw Error(ExitCode::CantCreate,
                fmt::format("'{}': cannot write: {}", printable(path), std::strerror(errno)));
  }
}

LineFile::~LineFile() {
  if (file_ != nullptr) std::fclose(file_);
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
  if (is_doubtful_) return write_anew();
  if (fsync(fileno(file_)) == 0) return;
  is_doubtful_ = true;
  fail();
}

void LineFile::write_anew() {
  const Buffer whole = read_file(path_);
  DurableFile file(path_);
  file.write(std::span(static_cast<const std::byte*>(whole.data()), whole.bytes()));
  file.commit();
  std::fclose(file_);
  file_ = std::fopen(path_.c_str(), "ae");
  if (file_ == nullptr) fail();
  is_doubtful_ = false;
}

std::string cut_after(const std::string& path, std::int64_t step) {
  std::error_code failure;
  if (!std::filesystem::exists(path, failure) && !failure) return "";
  const Buffer whole = read_file(path);
  const std::string_view text(static_cast<const char*>(whole.data()), whole.bytes());
  std::string last;
  std::size_t kept = 0;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos;
       end = text.find('\n', kept)) {
    const std::string line(text.substr(kept, end - kept));
    const auto json = nlohmann::json::parse(line, nullptr, false);
    const auto number = json.is_object() ? json.find("step") : json.end();
    if (number == json.end() || !number->is_number_integer() || number->get<std::int64_t>() > step)
      break;
    kept = end + 1;
    last = line;
  }
  std::filesystem::resize_file(path, kept, failure);
  if (failure) {
    throw Error(ExitCode::Io,
                fmt::format("'{}': cannot be cut: {}", printable(path), failure.message()));
  }
  return last;
}

}  // namespace agon
