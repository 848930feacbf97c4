#include <gtest/gtest.h>

#include "tests/runners/scratch_folder.h"

namespace agon {
namespace {

struct LineCase {
  std::vector<std::string> arguments;
  int code;
  std::string error;  // first line on standard error
};

class CommandLine : public testing::TestWithParam<LineCase> {};

TEST_P(CommandLine, SaysWhatIsWrong) {
  const LineCase& c = GetParam();
  const CommandResult result = run_agon(c.arguments);
  EXPECT_EQ(result.code, c.code);
  EXPECT_EQ(result.err.substr(0, result.err.find('\n')), c.error);
  EXPECT_EQ(result.out, "");
  if (c.code == 64) {
    EXPECT_NE(result.err.find("\nusage: agon "), std::string::npos) << result.err;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, CommandLine,
    testing::Values(
        LineCase{
            {"trian", "x"}, 64, "error[64] agon: unknown command 'trian'; did you mean 'train'?"},
        LineCase{{"train", "--sett", "a=1", "x.yaml"},
                 64,
                 "error[64] agon train: unknown option '--sett'; did you mean '--set'?"},
        LineCase{{"train", "--seeet=3", "x.yaml"},
                 64,
                 "error[64] agon train: unknown option '--seeet'; did you mean '--set'?"},
        LineCase{{"--verson"},
                 64,
                 "error[64] agon: unknown option '--verson'; did you mean '--version'?"},
        LineCase{{"train"}, 64, "error[64] agon train: CONFIG is missing"},
        LineCase{{"train", "x.yaml", "--set"}, 64, "error[64] agon train: --set expects a value"},
        LineCase{{"train", "x.yaml", "y.yaml"},
                 64,
                 "error[64] agon train: unexpected argument 'y.yaml'"},
        LineCase{{"train", "x.yaml", "--name", "../up"},
                 64,
                 "error[64] agon train: --name expects 1 to 64 of A-Z a-z 0-9 _ . -, beginning "
                 "with neither . nor -, got '../up'"},
        LineCase{{"sample", "x", "--step", "ten"},
                 64,
                 "error[64] agon sample: --step expects a whole number of at least 0, got 'ten'"},
        LineCase{{"sample"}, 64, "error[64] agon sample: RUN is missing"},
        LineCase{{"sample", "mlp", "--runs", "no-such-folder"},
                 66,
                 "error[66] agon sample: no run 'mlp' in 'no-such-folder'"},
        LineCase{{"check", "x.yaml", "--format", "xml"},
                 64,
                 "error[64] agon check: --format expects text or json, got 'xml'"},
        LineCase{{"graph", "x.yaml", "--initial", "--sample"},
                 64,
                 "error[64] agon graph: --initial, --sample and --evaluate exclude each other"},
        LineCase{
            {"data", "digts"},
            66,
            "error[66] agon data: 'digts' is no experiment file (.yaml), folder or source; did "
            "you mean 'digits'? (sources are digits, faces, shapes, moving_digits, rings, grid, "
            "mnist, cifar10, folder, image)"},
        LineCase{{"data", "digits", "--split", "tset"},
                 64,
                 "error[64] agon data: --split expects train, validate or test, got 'tset'"},
        LineCase{{"runs"}, 64, "error[64] agon runs: a command is missing: list or remove"},
        LineCase{{"runs", "lst"},
                 64,
                 "error[64] agon runs: unknown command 'lst'; did you mean 'list'?"},
        LineCase{{"runs", "remove", "mlp"},
                 64,
                 "error[64] agon runs: runs remove expects name/number or a directory, got 'mlp'"},
        LineCase{{"sample", "data", "--runs", "no-such-folder"},
                 66,
                 "error[66] agon sample: no run 'data' in 'no-such-folder'"},
        LineCase{{"evaluate", "--runs", "no-such-folder", "runs"},
                 66,
                 "error[66] agon evaluate: no run 'runs' in 'no-such-folder'"},
        LineCase{{"check", "train"}, 66, "error[66] agon check: train: no such file"},
        LineCase{{"runs", "remove", "list"},
                 64,
                 "error[64] agon runs: runs remove expects name/number or a directory, got 'list'"},
        LineCase{{"runs", "remove", "train/0009", "--runs", "no-such-folder"},
                 66,
                 "error[66] agon runs: no run 'train/0009' in 'no-such-folder'"},
        LineCase{{"data", "check", "schema"},
                 66,
                 "error[66] agon data: 'schema' is no experiment file (.yaml), folder or source "
                 "(sources are digits, faces, shapes, moving_digits, rings, grid, mnist, cifar10, "
                 "folder, image)"},
        LineCase{
            {"data", "digits", "check"}, 64, "error[64] agon data: unexpected argument 'check'"},
        LineCase{
            {"--quick", "train", "x.yaml"}, 64, "error[64] agon train: unknown option '--quick'"},
        LineCase{{"a\x1b[31m\nb"}, 64, "error[64] agon: unknown command 'a\\x1b[31m\\x0ab'"},
        LineCase{{"--quick"}, 64, "error[64] agon: unknown option '--quick'"}));

TEST(CommandLineText, AMegabyteOfArgumentIsNotRepeated) {
  const CommandResult result = run_agon({std::string(1 << 20, 'x')});
  EXPECT_EQ(result.code, 64);
  EXPECT_LT(result.err.size(), 400u);
}

TEST(CommandLineText, HelpAndVersionGoToStandardOutput) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--help"},
                                                    {"-h"},
                                                    {},
                                                    {"train", "--help"},
                                                    {"-h", "train"},
                                                    {"sample", "data", "-h"},
                                                    {"runs", "list", "-h"}}) {
    const CommandResult result = run_agon(arguments);
    EXPECT_EQ(result.code, 0);
    EXPECT_EQ(result.err, "");
    EXPECT_NE(result.out.find("usage: agon "), std::string::npos) << result.out;
  }
  EXPECT_EQ(run_agon({"--version"}).out.substr(0, 5), "agon ");
}

TEST(CommandLineText, NoRunsIsNoError) {
  const ScratchFolder folder;
  EXPECT_EQ(run_agon({"runs", "list", "--runs", folder.path()}).out,
            "no runs in '" + folder.path() + "'\n");
  EXPECT_EQ(run_agon({"runs", "list", "--json", "--runs", folder.path()}).out, "[]\n");
}

}  // namespace
}  // namespace agon
