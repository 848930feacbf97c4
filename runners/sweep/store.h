#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runners/runs/series.h"
#include "runners/sweep/search/space.h"

namespace agon {

/// A trial: one training of a setting, with one seed.
struct TrialKey {
  std::int64_t setting = 0;  // from 0, in order of proposal
  std::int64_t repeat = 0;   // from 0
  auto operator<=>(const TrialKey&) const = default;
};

struct Trial {
  enum class State {
    Waiting,
    Running,  // some worker took it; it may be dead
    Done,
    Failed,
    Stopped,  // before its time, by a rule
  };
  TrialKey key;
  std::string id;                // hash of the resolved experiment, seed included
  std::vector<std::string> set;  // what --set makes of the experiment file
  State state = State::Waiting;
  std::string run;          // its directory, once there is one
  std::string message;      // why it failed or was stopped
  Measures measures;        // of its last row; `seconds`, `images_per_second`
  std::int64_t steps = 0;   // done
  std::int64_t deaths = 0;  // workers in a row that died without coming further

  bool is_final() const { return state != State::Waiting && state != State::Running; }
};

std::string to_text(Trial::State state);

/// What is known of a trial at a step where a rule compared it with others, and what it decided.
struct Judgement {
  TrialKey key;
  std::int64_t step = 0;
  double value = 0;  // small is good
  bool goes_on = true;
};

/// What a sweep knows, kept so that nothing of it is lost with the process. Every call is one
/// transaction, on the disk when it returns; any number of processes may call. Throws Error(Io).
class SweepStore {
 public:
  virtual ~SweepStore() = default;

  /// Facts of the sweep as a whole, by name; nothing where there is none.
  virtual std::optional<std::string> fact(const std::string& name) = 0;
  virtual void set_fact(const std::string& name, const std::string& value) = 0;

  /// Setting `point`, the next one, with its trials, waiting.
  virtual void add_setting(const Point& point, const std::vector<Trial>& trials) = 0;
  virtual std::vector<Point> settings() = 0;  // in order
  virtual std::vector<Trial> trials() = 0;    // in order of key
  virtual Trial trial(const TrialKey& key) = 0;
  /// Replaces what is known of a trial.
  virtual void update(const Trial& trial) = 0;

  /// All judgements at a step, in the order in which they were made.
  virtual std::vector<Judgement> judgements(std::int64_t step) = 0;
  /// The judgement of a trial at a step: the one that was made, else the one that `decide` makes of
  /// those that were made of others at that step; that is kept.
  using Decide = std::function<bool(const std::vector<Judgement>& others)>;
  virtual Judgement judge(const TrialKey& key, std::int64_t step, double value,
                          const Decide& decide) = 0;
};

/// In one SQLite file, made where it is missing. Throws Error(Data) for a file that is none.
std::unique_ptr<SweepStore> open_sqlite_store(const std::string& path);

}  // namespace agon
