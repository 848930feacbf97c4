#pragma once
#include <nlohmann/json.hpp>
#include <string>

namespace agon {

/// The processor's name as the system gives it, "Intel(R) Xeon(R) ...".
std::string cpu_model();

/// Memory that this process holds now, in bytes.
std::int64_t resident_bytes();

/// What of this machine and program can change bits, for the lock: program and build, libraries,
/// processor, instruction set, environment variables that libraries read.
nlohmann::ordered_json machine_record();

}  // namespace agon
