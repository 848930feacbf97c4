#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "tests/fuzz/mutation.h"
#include "tests/fuzz/verdict.h"

/// Every fuzz target over its folder of inputs, and over seeded changes of each of them. After a
/// crash the input is the file fuzz-input of the build folder; what fails otherwise is kept beside
/// it.
namespace agon {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCorpus = AGON_SOURCE_DIR "/tests/fuzz/corpus";
constexpr int kMostShown = 5;

struct Seed {
  std::string file;
  Input bytes;
};

/// In the order of their names.
std::vector<Seed> seeds_of(const FuzzTarget& target) {
  std::vector<Seed> seeds;
  for (const auto& entry : fs::directory_iterator(fs::path(kCorpus) / target.name)) {
    std::ifstream file(entry.path(), std::ios::binary);
    seeds.push_back({entry.path().filename().string(), {std::istreambuf_iterator<char>(file), {}}});
  }
  std::ranges::sort(seeds, {}, &Seed::file);
  return seeds;
}

class Replay : public testing::TestWithParam<FuzzTarget> {
 protected:
  /// Runs one input; of one that fails a copy stays.
  void run(const Input& input, const std::string& what) {
    const std::string wrong = verdict(GetParam(), input);
    if (wrong.empty() || ++failures_ > kMostShown) return;
    const std::string kept =
        input_that_runs() + "-" + std::string(GetParam().name) + "-" + std::to_string(failures_);
    fs::copy_file(input_that_runs(), kept, fs::copy_options::overwrite_existing);
    ADD_FAILURE() << what << " " << wrong << "; the input is " << kept;
  }

  int failures_ = 0;
};

TEST_P(Replay, EveryInputAndItsMutantsAreReadOrRefused) {
  const std::vector<Seed> seeds = seeds_of(GetParam());
  ASSERT_FALSE(seeds.empty());
  for (const Seed& seed : seeds) {
    run(seed.bytes, seed.file);
    RandomStream random(1, "fuzz/" + std::string(GetParam().name) + "/" + seed.file);
    for (int i = 1; i <= GetParam().mutants && failures_ < kMostShown; ++i) {
      const std::size_t other = random.below(static_cast<std::uint32_t>(seeds.size()));
      run(mutated(seed.bytes, seeds[other].bytes, random),
          seed.file + ", mutant " + std::to_string(i) + ",");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Corpus, Replay, testing::ValuesIn(fuzz_targets()),
                         [](const auto& target) { return std::string(target.param.name); });

TEST(Corpus, HasAFolderForEachTarget) {
  std::set<std::string> folders, names;
  for (const auto& entry : fs::directory_iterator(kCorpus))
    folders.insert(entry.path().filename().string());
  for (const FuzzTarget& target : fuzz_targets()) names.emplace(target.name);
  EXPECT_EQ(folders, names);
}

}  // namespace
}  // namespace agon
