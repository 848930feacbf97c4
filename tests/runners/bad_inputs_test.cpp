#include "tests/runners/bad_inputs.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <set>
#include <thread>

/// What a user gets for every bad input we know of: an exit code, a message, and in no time. Each
/// runs the program in a process of its own, whose memory and time are measured.
namespace agon {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kSlower = 8;  // and as much larger: what sanitizers cost
#else
constexpr int kSlower = 1;
#endif
constexpr double kMostSeconds = 2 * kSlower;         // of processor time
constexpr long kMostKibibytes = 300'000L * kSlower;  // resident
constexpr int kPatience = 30;                        // seconds until it counts as hanging
constexpr unsigned kNobody = 65534;

struct Ended {
  int code = -1;
  double seconds = 0;
  long kibibytes = 0;
};

void become_nobody() {
  if (geteuid() == 0 && (setgid(kNobody) != 0 || setuid(kNobody) != 0)) _exit(127);
}

pid_t start(std::vector<std::string> arguments, const ScratchFolder& folder, bool as_nobody) {
  arguments.insert(arguments.begin(), AGON_BINARY_DIR "/agon");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child != 0) return child;
  const int said = open((folder / "said").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0644);
  dup2(said, STDOUT_FILENO);
  dup2(said, STDERR_FILENO);
  const rlimit time{10, 10};
  setrlimit(RLIMIT_CPU, &time);
  if (as_nobody) become_nobody();
  execv(argv[0], argv.data());
  _exit(127);
}

double seconds_of(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
}

/// Waits, and ends it where it hangs; `meanwhile` is called when the run's first metrics are there.
Ended ended(pid_t child, const ScratchFolder& folder,
            const std::function<void(const ScratchFolder&)>& meanwhile) {
  bool called = meanwhile == nullptr;
  int status = 0;
  rusage used{};
  const auto begin = std::chrono::steady_clock::now();
  while (wait4(child, &status, WNOHANG, &used) == 0) {
    std::error_code none;
    if (!called && std::filesystem::file_size(folder / "runs/t/0001/metrics.jsonl", none) > 0 &&
        !none) {
      meanwhile(folder);
      called = true;
    }
    if (std::chrono::steady_clock::now() - begin > std::chrono::seconds(kPatience))
      kill(child, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status),
          seconds_of(used.ru_utime) + seconds_of(used.ru_stime), used.ru_maxrss};
}

std::vector<BadInput> all_inputs() {
  std::vector<BadInput> all = bad_configs();
  for (BadInput& input : bad_data()) all.push_back(std::move(input));
  return all;
}

class BadInputs : public testing::TestWithParam<BadInput> {};

TEST_P(BadInputs, AreRefusedWithAReasonInNoTime) {
  const BadInput& input = GetParam();
  const ScratchFolder folder;
  const std::vector<std::string> arguments = input.make(folder);
  if (input.as_nobody) std::filesystem::permissions(folder.path(), std::filesystem::perms(0777));
  const Ended end = ended(start(arguments, folder, input.as_nobody), folder, input.meanwhile);
  const std::string said = file_text(folder / "said");
  if (input.as_nobody && end.code == 127) GTEST_SKIP() << "nobody may not run the program here";
  EXPECT_EQ(end.code, input.code) << said;
  std::size_t at = 0;
  for (const std::string& part : input.said) {
    const std::size_t found = said.find(part, at);
    ASSERT_NE(found, std::string::npos) << "'" << part << "' is not in\n" << said;
    at = found + part.size();
  }
  if (input.meanwhile == nullptr) {
    EXPECT_LT(said.size(), 5000u) << "too much to read";
    EXPECT_LT(end.seconds, kMostSeconds);
    EXPECT_LT(end.kibibytes, kMostKibibytes);
  }
}

INSTANTIATE_TEST_SUITE_P(All, BadInputs, testing::ValuesIn(all_inputs()), [](const auto& input) {
  return "row" + std::to_string(input.param.row) + "_" + input.param.label;
});

TEST(BadInputsTable, HasEveryRow) {
  std::set<int> rows;
  for (const BadInput& input : all_inputs()) rows.insert(input.row);
  for (const AbsentInput& input : absent_inputs()) rows.insert(input.row);
  for (int row = 1; row <= 42; ++row) EXPECT_TRUE(rows.contains(row)) << row;
}

}  // namespace
}  // namespace agon
