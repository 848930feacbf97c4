#pragma once
#include <span>
#include <string>

#include "tests/fuzz/targets.h"

namespace agon {

inline constexpr double kMostSeconds = 1;

/// Runs a target on an input. "" or what is wrong with that: an exception that is no refusal, more
/// than so many seconds of processor time, more than 512 MiB. Sanitizers get four times as much of
/// both. An input that takes a minute ends the process. While it runs, and after a crash, the input
/// is the file input_that_runs().
std::string verdict(const FuzzTarget& target, std::span<const std::uint8_t> input,
                    double seconds = kMostSeconds);

const std::string& input_that_runs();

}  // namespace agon
