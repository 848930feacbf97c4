#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "runners/runs/series.h"
#include "runners/terminal/console.h"

namespace agon {

/// Shows how a training comes on: a line rewritten in place on a terminal, elsewhere (and in the
/// log) a line now and then. Keeps the time that steps took, apart from everything between them.
class Progress {
 public:
  using Clock = std::chrono::steady_clock;

  /// `examples`: in one step, all draws together; `unit` is what they are: images, points; `only`:
  /// losses to show, all where empty.
  Progress(Console& console, std::int64_t first_step, std::int64_t steps, std::int64_t examples,
           std::string unit, std::vector<std::string> only = {});

  /// From now on a step has so many.
  void set_examples(std::int64_t examples) { examples_ = examples; }

  /// Call around each step.
  void begin_step() { step_began_ = Clock::now(); }
  void end_step(std::int64_t steps_done);
  /// Whether it is time to show something of the step that is ending.
  bool is_due() const;
  void show(const Measures& losses);
  /// A line for the last step, if it has not had one.
  void finish(const Measures& losses);

  struct Pace {
    double seconds = 0;  // since the start, everything included
    double ms_per_step = 0;
    double examples_per_second = 0;
  };
  /// Over the steps since the last call.
  Pace take_pace();
  /// Over all steps.
  Pace whole_pace() const;
  /// "1.17 k images/s".
  std::string rate_text(const Pace& pace) const;

 private:
  bool changes_line(double now) const;
  bool adds_line(double now) const;
  Measures shown(const Measures& losses) const;
  std::string text(const Measures& losses, bool with_time_left = true) const;
  Pace pace(std::int64_t steps, std::int64_t examples, double step_seconds) const;
  double since(Clock::time_point begin) const {
    return std::chrono::duration<double>(Clock::now() - begin).count();
  }

  Console& console_;
  std::int64_t first_step_, steps_, examples_;
  std::string unit_;
  std::vector<std::string> only_;
  std::int64_t done_;
  std::int64_t examples_done_ = 0;
  Clock::time_point began_ = Clock::now();
  Clock::time_point step_began_ = began_;
  double step_seconds_ = 0;
  double first_seconds_ = 0;  // everything up to the end of the first step
  struct Mark {
    std::int64_t done = 0;
    std::int64_t examples = 0;
    double step_seconds = 0;
  };
  Mark taken_;      // at the last take_pace
  Mark recent_[2];  // beginnings of the last and the current stretch of two seconds
  double last_shown_ = -1, last_line_ = -1;
  std::int64_t line_at_ = -1;
};

/// "d 0.6931  g 1.204": names without "losses." or "evaluate.".
std::string measures_text(const Measures& measures);

}  // namespace agon
