#include "runners/runs/series.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "runners/terminal/console.h"
#include "runners/terminal/text.h"
#include "tests/runners/scratch_folder.h"

namespace agon {
namespace {

TEST(Metrics, OneObjectInOrderOfTheFile) {
  EXPECT_EQ(metrics_line(100, {{"losses.d", 0.5}, {"losses.a", 2}, {"evaluate.elbo", 104.25}}),
            R"({"step": 100, "losses.d": 0.5, "losses.a": 2, "evaluate.elbo": 104.25})");
  EXPECT_EQ(metrics_line(1, {}), R"({"step": 1})");
}

TEST(Metrics, NumbersAreTheShortestThatReadBackAsTheSameFloat) {
  for (const float value : {0.1f, 1.0f / 3, 1e-30f, 3.4e38f, 0.69314718f, -16777216.0f, 1e-45f}) {
    const std::string line = metrics_line(1, {{"x", value}});
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(static_cast<float>(json["x"].get<double>()), value) << line;
  }
  EXPECT_EQ(metrics_line(1, {{"x", 0.1f}}), R"({"step": 1, "x": 0.1})");
}

TEST(Metrics, WhatIsNoNumberIsNull) {
  EXPECT_EQ(metrics_line(1, {{"x", NAN}, {"y", INFINITY}}), R"({"step": 1, "x": null, "y": null})");
}

TEST(Metrics, LinesAreAppended) {
  const ScratchFolder folder;
  LineFile(folder / "m").write("a");
  LineFile(folder / "m").write("b");
  EXPECT_EQ(file_text(folder / "m"), "a\nb\n");
}

TEST(Text, FiguresDurationsAndTables) {
  EXPECT_EQ(figure_text(0.6931472), "0.6931");
  EXPECT_EQ(figure_text(12.3456), "12.35");
  EXPECT_EQ(figure_text(1234.5), "1234");
  EXPECT_EQ(figure_text(1.2e-7), "1.2e-07");
  EXPECT_EQ(figure_text(0), "0");
  EXPECT_EQ(duration_text(7.2), "8 s");
  EXPECT_EQ(duration_text(192), "3 min 12 s");
  EXPECT_EQ(duration_text(7500), "2 h 05 min");
  EXPECT_EQ(scaled_text(999), "999");
  EXPECT_EQ(scaled_text(1523.4), "1.52 k");
  EXPECT_EQ(scaled_text(999600), "1.00 M");
  EXPECT_EQ(table_text({{"a", "1"}, {"long", "234"}, {"b", ""}}, {1}, "  "),
            "  a       1\n  long  234\n  b");
}

TEST(Console, EscapesWhatWouldDriveATerminalAndKeepsALog) {
  const ScratchFolder folder;
  std::FILE* out = std::tmpfile();
  {
    Console console(out, out);
    EXPECT_FALSE(console.is_terminal());
    console.open_log(folder / "log.txt");
    console.progress("never seen");
    console.line("red \x1b[31m\nsecond");
    console.log_only("for the log");
  }
  EXPECT_EQ(file_text(folder / "log.txt"), "red \\x1b[31m\nsecond\nfor the log\n");
  std::rewind(out);
  char text[64] = {};
  std::fread(text, 1, sizeof text - 1, out);
  std::fclose(out);
  EXPECT_STREQ(text, "red \\x1b[31m\nsecond\n");
}

}  // namespace
}  // namespace agon
