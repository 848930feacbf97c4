#include "runners/runs/run_directory.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <barrier>
#include <filesystem>
#include <set>
#include <thread>

#include "engine/base/error.h"
#include "runners/runs/remove_run.h"
#include "tests/runners/scratch_folder.h"

namespace agon {
namespace {

TEST(RunDirectory, CountsFromOneAndAfterTheHighest) {
  const ScratchFolder runs;
  EXPECT_EQ(create_run(runs.path(), "mlp").path, runs / "mlp/0001");
  EXPECT_EQ(create_run(runs.path(), "mlp").path, runs / "mlp/0002");
  std::filesystem::create_directories(runs / "mlp/0041");
  std::filesystem::create_directories(runs / "mlp/notes");
  EXPECT_EQ(create_run(runs.path(), "mlp").path, runs / "mlp/0042");
  EXPECT_EQ(create_run(runs.path(), "other").path, runs / "other/0001");
}

TEST(RunDirectory, SixtyFourStartsAtOnceGetSixtyFourDirectories) {
  const ScratchFolder runs;
  for (const std::string name : {"a", "b", "c"}) {
    std::vector<std::string> paths(64);
    std::vector<std::thread> threads;
    std::barrier together(64);
    for (std::string& path : paths) {
      threads.emplace_back([&] {
        together.arrive_and_wait();
        path = create_run(runs.path(), name).path;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(std::set<std::string>(paths.begin(), paths.end()).size(), 64u);
    EXPECT_TRUE(std::count(paths.begin(), paths.end(), runs / (name + "/0064")));
  }
}

TEST(RunDirectory, FileInTheWayIsAnError) {
  const ScratchFolder runs;
  write_text(runs / "mlp", "a file");
  try {
    create_run(runs.path(), "mlp");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ExitCode::CantCreate) << e.what();
  }
}

TEST(RunDirectory, NamesThatWouldLeaveTheFolderAreNone) {
  for (const std::string name : {"mlp", "a.b-c_9", "0", "_x"})
    EXPECT_TRUE(is_run_name(name)) << name;
  for (const std::string name : {"", ".", "..", "a/b", "-x", "a b", "\xc3\xa4", "a\n"})
    EXPECT_FALSE(is_run_name(name)) << name;
  EXPECT_FALSE(is_run_name(std::string(65, 'a')));
}

/// A run that has begun.
std::string begun(const ScratchFolder& runs, const std::string& name) {
  const RunDirectory run = create_run(runs.path(), name);
  write_text(run.lock(), "{}");
  return run.path;
}

TEST(RunArgument, IsADirectoryANameOrANumber) {
  const ScratchFolder runs;
  begun(runs, "mlp");
  begun(runs, "mlp");
  create_run(runs.path(), "mlp");  // not begun: never the newest
  EXPECT_EQ(find_run(runs.path(), "mlp").path, runs / "mlp/0002");
  EXPECT_EQ(find_run(runs.path(), "mlp/1").path, runs / "mlp/0001");
  EXPECT_EQ(find_run(runs.path(), "mlp/0001").path, runs / "mlp/0001");
  EXPECT_EQ(find_run("nowhere", runs / "mlp/0001").path, runs / "mlp/0001");
}

TEST(RunArgument, TellsTheNearest) {
  const ScratchFolder runs;
  begun(runs, "faces");
  const auto message = [&](const std::string& argument) {
    try {
      find_run(runs.path(), argument);
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ExitCode::NoInput);
      return std::string(e.what());
    }
    return std::string("found");
  };
  EXPECT_EQ(message("face"), "no run 'face' in '" + runs.path() + "'; did you mean 'faces'?");
  EXPECT_EQ(message("faces/7"),
            "no run 'faces/7' in '" + runs.path() + "'; the newest is 'faces/0001'");
}

TEST(RunLock, IsHeldByOneProcessAndFallsWithIt) {
  const ScratchFolder runs;
  const RunDirectory run{begun(runs, "mlp")};
  EXPECT_FALSE(RunLock::is_held(run));
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const RunLock lock(run);
    const char done = 1;
    if (write(ready[1], &done, 1) != 1) _exit(1);
    pause();
    _exit(0);
  }
  char done = 0;
  ASSERT_EQ(read(ready[0], &done, 1), 1);
  EXPECT_TRUE(RunLock::is_held(run));
  try {
    remove_run(run);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ExitCode::CantCreate);
    EXPECT_NE(std::string(e.what()).find("held by pid " + std::to_string(child)), std::string::npos)
        << e.what();
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(ready[0]);
  close(ready[1]);
  EXPECT_FALSE(RunLock::is_held(run));
  remove_run(run);
  EXPECT_FALSE(std::filesystem::exists(runs / "mlp"));
}

}  // namespace
}  // namespace agon
