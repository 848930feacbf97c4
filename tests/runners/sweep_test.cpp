#include <gtest/gtest.h>
#include <sys/wait.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "runners/runs/opened_run.h"
#include "runners/runs/run_directory.h"
#include "runners/runs/series.h"
#include "runners/sweep/results.h"
#include "runners/sweep/sweep_folder.h"
#include "tests/runners/program.h"
#include "tests/runners/scratch_folder.h"

/// Whole sweeps of a tiny experiment, in processes of their own, killed and gone on with.
namespace agon {
namespace {

namespace fs = std::filesystem;

/// A line through points, trained in no time; its loss hangs on the rate.
std::string line_experiment() {
  return R"(agon: 1
name: line
lanes: 1
params: {lr: 0.1, width: 2}
data: {source: rings}
networks:
  net: {input: {x: [2]}, layers: [{dense: width}, tanh, {dense: 2}]}
losses:
  l: mse(net(data.point), data.point)
optimizers:
  o: {minimize: l, update: net, sgd: {lr: lr}}
train: {steps: 30, batch: 8, log: {every: 5}}
checkpoint: {every: 10}
)";
}

std::string sweep_of(const std::string& rest) {
  return "agon: 1\nsweep: line.yaml\nname: s\nseed: 3\nbest: {minimize: losses.l}\n" + rest;
}

class Sweeps : public testing::Test {
 protected:
  Sweeps() { write_text(folder_ / "line.yaml", line_experiment()); }

  std::vector<std::string> command(const std::string& runs, std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"sweep", folder_ / "s.yaml", "--runs", folder_ / runs};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  int sweep(const std::string& runs, std::vector<std::string> more = {}) {
    return exit_code_of(start_program(command(runs, std::move(more)), 2));
  }
  void write(const std::string& rest) { write_text(folder_ / "s.yaml", sweep_of(rest)); }

  std::vector<SettingResult> results(const std::string& runs) {
    const auto store = open_sqlite_store(sweep_folder(folder_ / runs, "s").state());
    return results_of(read_sweep_file(folder_ / "s.yaml"), *store);
  }
  /// Points, states, losses and steps of all trials, without where they ran and how long it took.
  std::string outcome(const std::string& runs) {
    std::string text;
    for (const SettingResult& result : results(runs)) {
      for (const auto& value : result.point) text += value ? std::to_string(*value) + " " : "- ";
      for (const Trial& trial : result.trials) {
        text += trial.id + " " + to_text(trial.state) + " " + std::to_string(trial.steps);
        for (const auto& [name, value] : trial.measures) {
          if (name.starts_with("losses.")) text += " " + std::to_string(value);
        }
        text += " " + trial.message + "\n";
      }
    }
    return text;
  }
  /// Whole ones: a worker that is killed while it makes its run's folder leaves that empty.
  std::size_t runs_in(const std::string& runs) {
    std::size_t whole = 0;
    for (const RunDirectory& run : all_runs(folder_ / runs)) {
      const auto state = run_state(run);
      whole += state && state->state == "complete" ? 1 : 0;
    }
    return whole;
  }

  /// Begins a sweep again and again, each time killed after so many milliseconds, until it comes to
  /// its end. How often it was killed.
  int kill_until_done(const std::string& runs, const std::vector<std::string>& more, int least,
                      int most, std::mt19937& random) {
    for (int kills = 0; kills < 300; ++kills) {
      const pid_t child = start_program(command(runs, more), 2);
      // ever later, so that a slow machine comes to the end too
      const int pause =
          least + 5 * kills + static_cast<int>(random() % static_cast<unsigned>(most - least));
      std::this_thread::sleep_for(std::chrono::milliseconds(pause));
      int status = 0;
      if (waitpid(child, &status, WNOHANG) == child) {
        EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        return kills;
      }
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
    }
    ADD_FAILURE() << "does not come to an end";
    return 0;
  }

