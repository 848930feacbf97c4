#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "tests/survival/killed_run.h"

namespace agon {

/// The run of small.yaml, which most tests kill, with `settings` as behind --set.
class SmallRun : public KilledRun {
 public:
  explicit SmallRun(const std::vector<std::string>& settings = {}, const std::string& runs = "");
};

/// What the small run is without trouble.
struct Untroubled {
  RunResults results;
  std::vector<TracedCall> calls;
};
Untroubled untroubled(const std::vector<std::string>& settings = {},
                      Counted counted = Counted::Changing);

/// Whether everything is to be tried, which takes some minutes: AGON_EXHAUSTIVE is set.
bool is_exhaustive();

/// Numbers 1 to `count`: all of them, or where not everything is tried each `stride`-th, and the
/// last.
std::vector<std::size_t> tried(std::size_t count, std::size_t stride);

/// Losses of a power cut to try at a point: all kinds, or one of them, another from point to point.
std::vector<Loss> tried_losses(std::size_t point);

/// Notes on standard output and in the test's record how much was tried.
void report_tried(const std::string& what, std::size_t count);

/// Lines, each led by a blank, for a failed test; "" for none.
std::string in_lines(const std::vector<std::string>& problems);

}  // namespace agon
