#include "runners/sweep/page/sweep_page.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "runners/sweep/sweep_folder.h"
#include "tests/runners/scratch_folder.h"
#include "tests/sound_experiment.h"

/// The page of a sweep: what it says, and that nothing in a file can make it do anything else.
namespace agon {
namespace {

using Json = nlohmann::json;

Varied real(const std::string& path, double low, double high, bool log) {
  Varied varied;
  varied.paths = {path};
  varied.dimension = {.name = path, .low = low, .high = high, .log = log};
  return varied;
}

Varied choice(const std::string& path, const std::vector<std::string>& values) {
  Varied varied;
  varied.paths = {path};
  varied.dimension = {.name = path, .kind = Dimension::Kind::Choice, .choices = values.size()};
  for (const std::string& value : values) varied.choices.push_back({value});
  return varied;
}

/// An update rule, a rate, and a momentum that only the first rule has.
SweepFile sweep_file() {
  SweepFile sweep;
  sweep.name = "s";
  sweep.path = "configs/sweeps/s.yaml";
  sweep.experiment = "configs/sweeps/../t.yaml";
  sweep.over = {choice("rule", {"sgd", "adam"}), real("lr", 1e-4, 1, true),
                real("momentum", 0, 1, false)};
  sweep.over[2].dimension.condition = Dimension::Condition{.dimension = 0, .choices = {0}};
  sweep.best = {{.measure = "losses.d", .maximize = false, .origin = {}}};
  return sweep;
}

SettingResult result(std::int64_t number, Point point, const std::vector<double>& means,
                     Trial::State state = Trial::State::Done) {
  SettingResult result;
  result.number = number;
  result.point = std::move(point);
  for (const double mean : means) {
    result.means.emplace_back(mean);
    result.spreads.emplace_back(mean / 8);
  }
  for (std::int64_t repeat = 0; repeat < 2; ++repeat) {
    Trial trial;
    trial.key = {number, repeat};
    trial.state = state;
    trial.run = "runs/t/000" + std::to_string(2 * number + repeat);
    result.trials.push_back(trial);
  }
  result.steps = 20;
  result.seconds = 1.5;
  return result;
}

/// A setting that failed: its objectives are nothing.
SettingResult failure(std::int64_t number, Point point, std::size_t objectives) {
  SettingResult failed = result(number, std::move(point), {}, Trial::State::Failed);
  failed.means.resize(objectives);
  failed.spreads.resize(objectives);
  failed.trials[1].message = "losses.d is nan at step 7";
  return failed;
}

std::size_t count(const std::string& text, const std::string& wanted) {
  std::size_t found = 0;
  for (std::size_t at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + 1))
    ++found;
  return found;
}

/// What the script is given; read as a browser does: up to the first end of a script.
Json data_of(const std::string& page) {
  const std::string begin = "<script type=\"application/json\" id=\"data\">";
  const std::size_t from = page.find(begin) + begin.size();
  return Json::parse(page.substr(from, page.find("</script", from) - from));
}

std::vector<int> numbers(const Json& rows) {
  std::vector<int> found;
  for (const Json& row : rows) found.push_back(row.at("setting"));
  return found;
}

TEST(SweepPage, HoldsWhatWasFoundBestFirst) {
  const SweepFile sweep = sweep_file();
  const std::string page =
      sweep_page(sweep, {failure(0, {0.0, 0.5, 0.25}, 1), result(1, {1.0, 0.01, std::nullopt}, {4}),
                         result(2, {0.0, 0.1, 0.5}, {0.5}, Trial::State::Stopped),
                         result(3, {0.0, 0.001, 0.75}, {2})});
  const Json data = data_of(page);
  EXPECT_EQ(data["name"], "s");
  EXPECT_EQ(data["axes"],
            Json::parse(R"([{"path": "rule", "scale": "choices", "labels": ["sgd", "adam"]},
      {"path": "lr", "scale": "log", "low": 0.0001, "high": 1.0, "whole": false},
      {"path": "momentum", "scale": "lin", "low": 0.0, "high": 1.0, "whole": false}])"));
  EXPECT_EQ(data["objectives"], Json::parse(R"([{"path": "losses.d", "scale": "lin", "low": 0.5,
      "high": 4.0, "whole": false, "maximize": false}])"));
  EXPECT_EQ(numbers(data["rows"]), (std::vector<int>{3, 1, 2, 0}));
  EXPECT_EQ(data["rows"][0], Json::parse(R"({"setting": 3, "values": [0.0, 0.001, 0.75],
      "means": [2.0], "spreads": [0.25], "state": "done", "whole": true, "steps": 20,
      "seconds": 1.5, "run": "t/0006", "message": ""})"));
  EXPECT_EQ(data["rows"][2]["state"], "stopped");
  EXPECT_FALSE(data["rows"][2]["whole"]);
  EXPECT_EQ(data["rows"][3]["state"], "failed");
  EXPECT_EQ(data["rows"][3]["message"], "losses.d is nan at step 7");
  EXPECT_EQ(data["rows"][3]["means"], Json::parse("[null]"));
  EXPECT_EQ(data["front"], Json::parse("[3]"));
  ASSERT_EQ(data["importance"].size(), 1u);
  EXPECT_EQ(data["importance"][0].size(), 3u);
  for (const char* part :
       {"<dt>settings</dt><dd>4<", "<dt>done</dt><dd>2<", "<dt>failed</dt><dd>1<",
        "<dt>stopped</dt><dd>1<", "6 seconds", "<code>../t.yaml</code>"})
    EXPECT_NE(page.find(part), std::string::npos) << part;
  EXPECT_EQ(page.find("<div id=\"front\">"), std::string::npos);
}