  ScratchFolder folder_;
};

TEST_F(Sweeps, TryEverySettingOfAGrid) {
  write("over: {lr: [0.01, 0.1], width: [2, 3, 4]}\nrepeat: 2\n");
  ASSERT_EQ(sweep("a"), 0);
  const auto all = results("a");
  ASSERT_EQ(all.size(), 6u);
  for (const SettingResult& result : all) {
    EXPECT_TRUE(result.is_whole());
    EXPECT_EQ(result.trials.size(), 2u);
    EXPECT_EQ(result.trials[0].steps, 30);
    EXPECT_GT(*result.spreads[0], 0);
  }
  EXPECT_EQ(runs_in("a"), 12u);
  // the same bits as training with those values
  const Trial& trial = all[4].trials[1];
  std::vector<std::string> words = {"train", folder_ / "line.yaml", "--runs", folder_ / "alone"};
  for (const std::string& setting : trial.set) words.insert(words.end(), {"--set", setting});
  ASSERT_EQ(run_agon(words).code, 0);
  EXPECT_EQ(file_text(trial.run + "/metrics.jsonl"),
            file_text(folder_ / "alone/line/0001/metrics.jsonl"));
  // begun again it has nothing to do
  ASSERT_EQ(sweep("a"), 0);
  EXPECT_EQ(runs_in("a"), 12u);
}

/// How often the tests below kill at least: AGON_KILLS, for a long form.
int kills_wanted() {
  const char* text = std::getenv("AGON_KILLS");
  return text == nullptr ? 3 : std::atoi(text);
}

TEST_F(Sweeps, AreTheSameHoweverOftenTheyAreKilled) {
  write(
      "over:\n  lr: log_uniform(0.001, 1)\n  width: integer(1, 8)\nsearch: {tpe: {trials: 8, "
      "startup: 3}}\n");
  ASSERT_EQ(sweep("whole"), 0);
  std::mt19937 random(5);  // when to kill decides nothing of what is expected
  int kills = 0, rounds = 0;
  while (kills < kills_wanted()) {
    const std::string runs = "cut" + std::to_string(++rounds);
    kills += kill_until_done(runs, {}, 30, 230, random);
    EXPECT_EQ(outcome("whole"), outcome(runs));
    EXPECT_EQ(runs_in(runs), 8u);
  }
  std::printf("killed %d times in %d sweeps\n", kills, rounds);
}

/// Several at once, killed with and without their sweep.
TEST_F(Sweeps, AreTheSameInParallelHoweverOftenTheyAreKilled) {
  write("over: {lr: 'log_uniform(0.001, 1)'}\nrepeat: 2\nsearch: {random: {trials: 6}}\n");
  ASSERT_EQ(sweep("whole", {"--jobs", "3"}), 0);
  std::mt19937 random(6);
  int kills = 0, rounds = 0;
  while (kills < kills_wanted()) {
    const std::string runs = "cut" + std::to_string(++rounds);
    std::atomic<bool> done = false;
    unsigned later = 0;
    std::thread killer([&] {
      std::mt19937 own(7);
      const std::string one = "pkill -9 -o -f 'agon trial " + (folder_ / runs) + "'";
      while (!done) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100 + 5 * later + own() % 300));
        if (std::system(one.c_str()) == 0) ++later;
      }
    });
    const int of_sweep = kill_until_done(runs, {"--jobs", "3", "--retry-failed"}, 100, 600, random);
    done = true;
    killer.join();
    kills += of_sweep + static_cast<int>(later);
    ASSERT_EQ(sweep(runs, {"--jobs", "3", "--retry-failed"}), 0);
    EXPECT_EQ(outcome("whole"), outcome(runs));
    EXPECT_EQ(runs_in(runs), 12u);
  }
  std::printf("killed %d times in %d sweeps\n", kills, rounds);
}

/// AGON_WORKERS: how many, for a long form.
TEST_F(Sweeps, HaveManyWorkersAtOnce) {
  const char* text = std::getenv("AGON_WORKERS");
  const std::string workers = text == nullptr ? "8" : text;
  const std::size_t trials = 2 * std::stoul(workers);
  write("over: {lr: 'log_uniform(0.001, 1)'}\nsearch: {random: {trials: " + std::to_string(trials) +
        "}}\n");
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_EQ(sweep("a", {"--jobs", workers}), 0);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  const auto all = results("a");
  EXPECT_EQ(all.size(), trials);
  for (const SettingResult& result : all)
    EXPECT_TRUE(result.is_whole()) << result.trials[0].message;
  EXPECT_EQ(runs_in("a"), trials);
  std::printf("%s workers: %.1f trials a second\n", workers.c_str(),
              static_cast<double>(trials) / seconds.count());
}

