#include "tests/survival/small_run.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

namespace agon {

namespace {
std::vector<std::string> training(const std::vector<std::string>& settings) {
  std::vector<std::string> arguments = {AGON_SOURCE_DIR "/tests/survival/small.yaml"};
  for (const std::string& setting : settings) arguments.insert(arguments.end(), {"--set", setting});
  return arguments;
}
}  // namespace

SmallRun::SmallRun(const std::vector<std::string>& settings, const std::string& runs)
    : KilledRun(training(settings), "small", runs) {}

Untroubled untroubled(const std::vector<std::string>& settings, Counted counted) {
  SmallRun run(settings);
  const Life life = run.live({}, counted);
  EXPECT_EQ(life.ending.code, 0) << life.ending.err;
  EXPECT_EQ(run.committed(), 5);
  return {results_of(run.folder()), life.calls};
}

bool is_exhaustive() {
  return std::getenv("AGON_EXHAUSTIVE") != nullptr;
}

std::vector<std::size_t> tried(std::size_t count, std::size_t stride) {
  std::vector<std::size_t> numbers;
  for (std::size_t n = 1; n < count; n += is_exhaustive() ? 1 : stride) numbers.push_back(n);
  if (count > 0) numbers.push_back(count);
  return numbers;
}

std::vector<Loss> tried_losses(std::size_t point) {
  if (is_exhaustive()) return {kLosses.begin(), kLosses.end()};
  // scattered: a stride may share a factor with the number of kinds
  return {kLosses[point * 2654435761u / 65536 % kLosses.size()]};
}

void report_tried(const std::string& what, std::size_t count) {
  testing::Test::RecordProperty(what, std::to_string(count));
  std::cout << "             " << count << " " << what << "\n";
}

std::string in_lines(const std::vector<std::string>& problems) {
  std::string text;
  for (const std::string& problem : problems) text += "\n  " + problem;
  return text;
}

}  // namespace agon
