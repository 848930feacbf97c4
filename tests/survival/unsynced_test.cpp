#include "tests/survival/unsynced.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "tests/survival/scratch.h"
#include "tests/survival/traced_program.h"

/// What the tests of whole runs stand on: that calls are seen and changed, and what is taken for
/// lost in a power cut. The traced programs here are a few calls each.
namespace agon {
namespace {

namespace fs = std::filesystem;

void put(const std::string& path, const std::string& text, bool flushed, int flags = O_TRUNC) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);
  if (write(file, text.data(), text.size()) < 0) _exit(3);
  if (flushed && fsync(file) != 0) _exit(4);
  close(file);
}

void flush(const std::string& folder) {
  const int file = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fsync(file) != 0) _exit(4);
  close(file);
}

class PowerCut : public testing::Test, public CallObserver {
 protected:
  void SetUp() override {
    if (!no_tracing().empty()) GTEST_SKIP() << no_tracing();
  }

  Verdict before(const TracedCall& call) override {
    unsynced_.before(call);
    seen_.push_back(call);
    if (changes_files(call) && ++changing_ == at_) return verdict_;
    // a disk's own pace would be most of a test's time
    return {call.kind == CallKind::Flush ? Verdict::What::Answer : Verdict::What::GoOn};
  }
  void after(const TracedCall& call, std::int64_t result) override {
    unsynced_.after(call, result);
  }

  /// Runs the calls, then cuts the power.
  void run(const std::function<void()>& subject, Loss loss) {
    ending_ = trace(subject, disk_, *this);
    unsynced_.lose(loss, 1);
  }
  std::string text(const std::string& name) const { return text_of(disk_ + "/" + name); }
  bool exists(const std::string& name) const { return fs::exists(disk_ + "/" + name); }

  const Scratch scratch_;
  const std::string disk_ = scratch_.folder("disk");
  Unsynced unsynced_{scratch_.folder("attic")};
  std::size_t at_ = 0;  // the changing call, from 1, that the verdict is for
  Verdict verdict_;
  std::size_t changing_ = 0;
  std::vector<TracedCall> seen_;
  Ending ending_;
};

TEST_F(PowerCut, TakesBytesThatWereNotFlushed) {
  run(
      [&] {
        put(disk_ + "/a", "flushed ", true);
        put(disk_ + "/a", "not", false, O_APPEND);
        put(disk_ + "/b", "never", false);
        flush(disk_);
      },
      Loss::Dropped);
  EXPECT_EQ(text("a"), "flushed ");
  EXPECT_TRUE(exists("b"));
  EXPECT_EQ(text("b"), "");
}

TEST_F(PowerCut, GarblesThemOrLeavesTheFirstOnes) {
  run(
      [&] {
        put(disk_ + "/a", "flushed ", true);
        put(disk_ + "/a", "not", false, O_APPEND);
      },
      Loss::Garbled);
  EXPECT_EQ(text("a").size(), 11u);
  EXPECT_EQ(text("a").substr(0, 8), "flushed ");
  EXPECT_NE(text("a").substr(8), "not");
}

TEST_F(PowerCut, TakesNamesWhoseFolderWasNotFlushed) {
  run(
      [&] {
        put(disk_ + "/old", "old", true);
        put(disk_ + "/gone", "gone", true);
        mkdir((disk_ + "/folder").c_str(), 0777);
        flush(disk_);
        put(disk_ + "/new", "new", true);
        rename((disk_ + "/new").c_str(), (disk_ + "/old").c_str());
        unlink((disk_ + "/gone").c_str());
        mkdir((disk_ + "/second").c_str(), 0777);
        put(disk_ + "/second/file", "lost with its folder", true);
        flush(disk_ + "/second");
        rmdir((disk_ + "/folder").c_str());
      },
      Loss::Dropped);
  EXPECT_EQ(text("old"), "old");
  EXPECT_EQ(text("gone"), "gone");
  EXPECT_FALSE(exists("new"));
  EXPECT_FALSE(exists("second"));
  EXPECT_TRUE(exists("folder"));
}