TEST_F(Sweeps, AreRunByOneProcess) {
  write("set: {train.steps: 1000000}\nover: {lr: [0.1]}\n");
  const pid_t first = start_program(command("a"), 2);
  const RunDirectory folder{sweep_folder(folder_ / "a", "s").path};
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (all_runs(folder_ / "a").empty() && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  ASSERT_TRUE(RunLock::is_held(folder));
  const CommandResult second = run_agon(command("a"));
  EXPECT_EQ(second.code, 73);
  EXPECT_NE(second.err.find(std::to_string(first)), std::string::npos) << second.err;
  EXPECT_EQ(run_agon(command("a", {"--stop"})).code, 0);
  EXPECT_EQ(exit_code_of(first), 75);
  EXPECT_EQ(results("a")[0].trials[0].state, Trial::State::Waiting);
}

TEST_F(Sweeps, SurviveTheirWorkers) {
  write("over: {lr: [0.01, 0.02, 0.05, 0.1]}\n");
  ASSERT_EQ(sweep("whole"), 0);
  std::thread killer([&] {
    for (int i = 0; i < 40; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(35));
      // workers alone name a trial
      (void)std::system(("pkill -9 -f 'agon trial " + (folder_ / "cut") + "'").c_str());
    }
  });
  const int code = sweep("cut", {"--jobs", "2"});
  killer.join();
  ASSERT_EQ(code, 0);
  ASSERT_EQ(sweep("cut", {"--retry-failed"}), 0);
  EXPECT_EQ(results("cut").size(), 4u);
  for (const SettingResult& result : results("cut")) EXPECT_TRUE(result.is_whole());
  EXPECT_EQ(runs_in("cut"), 4u);
}

TEST_F(Sweeps, GoOnWithFailuresAndNameThem) {
  write("over: {lr: [0.1, 1e30]}\n");
  ASSERT_EQ(sweep("a"), 0);
  const auto all = results("a");
  EXPECT_TRUE(all[0].is_whole());
  EXPECT_EQ(all[1].trials[0].state, Trial::State::Failed);
  EXPECT_NE(all[1].trials[0].message.find("losses.l"), std::string::npos)
      << all[1].trials[0].message;
}

TEST_F(Sweeps, StopEarlyAndAddSettings) {
  write(
      "over: {lr: [0.1, 1e-9, 1e-8, 0.2]}\n"
      "stop_early: {asha: {watch: losses.l, from: 10, factor: 2}}\n");
  ASSERT_EQ(sweep("a"), 0);
  const auto all = results("a");
  EXPECT_EQ(all[1].trials[0].state, Trial::State::Stopped);
  EXPECT_LT(all[1].trials[0].steps, 30);
  EXPECT_NE(all[1].trials[0].message.find("asha at step 10"), std::string::npos);
  write("over: {lr: 'uniform(0.1, 0.2)'}\nsearch: {random: {trials: 2}}\n");
  ASSERT_EQ(sweep("b"), 0);
  ASSERT_EQ(sweep("b", {"--add", "3"}), 0);
  EXPECT_EQ(results("b").size(), 5u);
}

