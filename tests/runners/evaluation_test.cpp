#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/runners/scratch_folder.h"

/// `evaluate:` with metrics by name, from the file to metrics.jsonl.
namespace agon {
namespace {

constexpr const char* kDecoder = R"(
agon: 1
name: measured
seed: 3
lanes: 2
data: {source: faces, size: 16, count: 100}
networks:
  maker:
    input: {z: [4]}
    layers: [{dense: data.channels * 256}, tanh, {reshape: [data.channels, 16, 16]}]
  reader:
    input: {image: data.image}
    frozen: true
    layers:
      - {conv: {filters: 6, kernel: 4, stride: 4}, as: seen}
      - relu
      - flatten
      - {dense: data.classes, as: read}
step:
  fake: maker(normal([batch, 4]))
losses:
  far: mse(fake, data.image)
optimizers:
  maker: {minimize: far, update: maker, adam: {lr: 1e-2}}
train: {steps: 2, batch: 4}
evaluate:
  count: 50
  batch: 16
  fake: fake
  real: data.image
)";

constexpr const char* kAll =
    "  features: reader.seen\n"
    "  metrics: [losses, {bright: mean(fake)}, psnr, ssim, l1, l2, statistics, sliced_wasserstein, "
    "mode_coverage, fid, kid, precision_recall, density_coverage]\n";

class Evaluating : public testing::Test {
 protected:
  CommandResult agon(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--runs", folder_ / "runs"});
    return run_agon(arguments);
  }
  CommandResult train(const std::string& metrics, std::vector<std::string> more = {}) {
    write_text(folder_ / "measured.yaml", kDecoder + metrics);
    more.insert(more.begin(), {"train", folder_ / "measured.yaml"});
    return agon(more);
  }
  nlohmann::json last_line(int run = 1) {
    const std::string text =
        file_text(folder_ / ("runs/measured/000" + std::to_string(run) + "/metrics.jsonl"));
    return nlohmann::json::parse(text.substr(text.rfind("{\"step\"")));
  }

