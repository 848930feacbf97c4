#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>

#include "engine/base/error.h"
#include "graphs/document/reader.h"

namespace agon {
namespace {

/// What reading `text` says, "" if it is accepted.
std::string complaint(const std::string& text) {
  try {
    read_yaml_text(text, "f.yaml");
    return "";
  } catch (const Error& e) {
    return e.what();
  }
}

struct Case {
  std::string text;
  std::string message;
};

TEST(DocumentReader, RefusesWithPositionAndReason) {
  const Case cases[] = {
      {"a: 1\na: 2\n", "error[78] f.yaml:2:1: duplicate key 'a'; it is already at 1:1"},
      {"t:\n  b: 1\n  c: 2\n  b: 3\n",
       "error[78] f.yaml:4:3: t: duplicate key 'b'; it is already at 2:3"},
      {"a: {d: generator(z, y)}\n",
       "error[78] f.yaml:1:8: a.d: YAML ends 'generator(z' at the comma; write \"generator(z, y)\" "
       "or one key per line"},
      {"a: [f(x, g(y, z)), 2]\n",
       "error[78] f.yaml:1:5: a[0]: YAML ends 'f(x' at the comma; write \"f(x, g(y, z))\" or one "
       "key per line\nerror[78] f.yaml:1:10: a[1]: YAML ends 'g(y' at the comma; write \"g(y, z)\" "
       "or one key per line"},
      {"a: {z: normal([batch, 3])}\n",
       "error[78] f.yaml:1:8: a.z: YAML ends 'normal(' at the bracket; write \"normal([batch, "
       "3])\" or one key per line"},
      {"a: {z: f(x,\n     y), b: 2}\n",
       "error[78] f.yaml:1:8: a.z: YAML ends 'f(x' at the comma; write \"f(x, y)\" or one key per "
       "line"},
      {"a: {z: f(x, y}\n",
       "error[78] f.yaml:1:8: a.z: YAML ends 'f(x' at the comma; write it in quotes or one key per "
       "line"},
      {"a:\n\tb: 1\n",
       "error[78] f.yaml:2:1: a tab indents this line; YAML takes only spaces\n   b: 1\n  ^"},
      {"a: [1, 2\n", "error[78] f.yaml:1:4: this bracket is never closed\n  a: [1, 2\n     ^"},
      {"train\n  steps: 3\n",
       "error[78] f.yaml:1:1: expected 'name: value', got no ':' in this line; further lines of a "
       "value are indented deeper than its name\n  train\n  ^"},
      {"step:\n  z: 1\n  fake f(z)\n\nlosses:\n  d: 1\n",
       "error[78] f.yaml:3:3: expected 'name: value', got no ':' in this line; further lines of a "
       "value are indented deeper than its name\n    fake f(z)\n    ^"},
      {"q: {train.stages[0].steps: 5}\n",
       "error[78] f.yaml:1:17: expected ',' or '}'; quote what has brackets: "
       "\"train.stages[0].steps\"\n  q: {train.stages[0].steps: 5}\n                  ^"},
      {"a: 1\n  b: 2\n",
       "error[78] f.yaml:2:4: a ':' is not allowed here; quote the text or check the "
       "indentation\n    b: 2\n     ^"},
      {"a: 'x\n", "error[78] f.yaml:1:4: this quote is never closed\n  a: 'x\n     ^"},
      {"a: 1\n---\nb: 2\n",
       "error[78] f.yaml:2:1: line 2 starts a second document; a file holds one"},
      {"a: 1\n...\nb: 2\n",
       "error[78] f.yaml:3:1: line 3 starts a second document; a file holds one"},
      {"%YAML 1.2\n---\na: 1\n",
       "error[78] f.yaml:1:1: YAML directives are not part of the language\n  %YAML 1.2\n  ^"},
      {"a: !!int 3\n",
       "error[78] f.yaml:1:4: YAML tags are not part of the language; quote a text that begins "
       "with "
       "'!'\n  a: !!int 3\n     ^"},
      {"? [1, 2]\n: 3\n",
       "error[78] f.yaml:1:3: expected a name as key, got a list\n  ? [1, 2]\n    ^"},
      {"a: \"x\\_\"\n",
       "error[78] f.yaml:1:4: an escape in this text gives no character\n  a: \"x\\_\"\n     ^"},
      {"a: \"\\0\"\n",
       "error[78] f.yaml:1:4: an escape in this text gives no character\n  a: \"\\0\"\n     ^"},
      {"~: 3\n", "error[78] f.yaml:1:1: expected a name as key, got nothing\n  ~: 3\n  ^"},
      {"a: &x\n  b: *x\n",
       "error[78] f.yaml:2:6: recursive alias: its anchor is still open here\n    b: *x\n       ^"},
      {"a: &x 3\nb: {<<: *x}\n",
       "error[78] f.yaml:1:7: b: expected a mapping or a list of mappings after '<<', got '3'"},
      {std::string("a: 1\nb\0c", 8), "error[78] f.yaml: expected text, got a NUL byte at byte 6"},
      {"a: \xC3\x28", "error[78] f.yaml: expected UTF-8 text, got byte 0xc3 at byte 3"},
      {"a: \x1b[31m", "error[78] f.yaml: expected text, got control character 0x1b at byte 3"},
      {"\xFF\xFE"
       "a",
       "error[78] f.yaml: expected UTF-8 text, got UTF-16 (byte order mark at byte 0)"},
  };
  for (const Case& c : cases) EXPECT_EQ(complaint(c.text), c.message) << c.text;
}

TEST(DocumentReader, EmptyFilesShowAnExperiment) {
  for (const char* text : {"", "\n\n", "# only this\n", "~\n", "null\n", "---\n", "\xEF\xBB\xBF"}) {
    EXPECT_TRUE(complaint(text).starts_with(
        "error[78] f.yaml: no experiment found; a small one:\n  agon: 1\n"))
        << text << complaint(text);
  }
}

TEST(DocumentReader, AcceptsWhatYamlMeans) {
  const char* good[] = {
      "\xEF\xBB\xBF\x61: 1\n",  // a byte order mark before `a`
      "a: 1\r\nb:\r\n  - x\r\n",
      "---\na: 1\n...\n",
      "a: |\n  \ttab inside\n  --- also\n  !text [ {\nb: 1\n",
      "a: \"[[[ ! \t {\"\nb: 'it''s [' \n",
      "d: f(x)\n  + g(y)\n  * 2\n  ! 3\n",
      "a: [x,\n\ty]\n",
      "about: hello :)\n",
      "a: {about: hello :)}\n",
      "a: &x {b: 1}\nc: {<<: *x, d: 2}\n",
      "- a: 1\n  b: 2\n- c\n",
      "a: # comment [\n  - 1\n",
      "a:\n- 1\n- 2\n",
      "a: x#y\n",
      "a: 'two\n  lines'\n",
  };
  for (const char* text : good) EXPECT_EQ(complaint(text), "") << text;
}

TEST(DocumentReader, KindsTextsAndPositions) {
  const Yaml root = read_yaml_text(
      "# c\n\xC3\xA9: \xC3\xBC x\nlist:\n  - &y foo\n  - ~\n  - 'it''s'\n  - yes\n"
      "m: {k: \"\", n: , o: *y}\n",
      "f.yaml");
  ASSERT_TRUE(root.is_mapping());
  EXPECT_EQ(read_yaml_text("\xEF\xBB\xBF"
                           "a: 1\n",
                           "f")
                .items[0]
                .origin()
                .column,
            4);
  EXPECT_EQ(root.origin().line, 2);
  EXPECT_EQ(root.items[0].text, "\xC3\xBC x");
  EXPECT_EQ(root.items[0].origin().column, 4);
  const Yaml& list = *root.find("list");
  ASSERT_EQ(list.items.size(), 4u);
  EXPECT_EQ(list.items[0].text, "foo");
  EXPECT_EQ(list.items[0].origin("list[0]"), (Origin{"f.yaml", 4, 8, "list[0]"}));
  EXPECT_TRUE(list.items[1].is_null());
  EXPECT_EQ(list.items[2].text, "it's");
  EXPECT_TRUE(list.items[2].quoted);
  EXPECT_EQ(list.items[3].text, "yes");
  const Yaml& m = *root.find("m");
  EXPECT_TRUE(m.find("k")->is_scalar());
  EXPECT_TRUE(m.find("n")->is_null());
  EXPECT_EQ(m.find("o")->text, "foo");
  EXPECT_EQ(m.key_origin(1, "m.n"), (Origin{"f.yaml", 8, 12, "m.n"}));
}

TEST(DocumentReader, MergeKeysDoNotOverride) {
  const Yaml root =
      read_yaml_text("a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: {<<: [*a, *b], x: 9}\n", "f");
  const Yaml& c = *root.find("c");
  EXPECT_EQ(c.find("x")->text, "9");
  EXPECT_EQ(c.find("y")->text, "2");
  EXPECT_EQ(c.find("z")->text, "4");
  EXPECT_EQ(c.keys.size(), 3u);
}

TEST(DocumentReader, OffsetsOfTextsLeadBackToTheFile) {
  const Yaml root = read_yaml_text(
      "a: one\n  two  three\nb: \"q\xC3\xA9 x\"\nc: |\n    first\n    second\nd: 'a''b c'\ne: >-\n"
      "  x\n  y\n",
      "f");
  const auto at = [&](const char* key, const char* word) {
    const Yaml& node = *root.find(key);
    const Origin o = node.origin_at(node.text.find(word));
    return std::to_string(o.line) + ":" + std::to_string(o.column);
  };
  EXPECT_EQ(at("a", "one"), "1:4");
  EXPECT_EQ(at("a", "two"), "2:3");
  EXPECT_EQ(at("a", "three"), "2:8");
  EXPECT_EQ(at("b", "x"), "3:8");
  EXPECT_EQ(at("c", "first"), "5:5");
  EXPECT_EQ(at("c", "second"), "6:5");
  EXPECT_EQ(at("d", "c"), "7:10");
  EXPECT_EQ(at("e", "y"), "10:3");
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

/// Nine levels of nine aliases each: 9^9 nodes.
std::string laughs() {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string n = std::to_string(i);
    const std::string before = "*a" + std::to_string(i - 1);
    text += fmt::format("a{}: &a{} [{}{}]\n", n, n, before, repeated(", " + before, 8));
  }
  return text;
}

std::string keys(int n) {
  std::string text;
  for (int i = 0; i < n; ++i) text += fmt::format("k{}: 1\n", i);
  return text;
}

// 100 ms are promised; processor time with some room for busy machines, more with sanitizers.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr double kBombSeconds = 10;
#else
constexpr double kBombSeconds = 1;
#endif

TEST(DocumentReader, BombsAreRefusedQuickly) {
  const Case bombs[] = {
      {laughs(), "alias expansion above 100,000 nodes"},
      {repeated("[", 10'000), "nesting deeper than 64"},
      {repeated("[", 1'000'000), "nesting deeper than 64"},
      {repeated("{a: ", 10'000), "nesting deeper than 64"},
      {repeated("- ", 10'000), "nesting deeper than 64"},
      {"a: [" + repeated("x,", 500'000) + "]", "more than 100,000 nodes"},
      {repeated("- x\n", 200'000), "more than 100,000 nodes"},
      {repeated("- a: x\n", 60'000), "the file is above 100,000 nodes"},
      {keys(257), "a mapping of more than 256 keys"},
      {keys(256), ""},
      {"&x\n- *x", "recursive alias"},
      {"a: &x 1\nb: [" + repeated("*x, ", 257) + "]", "more than 256 aliases"},
      {"!\n: |\nb\n>\n|\n  !\n>", "YAML tags"},
      {"<< : [:]ore-max-padding, *auto-init-128]", ""},
      {repeated("a: [", 60) + repeated("]", 60), ""},
      {repeated("&a [", 60) + repeated("x, ", 30'000) + repeated("]", 60), "anchors above"},
      {"a: " + repeated("x ", 500'000), ""},
      {std::string((std::size_t{1} << 20) + 1, ' '), "expected at most 1 MiB"},
  };
  for (const Case& bomb : bombs) {
    const std::clock_t begin = std::clock();
    const std::string said = complaint(bomb.text);
    const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    EXPECT_NE(said.find(bomb.message), std::string::npos) << bomb.text.substr(0, 40) << said;
    EXPECT_LT(seconds, kBombSeconds) << bomb.text.substr(0, 40);
  }
}

TEST(DocumentReader, OnlyRegularFiles) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("agon-reader-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  const auto code = [&](const std::string& path) {
    try {
      read_yaml_file(path);
      return ExitCode::Ok;
    } catch (const Error& e) {
      return e.code();
    }
  };
  EXPECT_EQ(code((folder / "absent.yaml").string()), ExitCode::NoInput);
  EXPECT_EQ(code(folder.string()), ExitCode::NoInput);
  EXPECT_EQ(code("/dev/zero"), ExitCode::NoInput);
  mkfifo((folder / "fifo").c_str(), 0600);
  EXPECT_EQ(code((folder / "fifo").string()), ExitCode::NoInput);
  std::ofstream(folder / "big.yaml") << std::string(2 << 20, ' ');
  EXPECT_EQ(code((folder / "big.yaml").string()), ExitCode::Config);
  std::ofstream(folder / "good.yaml") << "a: 1\n";
  EXPECT_EQ(read_yaml_file((folder / "good.yaml").string()).find("a")->text, "1");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace agon
