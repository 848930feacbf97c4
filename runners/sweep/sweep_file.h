#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "graphs/keys/forms.h"
#include "runners/sweep/search/search.h"

namespace agon {

/// A key that a sweep varies, or several that go together.
struct Varied {
  Origin origin;
  std::vector<std::string> paths;  // as --set takes them
  Dimension dimension;
  /// Of a Choice: for each the values of all paths, as --set takes them.
  std::vector<std::vector<std::string>> choices;

  /// "beta=2.5" for each path.
  std::vector<std::string> settings(double value) const;
};

/// A number of a trial that the sweep wants small or large: a measure of metrics.jsonl, `seconds`
/// (of training) or `images_per_second`.
struct Objective {
  std::string measure;
  bool maximize = false;
  Origin origin;
};

/// When trials end before their time.
struct StopEarly {
  enum class Rule { None, Median, Asha } rule = Rule::None;
  std::string watch;  // a measure, small is good unless `maximize`
  bool maximize = false;
  std::int64_t from = 0;     // the first step at which it is judged
  std::int64_t every = 0;    // median: steps between two judgements
  double factor = 3;         // asha: one of so many goes on; rungs at from, from * factor, ...
  std::int64_t startup = 5;  // median: trials that are not judged
  bool health = false;       // an alarm ends a trial
  Origin origin;
};

/// A sweep file as understood.
struct SweepFile {
  std::string path;
  std::string text;        // as written, for the record
  std::string experiment;  // path of the experiment file
  std::string name;
  std::optional<std::string> about;
  std::int64_t seed = 1;
  std::vector<std::string> set;  // settings of all trials
  std::vector<Varied> over;
  std::int64_t repeat = 1;  // seeds for each setting
  std::vector<Objective> best;
  SearchSpec search;
  std::optional<std::int64_t> trials;  // settings tried; all of a grid where not given
  std::optional<double> seconds;       // after which no new setting is begun
  StopEarly stop_early;
  std::int64_t jobs = 1;

  Space space() const;
  /// What --set is given for a point: those of all trials first.
  std::vector<std::string> settings(const Point& point) const;
};

/// Whether a file is a sweep: it has the key `sweep`.
bool is_sweep_file(const std::string& path);

/// Throws ConfigError with every finding, Error(NoInput).
SweepFile read_sweep_file(const std::string& path);
/// The same from the text of a file that was at `path`.
SweepFile read_sweep_text(const std::string& text, const std::string& path);

/// What a sweep does, for people: name and about, how many settings and how they are chosen, what
/// is varied and by what, what is best.
std::string sweep_text(const SweepFile& sweep);

}  // namespace agon
