#include <fmt/format.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "runners/sweep/sqlite.h"
#include "runners/sweep/store.h"

namespace agon {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<const char*, 5> kStates = {"waiting", "running", "done", "failed", "stopped"};

Trial::State state_named(const std::string& word) {
  for (std::size_t i = 0; i < kStates.size(); ++i) {
    if (word == kStates[i]) return static_cast<Trial::State>(i);
  }
  throw Error(ExitCode::Data, "the sweep's state holds a trial that is '" + word + "'");
}

/// Numbers as they are, nothing as null; they read back as the same doubles.
Json to_json(const Point& point) {
  Json json = Json::array();
  for (const auto& value : point) json.push_back(value ? Json(*value) : Json());
  return json;
}

Point point_of(const std::string& text) {
  Point point;
  const Json json = Json::parse(text);
  for (const Json& value : json)
    point.push_back(value.is_number() ? std::optional(value.get<double>()) : std::nullopt);
  return point;
}

Json to_json(const Measures& measures) {
  Json json = Json::object();
  for (const auto& [name, value] : measures)
    json[name] = std::isfinite(value) ? Json(value) : Json();
  return json;
}

Measures measures_of(const std::string& text) {
  Measures measures;
  const Json json = Json::parse(text);
  for (const auto& [name, value] : json.items())
    measures.emplace_back(name, value.is_number() ? value.get<double>() : NAN);
  return measures;
}

constexpr const char* kTables = R"(
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS settings (number INTEGER PRIMARY KEY, point TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS trials (
  setting INTEGER, repeat INTEGER, id TEXT NOT NULL, settings TEXT NOT NULL, state TEXT NOT NULL,
  run TEXT NOT NULL, message TEXT NOT NULL, measures TEXT NOT NULL, steps INTEGER NOT NULL,
  deaths INTEGER NOT NULL, PRIMARY KEY (setting, repeat));
CREATE TABLE IF NOT EXISTS judgements (
  number INTEGER PRIMARY KEY, setting INTEGER, repeat INTEGER, step INTEGER, value REAL,
  goes_on INTEGER, UNIQUE (setting, repeat, step));
)";

constexpr const char* kTrialColumns =
    "setting, repeat, id, settings, state, run, message, measures, steps, deaths";

class SqliteStore final : public SweepStore {
 public:
  explicit SqliteStore(const std::string& path) : database_(path) { database_.execute(kTables); }

  std::optional<std::string> fact(const std::string& name) override {
    Statement select(database_, "SELECT value FROM facts WHERE name = ?1");
    select.bind(1, name);
    return select.next() ? std::optional(select.text(0)) : std::nullopt;
  }

  void set_fact(const std::string& name, const std::string& value) override {
    Statement(database_, "INSERT OR REPLACE INTO facts VALUES (?1, ?2)")
        .bind(1, name)
        .bind(2, value)
        .run();
  }

  void add_setting(const Point& point, const std::vector<Trial>& trials) override {
    Transaction transaction(database_);
    Statement(database_, "INSERT INTO settings VALUES (?1, ?2)")
        .bind(1, trials.front().key.setting)
        .bind(2, to_json(point).dump())
        .run();
    for (const Trial& trial : trials) write(trial);
    transaction.commit();
  }

  std::vector<Point> settings() override {
    std::vector<Point> points;
    Statement select(database_, "SELECT point FROM settings ORDER BY number");
    while (select.next()) points.push_back(point_of(select.text(0)));
    return points;
  }

  std::vector<Trial> trials() override {
    std::vector<Trial> trials;
    Statement select(
        database_,
        fmt::format("SELECT {} FROM trials ORDER BY setting, repeat", kTrialColumns).c_str());
    while (select.next()) trials.push_back(read(select));
    return trials;
  }

  Trial trial(const TrialKey& key) override {
    Statement select(
        database_,
        fmt::format("SELECT {} FROM trials WHERE setting = ?1 AND repeat = ?2", kTrialColumns)
            .c_str());
    select.bind(1, key.setting).bind(2, key.repeat);
    if (!select.next()) {
      throw Error(ExitCode::NoInput,
                  fmt::format("the sweep has no trial {}.{}", key.setting, key.repeat));
    }
    return read(select);
  }

  void update(const Trial& trial) override { write(trial); }

  std::vector<Judgement> judgements(std::int64_t step) override {
    std::vector<Judgement> all;
    Statement select(database_,
                     "SELECT setting, repeat, step, value, goes_on FROM judgements "
                     "WHERE step = ?1 ORDER BY number");
    select.bind(1, step);
    while (select.next()) {
      all.push_back({.key = {select.whole(0), select.whole(1)},
                     .step = select.whole(2),
                     .value = select.real(3),
                     .goes_on = select.whole(4) != 0});
    }
    return all;
  }

  Judgement judge(const TrialKey& key, std::int64_t step, double value,
                  const Decide& decide) override {
    Transaction transaction(database_);
    std::vector<Judgement> others = judgements(step);
    for (const Judgement& known : others) {
      if (known.key == key) return known;
    }
    const Judgement made{.key = key, .step = step, .value = value, .goes_on = decide(others)};
    Statement(database_,
              "INSERT INTO judgements (setting, repeat, step, value, goes_on) "
              "VALUES (?1, ?2, ?3, ?4, ?5)")
        .bind(1, key.setting)
        .bind(2, key.repeat)
        .bind(3, step)
        .bind(4, value)
        .bind(5, std::int64_t{made.goes_on})
        .run();
    transaction.commit();
    return made;
  }

 private:
  void write(const Trial& trial) {
    Statement(database_,
              "INSERT OR REPLACE INTO trials VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")
        .bind(1, trial.key.setting)
        .bind(2, trial.key.repeat)
        .bind(3, trial.id)
        .bind(4, Json(trial.set).dump())
        .bind(5, to_text(trial.state))
        .bind(6, trial.run)
        .bind(7, trial.message)
        .bind(8, to_json(trial.measures).dump())
        .bind(9, trial.steps)
        .bind(10, trial.deaths)
        .run();
  }

  static Trial read(Statement& row) {
    return {.key = {row.whole(0), row.whole(1)},
            .id = row.text(2),
            .set = Json::parse(row.text(3)).get<std::vector<std::string>>(),
            .state = state_named(row.text(4)),
            .run = row.text(5),
            .message = row.text(6),
            .measures = measures_of(row.text(7)),
            .steps = row.whole(8),
            .deaths = row.whole(9)};
  }

  Database database_;
};

}  // namespace

std::string to_text(Trial::State state) {
  return kStates[static_cast<std::size_t>(state)];
}

std::unique_ptr<SweepStore> open_sqlite_store(const std::string& path) {
  return std::make_unique<SqliteStore>(path);
}

}  // namespace agon
