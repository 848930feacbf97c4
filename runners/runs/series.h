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
/// shortest text that reads back as the same float32; NaN and infinities are null. `fingerprint`
/// stands last, where there is one: "fingerprint": "8c1f...", and before it what signals of health
/// say: "signals": "alarm: collapse of generator: ...".
std::string metrics_line(std::int64_t step, const Measures& measures,
                         const std::string& fingerprint = "", const std::string& signals = "");

/// A line of metrics.jsonl read back; null values are NaN.
struct SeriesRow {
  std::int64_t step = 0;
  Measures measures;
  std::string fingerprint;
};
/// The rows of steps up to `last`, in order; lines that are none are passed over. A missing file
/// has none.
std::vector<SeriesRow> series_rows(const std::string& path, std::int64_t last);

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
  /// What was written survives a power cut from now on. Throws Error(Io). After a failure the next
  /// call writes the whole file anew, since a flush that failed may have dropped what it should
  /// have written.
  void flush_to_disk();

 private:
  [[noreturn]] void fail() const;
  void write_anew();

  std::string path_;
  std::FILE* file_;
  bool is_doubtful_ = false;
};

/// Cuts such a file off behind the lines of steps up to `step`; what is no whole line of a step
/// goes too. Returns the last line kept, or "". A missing file stays missing. Throws Error(Io).
std::string cut_after(const std::string& path, std::int64_t step);

}  // namespace agon
