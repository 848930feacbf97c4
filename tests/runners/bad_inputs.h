#pragma once
#include <functional>
#include <string>
#include <vector>

#include "tests/runners/scratch_folder.h"

namespace agon {

/// One way in which an input is bad, and what the program does about it.
struct BadInput {
  int row;  // of the table of bad inputs, 1 to 42
  std::string label;
  /// Writes the files; gives the command line.
  std::function<std::vector<std::string>(const ScratchFolder&)> make;
  int code;
  std::vector<std::string> said;  // parts of what it prints
  /// Called once the program trains; null where it just runs to its end.
  std::function<void(const ScratchFolder&)> meanwhile = nullptr;
  bool as_nobody = false;  // without the rights of an administrator
};

/// A row that is about what this version does not have.
struct AbsentInput {
  int row;
  std::string why;
};

std::vector<BadInput> bad_configs();  // rows 1 to 27
std::vector<BadInput> bad_data();     // rows 28 to 42
std::vector<AbsentInput> absent_inputs();

/// sound_experiment() with `from` replaced; fails the test where it is missing.
std::string sound_with(const std::string& from, const std::string& to);

}  // namespace agon
