#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace agon {

/// The processor's name as the system gives it, "Intel(R) Xeon(R) ...".
std::string cpu_model();

/// Memory that this process holds now, in bytes.
std::int64_t resident_bytes();

/// What of this machine and program can change bits, for the lock: program and build, libraries,
/// processor, instruction set, environment variables that libraries read.
nlohmann::ordered_json machine_record();

/// Whether an environment variable of that name can make a library compute otherwise.
bool changes_bits(std::string_view variable);
/// The names of those that are set, but for LD_LIBRARY_PATH: which libraries were found is
/// recorded.
std::vector<std::string> variables_that_change_bits();

}  // namespace agon