TEST_F(Sweeps, RefuseWhatCannotBeTrained) {
  const auto refused = [&](const std::string& rest) {
    write(rest);
    const std::string words = AGON_BINARY_DIR "/agon sweep " + (folder_ / "s.yaml") + " --runs " +
                              (folder_ / "r") + " > " + (folder_ / "said") + " 2>&1";
    EXPECT_EQ(WEXITSTATUS(std::system(words.c_str())), 78) << rest;
    return file_text(folder_ / "said");
  };
  EXPECT_NE(refused("over: {lrr: [1]}\n").find("s.yaml:6:8: over.lrr: lrr=1: "), std::string::npos);
  EXPECT_NE(
      refused("over: {width: [2, 0]}\n").find("width=0: networks.net.layers[0].dense: expected"),
      std::string::npos);
  EXPECT_NE(refused("over: {lr: [1]}\nstop_early: {asha: {watch: losses.x, from: 2}}\n")
                .find("no measure 'losses.x'"),
            std::string::npos);
  EXPECT_NE(refused("over: {lr: [1]}\nstop_early: {asha: {watch: losses.l, from: 31}}\n")
                .find("begins at step 31, a trial has 30"),
            std::string::npos);
}

TEST_F(Sweeps, AreChecked) {
  write("over: {lr: 'log_uniform(0.01, 1)', width: [2, 3]}\nsearch: {random: {trials: 7}}\n");
  const CommandResult good = run_agon({"check", folder_ / "s.yaml"});
  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_NE(good.out.find("random, 7 settings, 1 seed each"), std::string::npos) << good.out;
  EXPECT_NE(good.out.find("log, from 0.01 to 1"), std::string::npos) << good.out;
  EXPECT_EQ(run_agon({"check", folder_ / "s.yaml", "--quick"}).code, 64);
  write("over: {width: [2, 0]}\n");
  EXPECT_EQ(run_agon({"check", folder_ / "s.yaml"}).code, 78);
  const CommandResult trained = run_agon({"train", folder_ / "s.yaml", "--runs", folder_ / "r"});
  EXPECT_EQ(trained.code, 78);
  EXPECT_NE(trained.err.find("s.yaml:2:1: sweep: this is a sweep"), std::string::npos)
      << trained.err;
}

/// What a sweep began with is what it goes on with and shows.
TEST_F(Sweeps, DoNotFollowTheirFile) {
  write("over: {lr: [0.01, 0.1]}\n");
  ASSERT_EQ(sweep("a"), 0);
  write("over: {lr: [0.01, 0.2]}\n");
  const CommandResult refused = run_agon(command("a"));
  EXPECT_EQ(refused.code, 78);
  EXPECT_NE(refused.err.find("was edited"), std::string::npos) << refused.err;
  fs::remove(folder_ / "s.yaml");
  const CommandResult shown = run_agon({"sweep", "best", "s", "--runs", folder_ / "a"});
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_NE(shown.out.find("--set lr=0.1"), std::string::npos) << shown.out;
}

TEST_F(Sweeps, AreShown) {
  write("over: {lr: [0.01, 0.1]}\n");
  ASSERT_EQ(sweep("a"), 0);
  const auto shown = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "sweep");
    words.insert(words.end(), {"--runs", folder_ / "a"});
    const CommandResult result = run_agon(words);
    EXPECT_EQ(result.code, 0) << result.err;
    return result.out;
  };
  EXPECT_NE(shown({"show", "s"}).find("losses.l"), std::string::npos);
  EXPECT_NE(shown({"best", "s"}).find("--set lr=0.1"), std::string::npos);
  EXPECT_NE(shown({"status", "s"}).find("2 done; no process runs it"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(shown({"show", "s", "--json"})).size(), 2u);
  EXPECT_NE(shown({"show", "s", "--csv"}).find("0,0,done,0.01,"), std::string::npos);
  EXPECT_EQ(shown({"show", "s"}).find("importance"), std::string::npos);  // of two settings
  write("over: {lr: 'uniform(0, 1.1, step=0.1)'}\n");
  ASSERT_EQ(sweep("b"), 0);
  const CommandResult more = run_agon({"sweep", "show", "s", "--runs", folder_ / "b"});
  EXPECT_NE(more.out.find("importance for losses.l: lr 100 %"), std::string::npos) << more.out;
  const CommandResult none = run_agon({"sweep", "show", "ss", "--runs", folder_ / "a"});
  EXPECT_EQ(none.code, 66);
  EXPECT_NE(none.err.find("did you mean 's'?"), std::string::npos) << none.err;
}

}  // namespace
}  // namespace agon
