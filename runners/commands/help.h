#pragma once
#include <CLI/CLI.hpp>
#include <string>

namespace agon {

/// "usage: agon train CONFIG ..."; of the whole program for "".
std::string usage_text(const std::string& command);

/// What --help shows: of the program, or of one command with its options.
std::string help_text(const CLI::App& app, const std::string& command);

}  // namespace agon