  ScratchFolder folder_;
};

TEST_F(Evaluating, GivesEveryMetricANumberAndSaysWhatItIs) {
  const CommandResult trained = train(kAll);
  ASSERT_EQ(trained.code, 0) << trained.err;
  const nlohmann::json values = last_line();
  for (const char* name : {"far", "bright", "psnr", "ssim", "l1", "l2", "statistics.red.fake_mean",
                           "statistics.mean_difference", "sliced_wasserstein",
                           "mode_coverage.modes", "mode_coverage.smallest", "mode_coverage.kl",
                           "fid", "kid", "kid.std", "precision", "recall", "density", "coverage"}) {
    EXPECT_TRUE(values.contains("evaluate." + std::string(name))) << name;
  }
  for (const auto& [name, value] : values.items())
    EXPECT_TRUE(value.is_number() || name == "fingerprint") << name;
  // a loss over the same examples with the same random numbers is the same number
  EXPECT_NEAR(values["evaluate.far"], values["evaluate.l2"], 1e-5);
  EXPECT_NEAR(values["evaluate.bright"],
              (values["evaluate.statistics.red.fake_mean"].get<double>() +
               values["evaluate.statistics.green.fake_mean"].get<double>() +
               values["evaluate.statistics.blue.fake_mean"].get<double>()) /
                  3,
              1e-5);

  const auto specification =
      nlohmann::json::parse(file_text(folder_ / "runs/measured/0001/metrics-spec.json"));
  const auto& fid = specification["evaluate.fid"];
  EXPECT_EQ(fid["features"], "reader.seen");
  EXPECT_EQ(fid["sha256"].get<std::string>().size(), 64u);
  EXPECT_EQ(fid["count"], 50);
  EXPECT_EQ(fid["on"], "test");
  EXPECT_EQ(fid["fake"], "fake");
  EXPECT_EQ(fid["real"], "data.image");
  EXPECT_EQ(fid["seed"], 3);
  EXPECT_EQ(specification["evaluate.mode_coverage"]["classifier"], "reader");
  // another seed draws another reader
  ASSERT_EQ(train(kAll, {"--set", "seed=4"}).code, 0);
  const auto other =
      nlohmann::json::parse(file_text(folder_ / "runs/measured/0002/metrics-spec.json"));
  EXPECT_NE(other["evaluate.fid"]["sha256"], fid["sha256"]);
}

TEST_F(Evaluating, AgainFromACheckpointGivesTheSameNumbers) {
  ASSERT_EQ(train(kAll).code, 0);
  const CommandResult again = agon({"evaluate", "measured", "--json"});
  ASSERT_EQ(again.code, 0) << again.err;
  auto values = nlohmann::json::parse(again.out);
  EXPECT_EQ(values["specification"]["evaluate.fid"]["features"], "reader.seen");
  values.erase("specification");
  EXPECT_GE(values.size(), 20u);
  for (const auto& [name, value] : values.items()) EXPECT_EQ(value, last_line()[name]) << name;
  // and fewer examples others
  const CommandResult more = agon({"evaluate", "measured", "--count", "100000"});
  EXPECT_EQ(more.code, 78);
  EXPECT_TRUE(more.err.starts_with("error[78] --count 100000: evaluate.count: ")) << more.err;
  const CommandResult fewer = agon({"evaluate", "measured", "--count", "20", "--json"});
  ASSERT_EQ(fewer.code, 0) << fewer.err;
  EXPECT_EQ(nlohmann::json::parse(fewer.out)["specification"]["evaluate.psnr"]["count"], 20);
  EXPECT_NE(agon({"evaluate", "measured"}).out.find("  evaluate.fid: reader.seen (sha256 "),
            std::string::npos);
}

TEST_F(Evaluating, ANetworkThatNoMetricReadsIsWarnedOf) {
  const CommandResult trained =
      train("  features: reader\n  classifier: reader\n  metrics: [l1]\n");
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_NE(trained.err.find("evaluate.features: no metric reads it; fid"), std::string::npos)
      << trained.err;
  EXPECT_NE(trained.err.find("evaluate.classifier: no metric reads it; mode_coverage"),
            std::string::npos)
      << trained.err;
}

TEST_F(Evaluating, RepeatsGiveAMeanAndItsSpread) {
  ASSERT_EQ(train("  repeats: 3\n  metrics: [l2, far]\n", {"--set", "evaluate.metrics=[l2]"}).code,
            0);
  const nlohmann::json values = last_line();
  EXPECT_GT(values["evaluate.l2.spread"].get<double>(), 0);
  EXPECT_LT(values["evaluate.l2.spread"].get<double>(), values["evaluate.l2"].get<double>());
}

TEST_F(Evaluating, WithoutANetworkLooksThroughRandomConvolutions) {
  const CommandResult trained =
      train("  metrics: [fid]\n", {"--set", "evaluate.count=300", "--set", "networks.reader=~"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_NE(trained.err.find("random-v1"), std::string::npos) << trained.err;
  const auto specification =
      nlohmann::json::parse(file_text(folder_ / "runs/measured/0001/metrics-spec.json"));
  EXPECT_EQ(specification["evaluate.fid"]["features"], "random-v1");
  EXPECT_FALSE(specification["evaluate.fid"].contains("sha256"));
}

TEST_F(Evaluating, LooksThroughANetworkThatTakesAnySize) {
  const CommandResult trained =
      train("  metrics: [fid, mode_coverage]\n",
            {"--set", "networks.reader.input.image=[data.channels, any, any]", "--set",
             "networks.reader.layers=[{conv: {filters: data.classes, kernel: 4, stride: 4}}]"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  const auto specification =
      nlohmann::json::parse(file_text(folder_ / "runs/measured/0001/metrics-spec.json"));
  EXPECT_EQ(specification["evaluate.fid"]["features"], "reader");
}

TEST_F(Evaluating, ANumberThatIsNotFiniteStopsItAndIsNamed) {
  const CommandResult trained =
      train("  metrics: [l1]\n", {"--set", "evaluate.fake=fake / (fake - fake)"});
  EXPECT_EQ(trained.code, 65);
  EXPECT_NE(trained.err.find("l1: fake or real holds a number that is not finite in example 0"),
            std::string::npos)
      << trained.err;
}

struct RefusedCase {
  std::string label;
  std::string metrics;
  std::vector<std::string> set;
  std::string said;
};

class RefusedEvaluation : public Evaluating, public testing::WithParamInterface<RefusedCase> {};

TEST_P(RefusedEvaluation, IsSaidBeforeAnythingRuns) {
  std::vector<std::string> more;
  for (const std::string& setting : GetParam().set) more.insert(more.end(), {"--set", setting});
  const CommandResult trained = train(GetParam().metrics, more);
  EXPECT_EQ(trained.code, 78);
  EXPECT_NE(trained.err.find(GetParam().said), std::string::npos) << trained.err;
}

INSTANTIATE_TEST_SUITE_P(
    One, RefusedEvaluation,
    testing::Values(
        RefusedCase{"too_small",
                    "  metrics: [ms_ssim]\n",
                    {},
                    "ms_ssim needs pictures of at least 176 x 176 pixels, got 16 x 16"},
        RefusedCase{
            "too_few",
            "  features: reader.seen\n  metrics: [fid]\n",
            {"evaluate.count=6"},
            "fid needs more examples than features: count is 6, reader.seen gives 6 numbers"},
        RefusedCase{"without_sides",
                    "  metrics: [psnr]\n",
                    {"evaluate.real=~"},
                    "psnr compares what is made with real examples; real: is missing"},
        RefusedCase{"other_shapes",
                    "  metrics: [l1]\n",
                    {"evaluate.fake=normal([batch, 4])"},
                    "fake and real expect equal shapes, got [4] and [3, 16, 16]"},
        RefusedCase{"no_such_metric",
                    "  metrics: [fidd]\n",
                    {},
                    "unknown metric 'fidd'; did you mean 'fid'?"},
        RefusedCase{"no_such_network",
                    "  features: raeder\n  metrics: [fid]\n",
                    {},
                    "expected a network or a layer of one, such as reader or reader.conv2, got "
                    "'raeder'; did you mean 'reader'?"},
        RefusedCase{"network_of_other_inputs",
                    "  features: maker\n  metrics: [fid]\n",
                    {},
                    "maker does not take what is compared, [3, 16, 16]"},
        RefusedCase{"not_pictures",
                    "  metrics: [psnr]\n",
                    {"evaluate.fake=normal([batch, 4])", "evaluate.real=normal([batch, 4])"},
                    "psnr expects pictures [channels, height, width], got [4]"},
        RefusedCase{"no_example_axis",
                    "  metrics: [l1]\n",
                    {"evaluate.fake=mean(fake)"},
                    "expected a result for each example, [batch, ...]"},
        RefusedCase{
            "no_classifier",
            "  metrics: [mode_coverage]\n",
            {"networks.reader=~"},
            "mode_coverage needs points whose modes are known (rings, grid), or classifier"},
        RefusedCase{"twice", "  metrics: [l1, l1]\n", {}, "'l1' is named twice"}),
    [](const auto& c) { return c.param.label; });

}  // namespace
}  // namespace agon