TEST(SweepPage, LeavesOutWhatIsNotActive) {
  const Json data = data_of(sweep_page(
      sweep_file(), {result(0, {1.0, 0.01, std::nullopt}, {4}), result(1, {0.0, 0.1, 0.5}, {5})}));
  EXPECT_EQ(data["rows"][0]["values"], Json::parse("[1.0, 0.01, null]"));
  EXPECT_EQ(data["rows"][1]["values"], Json::parse("[0.0, 0.1, 0.5]"));
}

TEST(SweepPage, ShowsTheFrontOfSeveralObjectives) {
  SweepFile sweep = sweep_file();
  sweep.best.push_back({.measure = "evaluate.psnr", .maximize = true, .origin = {}});
  const Point point = {1.0, 0.01, std::nullopt};
  const std::string page = sweep_page(sweep, {result(0, point, {1, 10}), result(1, point, {3, 9}),
                                              result(2, point, {2, 1000}), failure(3, point, 2)});
  const Json data = data_of(page);
  EXPECT_EQ(data["front"], Json::parse("[0, 2]"));
  EXPECT_EQ(numbers(data["rows"]), (std::vector<int>{0, 2, 1, 3}));
  EXPECT_TRUE(data["objectives"][1]["maximize"]);
  EXPECT_EQ(data["objectives"][1]["scale"], "log");  // 9 to 1000
  EXPECT_EQ(data["importance"].size(), 2u);
  EXPECT_NE(page.find("<div id=\"front\">"), std::string::npos);
}

TEST(SweepPage, TakesHostileTextForText) {
  const std::string hostile =
      "</script><script>alert(1)</script><!-- \"'><img src=x onerror=alert(1)>\n\x01\xff\xc3(&amp;";
  SweepFile sweep = sweep_file();
  sweep.name = sweep.about.emplace(hostile);
  sweep.experiment = hostile;
  sweep.over = {choice(hostile, {hostile, "b"}), real(hostile + "2", 0, 1, false)};
  sweep.best[0].measure = hostile;
  SettingResult bad = result(0, {0.0, 0.5}, {1});
  bad.trials[0].message = hostile;
  bad.trials[0].run = "runs/" + hostile;
  const std::string page = sweep_page(sweep, {bad});
  const std::string plain = sweep_page(sweep_file(), {result(0, {0.0, 0.5, 0.5}, {1})});
  for (const char* markup : {"<script", "</script", "<!--", "<img", "<title", "</title", "<p"})
    EXPECT_EQ(count(page, markup), count(plain, markup) + (markup[1] == 'p' ? 1 : 0)) << markup;
  for (std::size_t i = 0; i < page.size(); i += std::max<std::size_t>(1, utf8_length(page, i))) {
    ASSERT_NE(utf8_length(page, i), 0u) << i;
    ASSERT_NE(page[i], '\x01');
  }
  EXPECT_NE(page.find("<h1>&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;!-- &quot;&#39;"
                      "&gt;&lt;img src=x onerror=alert(1)&gt;\n\\x01\\xff\\xc3(&amp;amp;</h1>"),
            std::string::npos);
  const std::string said =
      "</script><script>alert(1)</script><!-- \"'><img src=x onerror=alert(1)>\n"
      "\\x01\\xff\\xc3(&amp;";
  const Json data = data_of(page);
  EXPECT_EQ(data["name"], said);
  EXPECT_EQ(data["axes"][0]["path"], said);
  EXPECT_EQ(data["axes"][0]["labels"][0], said);
  EXPECT_EQ(data["objectives"][0]["path"], said);
  EXPECT_EQ(data["rows"][0]["message"], said);
}

