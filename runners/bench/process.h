#pragma once
#include <cstdint>

namespace agon {

/// Seconds since this process was started, as the system has it (to 10 ms): loading the program's
/// libraries counts.
double seconds_since_process_start();

/// The most memory this process has held so far, in bytes.
std::int64_t peak_resident_bytes();

}  // namespace agon
