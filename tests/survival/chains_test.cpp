#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <random>

#include "tests/survival/small_run.h"

/// Shipped experiments in their quick size, killed again and again at random moments: what comes
/// out is what comes out untroubled, bit for bit. AGON_KILLS is how often each is killed, five
/// times a run.
namespace agon {
namespace {

constexpr std::size_t kKillsOfChain = 5;

struct Chained {
  const char* name;  // of the test
  const char* config;
  std::vector<std::string> settings;
};

std::ostream& operator<<(std::ostream& out, const Chained& chained) {
  return out << chained.config;
}

std::vector<std::string> training(const Chained& chained) {
  const std::string file = std::string(AGON_SOURCE_DIR "/configs/") + chained.config + ".yaml";
  std::vector<std::string> arguments = {file, "--quick", "--name", "chain"};
  for (const std::string& setting : chained.settings)
    arguments.insert(arguments.end(), {"--set", setting});
  for (const char* setting : {"train.log.every=1", "checkpoint.keep=2"})
    arguments.insert(arguments.end(), {"--set", setting});
  return arguments;
}

std::size_t chains() {
  const char* kills = std::getenv("AGON_KILLS");
  const std::size_t wanted = kills == nullptr ? kKillsOfChain : std::strtoul(kills, nullptr, 10);
  return (wanted + kKillsOfChain - 1) / kKillsOfChain;
}

class Chains : public testing::TestWithParam<Chained> {
 protected:
  void SetUp() override {
    if (!no_tracing().empty()) GTEST_SKIP() << no_tracing();
  }
};

/// The moments are counted in calls: see Counted.
std::string killed_again_and_again(const Chained& chained, std::uint64_t seed,
                                   std::size_t calls_untroubled, const RunResults& expected) {
  std::mt19937_64 random(seed);
  KilledRun run(training(chained), "chain");
  std::vector<std::string> problems;
  std::string story;
  for (std::size_t kill = 0; kill < kKillsOfChain; ++kill) {
    // together they stay below a whole run, so that none comes too late
    const std::size_t call = 1 + random() % (calls_untroubled / kKillsOfChain - 1);
    const auto loss = static_cast<Loss>(random() % 4);
    const Life life = run.live({.what = Fault::What::Kill, .call = call});
    story += std::string(" ") + std::to_string(call) + " (" + name_of(loss) + ")";
    if (life.ending.signal != SIGKILL) problems.push_back("not killed: " + life.ending.err);
    problems.insert(problems.end(), life.problems.begin(), life.problems.end());
    run.lose(loss, random());
  }
  for (const std::string& problem : run.finish(expected)) problems.push_back(problem);
  return problems.empty() ? "" : "killed at calls" + story + in_lines(problems);
}

TEST_P(Chains, OfKillsEndInTheSameBits) {
  KilledRun untroubled(training(GetParam()), "chain");
  const Life whole = untroubled.live();
  ASSERT_EQ(whole.ending.code, 0) << whole.ending.err;
  const RunResults expected = results_of(untroubled.folder());
  for (std::uint64_t seed = 1; seed <= chains(); ++seed) {
    EXPECT_EQ(killed_again_and_again(GetParam(), seed, whole.calls.size(), expected), "")
        << "chain " << seed;
  }
  report_tried("kills", chains() * kKillsOfChain);
}

const std::array kChained = {
    Chained{
        "GanMlp",
        "gan/mlp",
        {"lanes=1", "train.steps=40", "checkpoint.every=5", "sample.every=7", "evaluate.every=9"}},
    Chained{
        "CganMlp",
        "cgan/mlp",
        {"lanes=3", "train.steps=40", "checkpoint.every=4", "sample.every=9", "evaluate.every=7"}},
    Chained{"DcganFaces64",
            "dcgan/faces64",
            {"lanes=2", "train.steps=40", "checkpoint.every=5", "sample.every=11",
             "evaluate.every=13"}},
    Chained{"WganGp",
            "wgan/gp",
            {"lanes=8", "train.steps=50", "checkpoint.every=3", "sample.every=10",
             "evaluate.every=20"}},
    // four epochs of 12 and a half batches
    Chained{"VaeMlp",
            "vae/mlp",
            {"lanes=3", "train.steps=null", "train.epochs=4", "data.count=200", "train.batch=16",
             "checkpoint.every=3", "sample.prior.every=7", "sample.again.every=11",
             "evaluate.every=9", "evaluate.count=32"}},
    Chained{
        "ProganFaces",
        "progan/faces",
        {"lanes=2", "train.stages[0].steps=13", "train.stages[1].steps=13",
         "train.stages[2].steps=14", "checkpoint.every=4", "sample.every=9", "evaluate.every=12"}},
};

INSTANTIATE_TEST_SUITE_P(Survival, Chains, testing::ValuesIn(kChained),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace agon
