#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "tests/runners/quick_training.h"
#include "tests/shipped_configs.h"

/// Every shipped config in its quick size: the bits of a training run depend neither on the order
/// of ready instructions nor on the processors.
namespace agon {
namespace {

namespace fs = std::filesystem;

/// Every thread of the process on the processors of `mask`, while it lives.
class OnProcessors {
 public:
  explicit OnProcessors(unsigned mask) {
    sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t chosen;
    CPU_ZERO(&chosen);
    unsigned number = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &before_) && (mask >> number++ & 1u) != 0) CPU_SET(cpu, &chosen);
    }
    set_all(CPU_COUNT(&chosen) > 0 ? chosen : before_);
  }
  ~OnProcessors() { set_all(before_); }
  OnProcessors(const OnProcessors&) = delete;
  OnProcessors& operator=(const OnProcessors&) = delete;

 private:
  static void set_all(const cpu_set_t& mask) {
    for (const auto& entry : fs::directory_iterator("/proc/self/task"))
      sched_setaffinity(std::stoi(entry.path().filename().string()), sizeof mask, &mask);
  }
  cpu_set_t before_{};
};

std::vector<std::string> differing(const QuickTraining& a, const QuickTraining& b) {
  std::vector<std::string> names;
  const auto other = b.bytes();
  for (const auto& [name, bytes] : a.bytes()) {
    if (other.at(name) != bytes) names.push_back(name);
  }
  return names;
}

void expect_same_bits(const std::string& config, int steps) {
  const Plan plan = quick_plan(config);
  const Arrays initial = initial_variables(plan);
  QuickTraining plain(plan, initial, {});
  plain.steps(steps);
  for (const std::uint64_t shuffle : {1, 2, 3}) {
    QuickTraining shuffled(plan, initial, {.shuffle = shuffle});
    shuffled.steps(steps);
    EXPECT_EQ(differing(plain, shuffled), std::vector<std::string>()) << "shuffle " << shuffle;
  }
  for (const unsigned mask : {1u, 2u, 3u}) {
    const OnProcessors chosen(mask);
    QuickTraining masked(plan, initial, {.shuffle = 10 + mask});
    masked.steps(steps);
    EXPECT_EQ(differing(plain, masked), std::vector<std::string>()) << "processors " << mask;
  }
}

class SameBits : public testing::TestWithParam<std::string> {};

/// AGON_STEPS makes the runs longer than the few that every change can wait for.
int steps_asked_for() {
  const char* text = std::getenv("AGON_STEPS");
  return text == nullptr ? 5 : std::atoi(text);
}

TEST_P(SameBits, WhateverTheOrderAndTheProcessors) {
  expect_same_bits(GetParam(), steps_asked_for());
}

INSTANTIATE_TEST_SUITE_P(Spread, SameBits, testing::ValuesIn(spread_of_configs()),
                         [](const auto& config) { return test_name(config.param); });
INSTANTIATE_TEST_SUITE_P(Rest, SameBits, testing::ValuesIn(rest_of_configs()),
                         [](const auto& config) { return test_name(config.param); });

}  // namespace
}  // namespace agon
