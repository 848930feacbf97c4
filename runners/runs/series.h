#pragma once
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace agon {

/// Values of one step by name, in the order of the file.
using Measures = std::vector<std::pair<std::string, double>>;

/// One JSON object: {"step": 100, "losses.d": 0.6931472, ...}. Values are those of float32, in the
/// shortest text that reads back as the same float32; NaN and infinities are null.
std::string metrics_line(std::int64_t step, const Measures& measures);

/// A file of such lines, written whole lines at a time.
class LineFile {
 public:
  /// Appends to the file, which may exist. Throws Error(CantCreate).
  explicit LineFile(const std::string& path);
  ~LineFile();
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;

  /// `line` without its newline. Throws Error(Io).
  void write(const std::string& line);

 private:
  std::string path_;
  std::FILE* file_;
};

}  // namespace agon
