#include "tests/fuzz/verdict.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <ctime>
#include <exception>
#include <fstream>
#include <stdexcept>

namespace agon {

namespace {

#ifdef AGON_SANITIZED
constexpr int kChecks = 4;  // take this much more time; freed memory stays for a while
#else
constexpr int kChecks = 1;
#endif
constexpr long kMostKilobytes = kChecks * (512L << 10);
constexpr long kHangSeconds = 60;

/// A file that holds the last input whatever becomes of the process.
class KeptInput {
 public:
  explicit KeptInput(const std::string& path)
      : file_(open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) {}

  void keep(std::span<const std::uint8_t> input) const {
    const bool kept = pwrite(file_, input.data(), input.size(), 0) == std::ssize(input) &&
                      ftruncate(file_, std::ssize(input)) == 0;
    if (!kept) throw std::runtime_error("cannot keep the input in " + input_that_runs());
  }

 private:
  int file_;
};

/// SIGPROF, which ends the process, after so much processor time.
void end_after(long seconds) {
  const itimerval once{{0, 0}, {seconds, 0}};
  setitimer(ITIMER_PROF, &once, nullptr);
}

/// Of the process, the highest so far.
long peak_kilobytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

long resident_kilobytes() {
  long size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * (sysconf(_SC_PAGESIZE) >> 10);
}

std::string thrown_by(const FuzzTarget& target, std::span<const std::uint8_t> input) {
  try {
    target.run(input.data(), input.size());
    return "";
  } catch (const std::exception& failure) {
    return fmt::format("threw: {}", failure.what());
  } catch (...) {
    return "threw something";
  }
}

}  // namespace

const std::string& input_that_runs() {
  static const std::string path = AGON_BINARY_DIR "/fuzz-input";
  return path;
}

std::string verdict(const FuzzTarget& target, std::span<const std::uint8_t> input, double seconds) {
  static const KeptInput kept(input_that_runs());
  kept.keep(input);
  const long peak = peak_kilobytes(), resident = resident_kilobytes();
  const std::clock_t begin = std::clock();
  end_after(kHangSeconds);
  std::string wrong = thrown_by(target, input);
  end_after(0);
  const double spent = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  if (wrong.empty() && spent > kChecks * seconds) wrong = fmt::format("took {:.2f} s", spent);
  const long now = peak_kilobytes(), taken = now - resident;
  if (wrong.empty() && now > peak && taken > kMostKilobytes)
    wrong = fmt::format("took {} MiB", taken >> 10);
  return wrong;
}

}  // namespace agon
