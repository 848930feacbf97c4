#include "runners/training/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/base/text.h"
#include "runners/terminal/text.h"

namespace agon {

namespace {
constexpr double kRefresh = 0.1;  // seconds between changes of the line on a terminal
constexpr double kCalm = 10;      // seconds between lines elsewhere
constexpr double kFirstLine = 2;  // seconds until the first of them
constexpr double kStretch = 2;    // seconds over which images/s is measured, at least
}  // namespace

std::string measures_text(const Measures& measures) {
  std::string text;
  for (const auto& [name, value] : measures) {
    const std::string short_name = name.substr(name.find('.') + 1);
    text += fmt::format("{}{} {}", text.empty() ? "" : "  ", short_name, figure_text(value));
  }
  return text;
}

Progress::Progress(Console& console, std::int64_t first_step, std::int64_t steps,
                   std::int64_t examples, std::string unit, std::vector<std::string> only)
    : console_(console),
      first_step_(first_step),
      steps_(steps),
      examples_(examples),
      unit_(std::move(unit)),
      only_(std::move(only)),
      done_(first_step) {
  taken_.done = recent_[0].done = recent_[1].done = first_step;
}

void Progress::end_step(std::int64_t steps_done) {
  step_seconds_ += since(step_began_);
  done_ = steps_done;
  examples_done_ += examples_;
  if (done_ == first_step_ + 1) first_seconds_ = since(began_);
  if (step_seconds_ - recent_[1].step_seconds >= kStretch) {
    recent_[0] = recent_[1];
    recent_[1] = {done_, examples_done_, step_seconds_};
  }
}

bool Progress::changes_line(double now) const {
  return console_.is_terminal() && now - last_shown_ >= kRefresh;
}

bool Progress::adds_line(double now) const {
  return now >= kFirstLine && (last_line_ < 0 || now - last_line_ >= kCalm);
}

bool Progress::is_due() const {
  const double now = since(began_);
  return changes_line(now) || adds_line(now);
}

void Progress::show(const Measures& losses) {
  const double now = since(began_);
  if (changes_line(now)) {
    console_.progress(text(losses));
    last_shown_ = now;
  }
  if (!adds_line(now)) return;
  last_line_ = now;
  line_at_ = done_;
  if (console_.is_terminal()) {
    console_.log_only(text(losses));
  } else {
    console_.line(text(losses));
  }
}

void Progress::finish(const Measures& losses) {
  console_.clear_progress();
  if (line_at_ != done_ && done_ > first_step_) console_.line(text(losses, false));
}

std::string Progress::text(const Measures& losses, bool with_time_left) const {
  const Mark& from = recent_[0];
  const Pace recent =
      pace(done_ - from.done, examples_done_ - from.examples, step_seconds_ - from.step_seconds);
  const std::string steps = thousands_text(steps_);
  std::string line = fmt::format("step {:>{}}/{}  {}  {}", thousands_text(done_), steps.size(),
                                 steps, measures_text(shown(losses)), rate_text(recent));
  if (with_time_left && done_ < steps_ && done_ > first_step_ + 1) {
    const double each =
        (since(began_) - first_seconds_) / static_cast<double>(done_ - first_step_ - 1);
    line += "  " + duration_text(each * static_cast<double>(steps_ - done_)) + " left";
  }
  return line;
}

Measures Progress::shown(const Measures& losses) const {
  if (only_.empty()) return losses;
  Measures chosen;
  for (const auto& measure : losses) {
    if (std::ranges::find(only_, measure.first.substr(measure.first.find('.') + 1)) != only_.end())
      chosen.push_back(measure);
  }
  return chosen;
}

std::string Progress::rate_text(const Pace& pace) const {
  return fmt::format("{} {}/s", scaled_text(pace.examples_per_second), unit_);
}

Progress::Pace Progress::pace(std::int64_t steps, std::int64_t examples,
                              double step_seconds) const {
  Pace pace;
  pace.seconds = since(began_);
  if (steps <= 0 || step_seconds <= 0) return pace;
  pace.ms_per_step = 1e3 * step_seconds / static_cast<double>(steps);
  pace.examples_per_second = static_cast<double>(examples) / step_seconds;
  return pace;
}

Progress::Pace Progress::take_pace() {
  const Pace taken = pace(done_ - taken_.done, examples_done_ - taken_.examples,
                          step_seconds_ - taken_.step_seconds);
  taken_ = {done_, examples_done_, step_seconds_};
  return taken;
}

Progress::Pace Progress::whole_pace() const {
  return pace(done_ - first_step_, examples_done_, step_seconds_);
}

}  // namespace agon
