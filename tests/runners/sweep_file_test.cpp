#include "runners/sweep/sweep_file.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/base/error.h"
#include "tests/runners/scratch_folder.h"
#include "tests/sound_experiment.h"

/// What a sweep file may say, and what is refused before anything is trained.
namespace agon {
namespace {

class SweepFiles : public testing::Test {
 protected:
  SweepFiles() { write_text(folder_ / "t.yaml", sound_experiment()); }

  SweepFile read(const std::string& rest) {
    write_text(folder_ / "s.yaml", "agon: 1\nsweep: t.yaml\nname: s\n" + rest);
    return read_sweep_file(folder_ / "s.yaml");
  }

  /// All findings of a file, a line each, without its folder.
  std::string refusal(const std::string& rest) {
    try {
      read(rest);
      return "";
    } catch (const ConfigError& failure) {
      std::string text;
      for (const Diagnostic& d : failure.diagnostics())
        text += std::to_string(d.origin.line) + ":" + std::to_string(d.origin.column) + " " +
                d.message + "\n";
      return text;
    }
  }

  ScratchFolder folder_;
};

constexpr const char* kBest = "best: {minimize: losses.d}\n";

TEST_F(SweepFiles, DrawInManyWays) {
  const SweepFile sweep = read(R"(set: {train.steps: 5}
over:
  lr: log_uniform(1e-5, 1e-2)
  latent: [8, 16]
  train.batch: integer(4, 64, step=4)
  optimizers.d.adam.betas, optimizers.g.adam.betas: [[[0, 0.9], [0.5, 0.9]], [[0.5, 0.999], [0.5, 0.999]]]
  seed: {if: {latent: 16}, draw: 'uniform(0, 1)'}
repeat: 3
best: [{minimize: losses.d}, {maximize: evaluate.psnr}]
search: {tpe: {trials: 40, startup: 8}}
stop_early: {asha: {watch: losses.d, from: 2, factor: 2}, health: true}
)");
  ASSERT_EQ(sweep.over.size(), 5u);
  const Space space = sweep.space();
  EXPECT_TRUE(space[0].log);
  EXPECT_EQ(space[1].choices, 2u);
  EXPECT_EQ(space[2].kind, Dimension::Kind::Integer);
  EXPECT_EQ(space[2].step, 4);
  ASSERT_TRUE(space[4].condition);
  EXPECT_EQ(space[4].condition->dimension, 1u);
  EXPECT_EQ(space[4].condition->choices, std::vector<std::size_t>{1});
  EXPECT_EQ(sweep.settings({0.001, 1.0, 8.0, 0.0, 0.5}),
            (std::vector<std::string>{"train.steps=5", "lr=0.001", "latent=16", "train.batch=8",
                                      "optimizers.d.adam.betas=[0, 0.9]",
                                      "optimizers.g.adam.betas=[0.5, 0.9]", "seed=0.5"}));
  EXPECT_EQ(sweep.settings({0.001, 0.0, 8.0, 1.0, std::nullopt}).size(), 6u);
  EXPECT_TRUE(sweep.best[1].maximize);
  EXPECT_EQ(sweep.search.kind, SearchSpec::Kind::Tpe);
  EXPECT_EQ(sweep.trials, 40);
  EXPECT_EQ(sweep.stop_early.rule, StopEarly::Rule::Asha);
  EXPECT_TRUE(sweep.stop_early.health);
}

TEST_F(SweepFiles, AreRefusedWithLineAndReason) {
  struct Case {
    std::string rest, expected;
  };
  const std::string best = kBest;
  const Case cases[] = {
      {"over: {lr: []}\n" + best, "4:12 an empty list: nothing to try"},
      {"over: {lr: 'uniform(2, 1)'}\n" + best, "4:13 expected low below high, got 2 and 1"},
      {"over: {lr: 'log_uniform(0, 1)'}\n" + best, "4:13 a logarithm begins above 0, got 0"},
      {"over: {lr: 'log_unifrm(1, 2)'}\n" + best,
       "4:13 no distribution 'log_unifrm'; did you mean 'log_uniform'?"},
      {"over: {latent: 'integer(1.5, 4)'}\n" + best, "4:17 expected whole numbers, got 1.5"},
      {"over: {latent: 'integer(1, 4, step=9)'}\n" + best,
       "4:17 step expects a number above 0 and at most 3, got 9"},
      {"over: {lr: [1, 1]}\n" + best, "4:12 a value stands in the list twice"},
      {"over: {}\n" + best, "over: nothing to vary"},
      {best, "missing key 'over'"},
      {"over: {lr: [1]}\n", "missing key 'best'"},
      {"over: {lr: [1]}\nbest: {}\n", "5:7 give minimize or maximize"},
      {"over: {lr: [1]}\nsearch: tpee\n" + best, "unknown search 'tpee'; did you mean 'tpe'?"},
      {"over: {lr: [1]}\nsearch: tpe\n" + best, "tpe has no end; give it trials: or time:"},
      {"over: {lr: [1]}\nsearch: {tpe: {trials: 0}}\n" + best,
       "expected a whole number from 1 to 1000000, got 0"},
      {"over: {lr: [1]}\nstop_early: {asha: {watch: losses.d, factor: 1}}\n" + best,
       "expected a number above 1, got 1"},
      {"over: {lr: [1]}\nstop_early: {asha: {from: 3}}\n" + best, "missing key 'watch'"},
      {"over: {lr: [1]}\nstop_early: {asha: {watch: a}, median: {watch: a}}\n" + best,
       "give asha or median, not both"},
      {"over:\n  lr: {if: {latent: 3}, draw: 'uniform(0, 1)'}\n" + best,
       "no list of values named 'latent' stands above"},
      {"over:\n  latent: [1, 2]\n  lr: {if: {latent: 3}, draw: 'uniform(0, 1)'}\n" + best,
       "'3' is not among the values of latent"},
      {"over:\n  lr, latent: [[1, 2], [3]]\n" + best,
       "expected a list of 2 values, for lr, latent"},
      {"over:\n  lr: [1]\n  lr, latent: [[1, 2]]\n" + best, "'lr' is varied twice"},
      {"over: {lr: [1]}\nrepeet: 3\n" + best, "unknown key 'repeet' in sweep"},
      {"over: {lr: [1]}\nrepeat: 0\n" + best, "expected a whole number from 1 to 1000, got 0"},
  };
  for (const Case& c : cases) {
    const std::string said = refusal(c.rest);
    EXPECT_NE(said.find(c.expected), std::string::npos) << c.rest << "\n" << said;
  }
  write_text(folder_ / "s.yaml", "agon: 1\nsweep: gone.yaml\nname: s\nover: {lr: [1]}\n" + best);
  EXPECT_THROW(read_sweep_file(folder_ / "s.yaml"), ConfigError);
}

}  // namespace
}  // namespace agon
