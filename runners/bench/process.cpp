#include "runners/bench/process.h"

#include <time.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace agon {

double seconds_since_process_start() {
  std::ifstream file("/proc/self/stat");
  std::string text;
  std::getline(file, text);
  // the program's name may hold blanks and brackets; after it come fields 3, 4, ...
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  constexpr int kFirst = 3, kStartTime = 22;
  std::string skipped;
  for (int i = kFirst; i < kStartTime; ++i) fields >> skipped;
  double ticks = 0;
  fields >> ticks;
  timespec now = {};
  clock_gettime(CLOCK_BOOTTIME, &now);
  const double since_boot =
      static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  return since_boot - ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::int64_t peak_resident_bytes() {
  std::ifstream file("/proc/self/status");
  for (std::string word; file >> word;) {
    if (word != "VmHWM:") continue;
    std::int64_t kib = 0;
    file >> kib;
    return kib * 1024;
  }
  return 0;
}

}  // namespace agon
