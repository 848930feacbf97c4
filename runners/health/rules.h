#pragma once
#include <limits>
#include <span>
#include <string>

namespace agon {

enum class HealthLevel { Good, Warning, Alarm };

/// When a number of a look tells of a failure. Past a limit at `looks` looks in a row, none of them
/// before the share `grace` of the training, it gives that level.
struct HealthRule {
  static constexpr double kNever = std::numeric_limits<double>::infinity();
  struct Limits {
    double warning = kNever;
    double alarm = kNever;
  };

  const char* signal;   // "collapse"
  const char* measure;  // the last part of its name
  Limits above = {};
  Limits below = {-kNever, -kNever};
  int looks = 2;
  double grace = 0;
  const char* meaning;  // "its examples differ {} times as much as the data's"
  const char* advice;
};

/// All of them; measures that Tendencies adds included.
std::span<const HealthRule> health_rules();

}  // namespace agon