TEST_F(PowerCut, LeavesWhatWasFlushed) {
  for (const Loss loss : {Loss::Dropped, Loss::Garbled, Loss::Torn}) {
    run(
        [&] {
          put(disk_ + "/a.tmp", "new", true);
          rename((disk_ + "/a.tmp").c_str(), (disk_ + "/a").c_str());
          flush(disk_);
        },
        loss);
    EXPECT_EQ(text("a"), "new") << name_of(loss);
    EXPECT_FALSE(exists("a.tmp")) << name_of(loss);
  }
}

TEST_F(PowerCut, FindsWhatWasDoneInAFolderThatWasMovedSince) {
  run(
      [&] {
        mkdir((disk_ + "/one").c_str(), 0777);
        mkdir((disk_ + "/two").c_str(), 0777);
        put(disk_ + "/one/file", "1", true);
        put(disk_ + "/two/file", "2", true);
        flush(disk_ + "/two");
        renameat2(AT_FDCWD, (disk_ + "/one").c_str(), AT_FDCWD, (disk_ + "/two").c_str(),
                  RENAME_EXCHANGE);
        flush(disk_);
      },
      Loss::Dropped);
  EXPECT_EQ(text("one/file"), "2");
  EXPECT_TRUE(exists("two"));
  EXPECT_FALSE(exists("two/file"));
}

TEST_F(PowerCut, UndoesAnExchangeThatWasNotFlushed) {
  run(
      [&] {
        put(disk_ + "/a", "a", true);
        put(disk_ + "/b", "b", true);
        flush(disk_);
        renameat2(AT_FDCWD, (disk_ + "/a").c_str(), AT_FDCWD, (disk_ + "/b").c_str(),
                  RENAME_EXCHANGE);
      },
      Loss::Dropped);
  EXPECT_EQ(text("a"), "a");
  EXPECT_EQ(text("b"), "b");
}

TEST_F(PowerCut, BringsNothingBackBelowAFolderWhoseRemovalWasFlushed) {
  run(
      [&] {
        mkdir((disk_ + "/folder").c_str(), 0777);
        put(disk_ + "/folder/file", "x", true);
        flush(disk_ + "/folder");
        flush(disk_);
        unlink((disk_ + "/folder/file").c_str());
        rmdir((disk_ + "/folder").c_str());
        flush(disk_);
      },
      Loss::Dropped);
  EXPECT_FALSE(exists("folder"));
}

TEST_F(PowerCut, BringsBackWhatATruncationCutOff) {
  run(
      [&] {
        put(disk_ + "/a", "the whole", true);
        put(disk_ + "/b", "the whole", true);
        flush(disk_);
        truncate((disk_ + "/a").c_str(), 3);
        put(disk_ + "/b", "new", false);
      },
      Loss::Dropped);
  EXPECT_EQ(text("a"), "the whole");
  EXPECT_EQ(text("b"), "the whole");
}

TEST_F(PowerCut, TakesBytesWhoseFlushFailedEvenIfALaterOneSucceeds) {
  at_ = 3;  // open, write, and the first flush
  verdict_ = {Verdict::What::Answer, EIO};
  run(
      [&] {
        const int file = open((disk_ + "/a").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        if (write(file, "lost", 4) != 4) _exit(3);
        if (fsync(file) == 0 || errno != EIO) _exit(4);
        if (write(file, " safe", 5) != 5) _exit(3);
        if (fsync(file) != 0) _exit(5);
        flush(disk_);
      },
      Loss::Dropped);
  EXPECT_EQ(ending_.code, 0);
  EXPECT_EQ(text("a"), std::string(4, '\0') + " safe");
}

TEST_F(PowerCut, TornNamesAreThoseOfSomeMomentInBetween) {
  const auto subject = [&] {
    for (const char* name : {"/1", "/2", "/3", "/4"}) put(disk_ + name, "x", true);
  };
  std::set<std::size_t> counts;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    trace(subject, disk_, *this);
    unsynced_.lose(Loss::Torn, seed);
    std::size_t there = 0;
    while (exists(std::to_string(there + 1))) ++there;
    EXPECT_EQ(std::distance(fs::directory_iterator(disk_), {}), static_cast<long>(there));
    counts.insert(there);
    for (const auto& entry : fs::directory_iterator(disk_)) fs::remove(entry.path());
  }
  EXPECT_EQ(counts, (std::set<std::size_t>{0, 1, 2, 3, 4}));
}

