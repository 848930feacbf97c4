#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <vector>

#include "engine/base/error.h"
#include "engine/runtime/cuda/compiler.h"
#include "tests/engine/files.h"

namespace agon {
namespace {

namespace fs = std::filesystem;

/// Answers with what it was asked, and counts.
class EchoCompiler final : public DeviceCompiler {
 public:
  EchoCompiler(std::atomic<int>& count, std::string version)
      : count_(count), version_(std::move(version)) {}
  std::string compile(const std::string& source, int architecture) override {
    ++count_;
    if (source == "wrong") throw InternalError("wrong indeed");
    return std::string("\x7f\0\n", 3) + source + std::to_string(architecture);
  }
  std::string version() const override { return version_; }

 private:
  std::atomic<int>& count_;
  std::string version_;
};

class KeptCompilers : public testing::Test {
 protected:
  std::unique_ptr<DeviceCompiler> compiler(const std::string& version = "echo 1") {
    return kept(std::make_unique<EchoCompiler>(count_, version), folder_);
  }
  std::vector<fs::path> files() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder_)) found.push_back(entry.path());
    return found;
  }
  std::atomic<int> count_ = 0;
  ScratchFolder place_;
  fs::path folder_ = place_ / "a/b";
};

TEST_F(KeptCompilers, CompileOnce) {
  const std::string first = compiler()->compile("x", 90);
  EXPECT_EQ(compiler()->compile("x", 90), first);
  EXPECT_EQ(count_, 1);
  EXPECT_EQ(files().size(), 1u);
  EXPECT_EQ(compiler()->version(), "echo 1");
}

TEST_F(KeptCompilers, TellApartWhatResultsHangOn) {
  compiler()->compile("x", 90);
  EXPECT_EQ(compiler()->compile("x", 80).back(), '0');
  compiler()->compile("y", 90);
  compiler("echo 2")->compile("x", 90);
  EXPECT_EQ(count_, 4);
  EXPECT_EQ(files().size(), 4u);
}

TEST_F(KeptCompilers, SurviveDamage) {
  const std::string right = compiler()->compile("some source", 90);
  const fs::path path = files().at(0);
  const std::string good = read_text(path);
  int expected = 1;
  const auto still_right = [&](const std::string& damaged) {
    write_text(path, damaged);
    EXPECT_EQ(compiler()->compile("some source", 90), right);
    EXPECT_EQ(count_, ++expected);
    EXPECT_EQ(read_text(path), good);
  };
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string damaged = good;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    still_right(damaged);
    still_right(good.substr(0, i));
  }
  still_right(good + "x");
}

TEST_F(KeptCompilers, WorkWhereNothingCanBeWritten) {
  write_text(place_ / "a", "a file where the folder should be");
  EXPECT_EQ(compiler()->compile("x", 90), compiler()->compile("x", 90));
  EXPECT_EQ(count_, 2);
}

TEST_F(KeptCompilers, WorkWhereTheirFileIsAFolder) {
  const std::string right = compiler()->compile("x", 90);
  const fs::path path = files().at(0);
  fs::remove(path);
  fs::create_directories(path / "inside");
  EXPECT_EQ(compiler()->compile("x", 90), right);
  EXPECT_EQ(files().size(), 1u) << "the file beside its place was left";
}

TEST_F(KeptCompilers, KeepNoFailures) {
  EXPECT_THROW(compiler()->compile("wrong", 90), InternalError);
  EXPECT_THROW(compiler()->compile("wrong", 90), InternalError);
  EXPECT_EQ(count_, 2);
}

TEST_F(KeptCompilers, TakeManyThreadsAtOnce) {
  const auto shared = compiler();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        for (int k = 0; k < 50; ++k) {
          const std::string source = std::to_string(k % 5);
          EXPECT_EQ(shared->compile(source, 90).substr(3), source + "90");
        }
      });
    }
  }
  EXPECT_EQ(files().size(), 5u);
}

/// The environment as it was, afterwards.
class Environment {
 public:
  explicit Environment(const char* name) : name_(name) {
    const char* value = std::getenv(name);
    was_set_ = value != nullptr;
    if (was_set_) value_ = value;
  }
  ~Environment() {
    if (was_set_) {
      setenv(name_, value_.c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }

 private:
  const char* name_;
  bool was_set_ = false;
  std::string value_;
};

TEST(KeptFolder, FollowsTheEnvironment) {
  const Environment cache("XDG_CACHE_HOME"), home("HOME");
  setenv("XDG_CACHE_HOME", "/somewhere", 1);
  setenv("HOME", "/my/folder", 1);
  EXPECT_EQ(kept_folder(), "/somewhere/agon/kernels");
  setenv("XDG_CACHE_HOME", "", 1);
  EXPECT_EQ(kept_folder(), "/my/folder/.cache/agon/kernels");
  setenv("XDG_CACHE_HOME", "not/absolute", 1);
  EXPECT_EQ(kept_folder(), "/my/folder/.cache/agon/kernels");
  unsetenv("XDG_CACHE_HOME");
  unsetenv("HOME");
  EXPECT_EQ(kept_folder(), "");
}

}  // namespace
}  // namespace agon
