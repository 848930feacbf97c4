#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "tests/runners/scratch_folder.h"
#include "tests/shipped_configs.h"

/// What bench, explain and profiles say of a quick experiment; how long anything took is not
/// tested.
namespace agon {
namespace {

using Json = nlohmann::json;

const std::string kConfigs = AGON_SOURCE_DIR "/configs/";

Json bench(const std::string& config, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"bench", kConfigs + config, "--quick", "--steps",
                                        "2",     "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const CommandResult result = run_agon(arguments);
  EXPECT_EQ(result.code, 0) << result.err;
  return Json::parse(result.out);
}

TEST(Bench, FiguresAgreeWithOneAnother) {
  const Json found = bench("gan/conv.yaml");
  const double median = found["ms_per_step"]["median"], least = found["ms_per_step"]["min"];
  EXPECT_GT(least, 0);
  EXPECT_GE(median, least);
  EXPECT_EQ(found["ms_per_step"]["repeats"].size(), 5u);
  EXPECT_EQ(found["steps_per_repeat"], 2);
  EXPECT_EQ(found["batch"], 16);
  EXPECT_NEAR(found["images_per_second"].get<double>() * median, 16 * 1e3, 1);
  const double direct = found["flops_per_step"]["direct"],
               needed = found["flops_per_step"]["needed"];
  EXPECT_GE(direct, needed);
  EXPECT_GT(needed, 0);
  EXPECT_NEAR(found["gflops"]["direct"].get<double>() * median * 1e6, direct, 1e-6 * direct);
  EXPECT_NEAR(
      found["share_of_peak"]["direct"].get<double>() * found["gemm_peak_gflops"].get<double>(),
      found["gflops"]["direct"].get<double>(), 1e-6);
  const Json& pointwise = found["pointwise"];
  EXPECT_NEAR(
      pointwise["share_of_bandwidth"].get<double>() * found["memory_gb_per_s"].get<double>(),
      pointwise["gb_per_s"].get<double>(), 1e-6);
  EXPECT_GT(pointwise["bytes"], 0);
  EXPECT_NEAR(found["products"]["flops_direct"].get<double>() +
                  pointwise["flops_direct"].get<double>() +
                  found["other"]["flops_direct"].get<double>(),
              direct, 1e-6 * direct);
  const Json& memory = found["memory_bytes"];
  EXPECT_GE(memory["arena"], memory["live"]);
  EXPECT_GT(memory["peak"], memory["variables"]);
  EXPECT_GT(found["first_step_seconds"], 0);
  EXPECT_GE(found["reorders"]["activations"], 0);
}

TEST(Bench, SlowestComeFirstAndKnowWhereTheyWereWritten) {
  const Json slowest = bench("gan/conv.yaml")["slowest"];
  ASSERT_EQ(slowest.size(), 10u);
  bool written = false;
  for (std::size_t i = 0; i < slowest.size(); ++i) {
    EXPECT_NE(slowest[i]["kernel"], "");
    EXPECT_NE(slowest[i]["op"], "");
    if (i > 0) {
      EXPECT_LE(slowest[i]["microseconds"], slowest[i - 1]["microseconds"]);
    }
    written = written || slowest[i]["origin"].get<std::string>().starts_with("conv.yaml:");
  }
  EXPECT_TRUE(written);
}

TEST(Bench, WorkIsThatOfAllDraws) {
  const Json once = bench("wgan/gp.yaml", {"--set", "critic_turns=1"});
  const Json often = bench("wgan/gp.yaml", {"--set", "critic_turns=3"});
  const double one_draw = once["flops_per_step"]["direct"],
               three = often["flops_per_step"]["direct"];
  EXPECT_GT(three, 2 * one_draw);
  EXPECT_LT(three, 3 * one_draw);
  EXPECT_NEAR(
      often["images_per_second"].get<double>() * often["ms_per_step"]["median"].get<double>(),
      3 * 8 * 1e3, 1);
}

TEST(Bench, SharingTheGeneratorSavesItsForwardPass) {
  const Json apart = bench("bench/conv_gan28.yaml"), shared = bench("bench/conv_gan28_shared.yaml");
  EXPECT_LT(shared["flops_per_step"]["direct"].get<double>(),
            0.95 * apart["flops_per_step"]["direct"].get<double>());
}

struct PeerCase {
  std::string config;
  std::int64_t parameters;  // of the same networks in PyTorch
};

class BenchConfig : public testing::TestWithParam<PeerCase> {};

TEST_P(BenchConfig, HasAsManyParametersAsThePeer) {
  const CommandResult result =
      run_agon({"check", kConfigs + "bench/" + GetParam().config, "--format", "json"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(Json::parse(result.out)["parameters"], GetParam().parameters);
}

INSTANTIATE_TEST_SUITE_P(Table, BenchConfig,
                         testing::Values(PeerCase{"mlp_gan.yaml", 579728 + 566273},
                                         PeerCase{"conv_gan28.yaml", 840321 + 55361},
                                         PeerCase{"dcgan64.yaml", 3576704 + 2765568},
                                         PeerCase{"mlp_gan_shared.yaml", 579728 + 566273},
                                         PeerCase{"conv_gan28_shared.yaml", 840321 + 55361},
                                         PeerCase{"dcgan64_shared.yaml", 3576704 + 2765568}));

TEST(Explain, ShowsKernelsRefusalsAndSums) {
  const CommandResult result =
      run_agon({"explain", kConfigs + "vae/conv.yaml", "--quick", "--time", "--all"});
  ASSERT_EQ(result.code, 0) << result.err;
  for (const std::string wanted :
       {"draw with turns vae: ", "cost measured", "sample.prior: ", "evaluate: ", "cost estimated",
        "onednn:conv2d", "conv.yaml:", "\nkernels ", "\nreorders ", "\nunfused ", "\nmemory ",
        "\nnodes "})
    EXPECT_NE(result.out.find(wanted), std::string::npos) << wanted;
}

class ExplainedConfig : public testing::TestWithParam<std::string> {};

/// Pictures keep one layout through a step, and pointwise work is no loop of its own beside
/// another.
TEST_P(ExplainedConfig, ReordersNoActivationAndFusesAllThatCanBe) {
  std::vector<std::string> arguments = {"explain", GetParam()};
  const std::string text = file_text(GetParam());  // weights of other runs are not there
  const std::regex unset("networks\\.[a-z]+\\.weights(?=: ~)");
  for (std::sregex_iterator it(text.begin(), text.end(), unset), end; it != end; ++it)
    arguments.insert(arguments.end(), {"--set", it->str() + "=~"});
  const CommandResult result = run_agon(arguments);
  ASSERT_EQ(result.code, 0) << result.err;
  std::istringstream lines(result.out);
  int summaries = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("reorders ")) {
      EXPECT_TRUE(line.starts_with("reorders   0 of activations,")) << line;
    }
    if (!line.starts_with("unfused ")) continue;
    EXPECT_EQ(line, "unfused    none");
    ++summaries;
  }
  EXPECT_GE(summaries, 1);
}

INSTANTIATE_TEST_SUITE_P(All, ExplainedConfig, testing::ValuesIn(shipped_configs()),
                         [](const auto& config) { return test_name(config.param); });

TEST(Explain, NamesWhatRefusedAndWhy) {
  const CommandResult result = run_agon({"explain", kConfigs + "gan/conv.yaml"});
  ASSERT_EQ(result.code, 0) << result.err;
  const std::size_t refusal = result.out.find("\n        not ");
  ASSERT_NE(refusal, std::string::npos) << result.out;
  const std::string line =
      result.out.substr(refusal + 1, result.out.find('\n', refusal + 1) - refusal - 1);
  EXPECT_NE(line.find(": "), std::string::npos) << line;
}

TEST(Profile, IsATraceOfStepsAfterTheFirst) {
  const ScratchFolder folder;
  const CommandResult result = run_agon(
      {"train", kConfigs + "gan/mlp.yaml", "--quick", "--profile", "--runs", folder.path()});
  ASSERT_EQ(result.code, 0) << result.err;
  const Json trace = Json::parse(file_text(folder / "mlp/0001/profile.json"));
  std::vector<int> steps;
  std::size_t waits = 0, instructions = 0;
  double step_begin = 0, step_end = 0;
  for (const Json& event : trace["traceEvents"]) {
    if (event["ph"] != "X") continue;
    EXPECT_GE(event["dur"], 0);
    const double begin = event["ts"], end = begin + event["dur"].get<double>();
    if (event["name"] == "step") {
      steps.push_back(event["args"]["step"]);
      step_begin = begin;
      step_end = end;
      continue;
    }
    EXPECT_GE(begin, step_begin - 1e-3);
    EXPECT_LE(end, step_end + 1e-3);
    if (event["name"] == "wait for input") {
      ++waits;
    } else {
      ++instructions;
      EXPECT_NE(event["args"]["kernel"], "");
      EXPECT_TRUE(event["args"].contains("shapes") && event["args"].contains("origin"));
    }
  }
  EXPECT_EQ(steps, (std::vector<int>{11, 12, 13, 14, 15}));
  EXPECT_EQ(waits, steps.size());
  EXPECT_GT(instructions, 10 * steps.size());
  EXPECT_EQ(instructions % steps.size(), 0u);
}

TEST(Profile, ChangesNoResult) {
  const ScratchFolder folder;
  for (const std::string name : {"plain", "profiled"}) {
    std::vector<std::string> arguments = {
        "train", kConfigs + "gan/rings.yaml", "--quick", "--name", name, "--runs", folder.path()};
    if (name == "profiled") arguments.emplace_back("--profile");
    ASSERT_EQ(run_agon(arguments).code, 0);
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "plain/0001/profile.json"));
  EXPECT_EQ(file_text(folder / "plain/0001/metrics.jsonl"),
            file_text(folder / "profiled/0001/metrics.jsonl"));
}

}  // namespace
}  // namespace agon
