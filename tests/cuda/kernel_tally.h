#pragma once
#include <algorithm>
#include <cstdio>
#include <map>
#include <string>

#include "tests/cuda/device_trial.h"

namespace agon::op_cases {

/// What was judged, by the name of the kernel: how many cases, how many of them were wrong, and the
/// largest error as a share of what is allowed.
class KernelTally {
 public:
  void add(const std::string& kernel, const TrialResult& result) {
    Row& row = rows_[kernel];
    ++row.cases;
    row.wrong += result.wrong.empty() ? 0 : 1;
    row.worst = std::max(row.worst, result.worst);
  }
  /// "kernel cuda:sum cases 12 wrong 0 worst 0.25", a line for each.
  void print() const {
    for (const auto& [name, row] : rows_)
      std::printf("kernel %s cases %d wrong %d worst %.3g\n", name.c_str(), row.cases, row.wrong,
                  row.worst);
    std::fflush(stdout);
  }

 private:
  struct Row {
    int cases = 0, wrong = 0;
    double worst = 0;
  };
  std::map<std::string, Row> rows_;
};

}  // namespace agon::op_cases