TEST(SweepPage, HasNullForWhatIsNotFinite) {
  SettingResult odd = result(0, {0.0, 0.01, 0.5}, {NAN});
  odd.seconds = INFINITY;
  SettingResult endless = result(1, {0.0, 0.01, 0.5}, {-INFINITY});
  const Json data =
      data_of(sweep_page(sweep_file(), {odd, endless, result(2, {0.0, 0.01, 0.5}, {3})}));
  for (const Json& row : data["rows"]) {
    if (row["setting"] == 2) continue;
    EXPECT_TRUE(row["means"][0].is_null()) << row;
    EXPECT_TRUE(row["spreads"][0].is_null()) << row;
    EXPECT_EQ(row["seconds"].is_null(), row["setting"] == 0) << row;
  }
  EXPECT_EQ(data["objectives"][0]["low"], 3.0);
  EXPECT_EQ(data["objectives"][0]["high"], 3.0);
}

TEST(SweepPage, IsThereWithoutAnySetting) {
  const std::string page = sweep_page(sweep_file(), {});
  EXPECT_NE(page.find("No setting has been tried yet"), std::string::npos);
  EXPECT_EQ(data_of(page)["rows"], Json::array());
  EXPECT_EQ(page.find("<section>"), std::string::npos);
}

class SweepPagePictures : public testing::Test {
 protected:
  /// A picture of a run's first repeat, as large as asked for.
  std::string write(std::int64_t setting, const std::string& name, std::size_t size) {
    std::string bytes = "\x89PNG\r\n\x1a\n";
    while (bytes.size() < size) bytes += static_cast<char>(bytes.size() * 7 + bytes.size() / 256);
    std::filesystem::create_directories(run(setting) + "/samples");
    write_text(run(setting) + "/samples/" + name, bytes);
    return bytes;
  }
  std::string run(std::int64_t setting) const {
    return folder_ / ("t/000" + std::to_string(setting));
  }
  std::string page(std::int64_t settings) {
    std::vector<SettingResult> results;
    for (std::int64_t i = 0; i < settings; ++i) {
      results.push_back(result(i, {0.0, 0.5, 0.5}, {static_cast<double>(1 + i)}));
      results.back().trials[0].run = run(i);
    }
    return sweep_page(sweep_file(), results);
  }
  /// The bytes of every picture of a page, in order.
  std::vector<std::string> pictures(const std::string& page) {
    std::vector<std::string> found;
    const std::string begin = "src=\"data:image/png;base64,";
    for (std::size_t at = page.find(begin); at != std::string::npos; at = page.find(begin, at)) {
      at += begin.size();
      const std::string text = page.substr(at, page.find('"', at) - at);
      std::string bytes(text.size() / 4 * 3, '\0');
      EXPECT_EQ(EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                reinterpret_cast<const unsigned char*>(text.data()),
                                static_cast<int>(text.size())),
                static_cast<int>(bytes.size()));
      bytes.resize(bytes.size() - (text.size() - text.find_last_not_of('=') - 1));
      found.push_back(bytes);
    }
    return found;
  }

  ScratchFolder folder_;
};