TEST_F(PowerCut, RefusesWhatItHasNoModelOf) {
  const auto link_it = [&] { symlink("a", (disk_ + "/b").c_str()); };
  EXPECT_THROW(trace(link_it, disk_, *this), std::runtime_error);
  const auto move_it = [&] {
    mkdir((disk_ + "/folder").c_str(), 0777);
    put(disk_ + "/a", "x", true);
    rename((disk_ + "/a").c_str(), (disk_ + "/folder/a").c_str());
  };
  EXPECT_THROW(trace(move_it, disk_, *this), std::runtime_error);
}

TEST_F(PowerCut, AKillComesBeforeTheCall) {
  at_ = 4;  // mkdir, open, write, flush
  verdict_ = {Verdict::What::Kill};
  run(
      [&] {
        mkdir((disk_ + "/folder").c_str(), 0777);
        put(disk_ + "/folder/a", "text", true);
        _exit(0);
      },
      Loss::Nothing);
  EXPECT_EQ(ending_.signal, SIGKILL);
  EXPECT_EQ(text("folder/a"), "text");
  EXPECT_EQ(unsynced_.size(), 3u);
  EXPECT_EQ(changing_, 4u);
}

TEST_F(PowerCut, ACallFailsWithTheReasonGivenAndIsNotMade) {
  at_ = 1;
  verdict_ = {Verdict::What::Answer, EDQUOT};
  run([&] { _exit(mkdir((disk_ + "/a").c_str(), 0777) != 0 && errno == EDQUOT ? 7 : 8); },
      Loss::Nothing);
  EXPECT_EQ(ending_.code, 7);
  EXPECT_FALSE(exists("a"));
}

TEST_F(PowerCut, AWriteIsShortenedToHalfItsBytes) {
  at_ = 2;
  verdict_ = {Verdict::What::Shorten};
  run(
      [&] {
        const int file = open((disk_ + "/a").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        _exit(static_cast<int>(write(file, "123456789", 9)));
      },
      Loss::Nothing);
  EXPECT_EQ(ending_.code, 4);
  EXPECT_EQ(text("a"), "1234");
}

TEST_F(PowerCut, SeesTheCallsOfThreadsAndOfProgramsThatAreExecuted) {
  run([&] { std::thread([&] { mkdir((disk_ + "/thread").c_str(), 0777); }).join(); },
      Loss::Nothing);
  EXPECT_EQ(changing_, 1u);
  run(
      [&] {
        execute({"/bin/sh", "-c", "echo said; echo text > " + disk_ + "/a; exit 5"});
      },
      Loss::Nothing);
  EXPECT_EQ(ending_.code, 5);
  EXPECT_EQ(ending_.out, "said\n");
  EXPECT_EQ(changing_, 3u);  // and open, write
  EXPECT_EQ(text("a"), "text\n");
}

TEST_F(PowerCut, SeesPathsRelativeToFoldersAndToDescriptors) {
  run(
      [&] {
        if (chdir(disk_.c_str()) != 0) _exit(1);
        mkdir("./a/../b", 0777);
        mkdir("b", 0777);
        const int folder = open("b", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        mkdirat(folder, "c", 0777);
        mkdir("../elsewhere", 0777);
      },
      Loss::Nothing);
  std::vector<std::string> paths;
  for (const TracedCall& call : seen_) paths.push_back(call.path.substr(disk_.size()));
  EXPECT_EQ(paths, (std::vector<std::string>{"/b", "/b", "/b", "/b/c"}));
}

}  // namespace
}  // namespace agon