TEST_F(SweepPagePictures, AreTheLastOfTheBest) {
  // folders list their files in any order: of so many some stand before the last one
  for (int step = 100; step < 1000; step += 25)
    write(0, "step-000" + std::to_string(step) + ".png", 40);
  const std::string last = write(0, "step-001000.png", 100);
  const std::string other = write(0, "step-001000-fixed.png", 101);
  const std::string walk = write(0, "step-001000-fixed-walk.png", 102);
  write(0, "step-001000-fixed-interpolate.png", 103);
  const std::string second = write(1, "step-000020.png", 512 << 10);
  const std::string text = page(2);
  EXPECT_EQ(pictures(text), (std::vector<std::string>{last, other, walk, second}));
  EXPECT_NE(text.find("setting 1: rule=sgd, lr=0.5, momentum=0.5; losses.d 2 ± 0.25 (t/0001, "
                      "step-000020)"),
            std::string::npos);
}

TEST_F(SweepPagePictures, ArePassedOverWhereTheyCannotBeShown) {
  write(0, "step-000010.png", (512 << 10) + 1);
  write(1, "noise.png", 20);
  write_text(run(1) + "/samples/step-000010.png", "<svg onload=alert(1)>");
  const std::string good = write(3, "step-000010.png", 30);
  EXPECT_EQ(pictures(page(4)), std::vector<std::string>{good});
}

TEST_F(SweepPagePictures, AreOfAtMostSixSettings) {
  for (int i = 0; i < 8; ++i) write(i, "step-000010.png", 30);
  EXPECT_EQ(pictures(page(8)).size(), 6u);
}

TEST_F(SweepPagePictures, AreAllThatThePageRefersTo) {
  write(0, "step-000010.png", 30);
  const std::string text = page(2);
  const std::string space = "http://www.w3.org/2000/svg";
  EXPECT_EQ(count(text, "http:"), count(text, space));
  EXPECT_EQ(count(text, "src="), count(text, "src=\"data:"));
  EXPECT_EQ(count(text, "href="), count(text, "href=\"data:"));
  for (const char* way : {"https:", "//cdn", "url(", "@import", "import(", "fetch(", "XMLHttp"})
    EXPECT_EQ(count(text, way), 0u) << way;
}

class SweepPageCommand : public testing::Test {
 protected:
  SweepPageCommand() {
    write_text(folder_ / "t.yaml", sound_experiment());
    const std::string text =
        "agon: 1\nsweep: t.yaml\nname: s\nover: {lr: [1e-3, 1e-4]}\n"
        "best: {minimize: losses.d}\n";
    write_text(folder_ / "s.yaml", text);
    std::filesystem::create_directories(folder_ / "runs/s.sweep");
    const auto store = open_sqlite_store(sweep_folder(folder_ / "runs", "s").state());
    store->set_fact(fact::kFile, folder_ / "s.yaml");
    store->set_fact(fact::kText, text);
    store->add_setting({1.0}, {Trial{}});
  }
  CommandResult show(const std::vector<std::string>& more) {
    std::vector<std::string> words = {"sweep", "show", "s", "--runs", folder_ / "runs"};
    words.insert(words.end(), more.begin(), more.end());
    return run_agon(words);
  }
  ScratchFolder folder_;
};

TEST_F(SweepPageCommand, WritesAFile) {
  const std::string path = folder_ / "page.html";
  write_text(path, "old");
  const CommandResult shown = show({"--html", path});
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_EQ(shown.out, path + "\n");
  EXPECT_EQ(data_of(file_text(path))["rows"][0]["state"], "waiting");
}

TEST_F(SweepPageCommand, GoesWithShowAlone) {
  const std::string path = folder_ / "page.html";
  for (const char* other : {"--json", "--csv"}) {
    const CommandResult shown = show({"--html", path, other});
    EXPECT_EQ(shown.code, 64);
    EXPECT_NE(shown.err.find(std::string("--html and ") + other + " exclude each other"),
              std::string::npos)
        << shown.err;
  }
  EXPECT_EQ(run_agon({"sweep", "best", "s", "--html", path}).code, 64);
  EXPECT_EQ(run_agon({"sweep", folder_ / "s.yaml", "--html", path}).code, 64);
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(show({"--html", folder_ / "none/page.html"}).code, 74);
}

}  // namespace
}  // namespace agon
