#include <gtest/gtest.h>

#include <string>

#include "engine/base/error.h"
#include "engine/base/philox.h"
#include "graphs/document/override.h"
#include "graphs/document/reader.h"
#include "graphs/document/writer.h"

namespace agon {
namespace {

Yaml tree(const std::string& text) {
  return read_yaml_text(text, "f");
}

const OverrideNames kNames{{"params", "train", "losses", "networks", "sample"},
                           {"params", "losses", "networks"},
                           {"train.steps", "train.stages", "sample.on"}};
const char* kBase =
    "params: {width: 64, lr: 1}\ntrain: {steps: 5, log: {every: 1}}\n"
    "losses: {elbo: x}\nnetworks: {g: {layers: [{conv: {filters: 3}}, relu]}}\n";

/// The tree after one --set, in flow-free text; or the complaint.
std::string after(const std::string& setting) {
  Yaml root = tree(kBase);
  try {
    apply_override(root, setting, kNames);
    return to_yaml(root);
  } catch (const Error& e) {
    return e.what();
  }
}

std::string changed(const std::string& from, const std::string& to) {
  std::string text = to_yaml(tree(kBase));
  const std::size_t at = text.find(from);
  return at == std::string::npos ? "no " + from : text.replace(at, from.size(), to);
}

TEST(DocumentOverride, ReachesAnyKey) {
  EXPECT_EQ(after("train.steps=7"), changed("steps: 5", "steps: 7"));
  EXPECT_EQ(after("width=2 * 8"), changed("width: 64", "width: 2 * 8"));
  EXPECT_EQ(after("params.width=3"), changed("width: 64", "width: 3"));
  EXPECT_EQ(after("networks.g.layers[0].conv.filters=8"), changed("filters: 3", "filters: 8"));
  EXPECT_EQ(after("networks.g.layers[1]=tanh"), changed("relu", "tanh"));
  EXPECT_EQ(after("train.log.every=~"), changed("log: {every: 1}", "log: {}"));
  EXPECT_EQ(after("losses.other=[1, 2]"),
            changed("losses: {elbo: x}", "losses:\n  elbo: x\n  other: [1, 2]"));
  EXPECT_EQ(after("sample={every: 3}"), changed("", "") + "sample: {every: 3}\n");
  EXPECT_EQ(after("sample.with.label=row"), changed("", "") + "sample:\n  with: {label: row}\n");
}

TEST(DocumentOverride, RemovesWhatIsNotThere) {
  for (const char* setting : {"sample=~", "sample.on=~", "train.stages=~"})
    EXPECT_EQ(after(setting), changed("", "")) << setting;
}

struct Case {
  std::string setting;
  std::string message;
};

TEST(DocumentOverride, RefusesUnknownPaths) {
  const std::string at = ":1:1: ";
  const Case cases[] = {
      {"widht=3",
       "unknown path 'widht': no param and no key of the top level has this name; did you "
       "mean 'width'?"},
      {"params.widht=3", "unknown path 'params.widht'; did you mean 'params.width'?"},
      {"params.other_thing=3", "unknown path 'params.other_thing'"},
      {"networks.h.average=1", "unknown path 'networks.h'"},
      {"losses.elbow=1", "unknown path 'losses.elbow'; did you mean 'losses.elbo'?"},
      {"networks.g.layers[2]=relu",
       "unknown path 'networks.g.layers[2]': networks.g.layers has 2 items, counted from 0"},
      {"train.steps[0]=1", "unknown path 'train.steps[0]': train.steps is '5', not a list"},
      {"train.steps.a=1", "unknown path 'train.steps.a': train.steps is '5', not a mapping"},
      {"train.stpes=~", "unknown path 'train.stpes'; did you mean 'steps'?"},
      {"losses.other=~", "unknown path 'losses.other'"},
      {"train..a=1", "expected a path like train.steps or layers[3].conv, got 'train..a'"},
      {"train.=1", "expected a path like train.steps or layers[3].conv, got 'train.'"},
      {"[0]=1", "expected a path like train.steps or layers[3].conv, got '[0]'"},
      {"a[-1]=1", "expected a path like train.steps or layers[3].conv, got 'a[-1]'"},
      {"a[]=1", "expected a path like train.steps or layers[3].conv, got 'a[]'"},
      {"a[1]b=1", "expected a path like train.steps or layers[3].conv, got 'a[1]b'"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(after(c.setting), "error[78] --set " + c.setting + at + c.message);
  }
  EXPECT_EQ(after("train.steps"), "--set: expected path=value, got 'train.steps'");
  EXPECT_EQ(after("params.lr="),
            "--set: expected a value after 'params.lr='; 'params.lr=~' removes it");
  EXPECT_EQ(after("=3"), "--set: expected path=value, got '=3'");
  EXPECT_EQ(after("a\n\x1b[0m"), "--set: expected path=value, got 'a\\x0a\\x1b[0m'");
  EXPECT_EQ(after(std::string(1 << 20, 'x')), "--set: expected at most 65536 bytes, got 1048576");
  EXPECT_EQ(after("train.log={a: f(x, y)}"),
            "error[78] --set train.log={a: f(x, y)}:1:15: a: YAML ends 'f(x' at the comma; write "
            "\"f(x, y)\" or one key per line");
}

TEST(DocumentOverride, NewNodesSayWhereTheyAreFrom) {
  Yaml root = tree(kBase);
  apply_override(root, "train.steps=7", kNames);
  EXPECT_EQ(root.find("train")->find("steps")->origin(),
            (Origin{"--set train.steps=7", 1, 13, ""}));
}

/// A tree of every shape, with texts that need care.
Yaml random_tree(RandomStream& random, int depth) {
  static const char* const kTexts[] = {
      "",      "a b",      "~",           "null",    "true",
      "1e-4",  "- x",      "x: y",        "x #y",    "#x",
      "[a",    "a, b",     "'",           "\"q\"",   "two\nlines\n",
      " lead", "trail ",   "\t",          "f(x, y)", "f(x",
      "-",     "-3",       "--- x",       "...",     "*a",
      "&a",    "!t",       "%d",          "@x",      "`",
      "|",     ">",        "?",           "? x",     ":",
      "a:",    "\xC3\xA9", "\\n",         "=",       "<<",
      "2 * x", "x^2",      "a.b[0]",      "{",       "}",
      "]",     "\x7f",     "row, column", "8x8",     "up(filters)"};
  const std::uint32_t kind = random.below(depth > 0 ? 6 : 3);
  if (kind == 0 && depth < 3) return Yaml{};
  if (kind < 3) return Yaml::scalar(kTexts[random.below(std::size(kTexts))]);
  Yaml node = kind == 3 ? Yaml::sequence() : Yaml::mapping();
  const std::uint32_t size = random.below(5);
  for (std::uint32_t i = 0; i < size; ++i) {
    Yaml child = random_tree(random, depth - 1);
    if (node.is_sequence()) {
      node.items.push_back(std::move(child));
    } else {
      std::string key = kTexts[random.below(std::size(kTexts))];
      if (key == "<<") key = "k";
      node.set({key, {}}, std::move(child));
    }
  }
  return node;
}

TEST(DocumentWriter, WhatItWritesReadsBack) {
  RandomStream random(1, "trees");
  for (int i = 0; i < 3000; ++i) {
    Yaml root = Yaml::mapping();
    root.set({"top", {}}, random_tree(random, 4));
    root.set({"next", {}}, random_tree(random, 3));
    const std::string text = to_yaml(root);
    Yaml again;
    ASSERT_NO_THROW(again = read_yaml_text(text, "f")) << text;
    ASSERT_TRUE(same_content(root, again)) << text;
    ASSERT_EQ(to_yaml(again), text);
    ASSERT_EQ(config_hash(again), config_hash(root));
  }
}

TEST(DocumentWriter, ReadsWell) {
  const std::string text =
      "name: gan\n"
      "params: {latent: 100, lr: 2e-4}\n"
      "networks:\n"
      "  generator:\n"
      "    layers:\n"
      "      - {dense: {units: 16 * width, bias: false}}\n"
      "      - relu\n"
      "losses:\n"
      "  d: f(x, 1) + g([y])\n"
      "train:\n"
      "  steps: 3\n"
      "  order: [d, g]\n"
      "sample: ~\n";
  EXPECT_EQ(to_yaml(tree(text)), text);
  EXPECT_EQ(to_yaml(tree("train: {order: [d, g], steps: 3}")),
            "train:\n  order: [d, g]\n  steps: 3\n");
  EXPECT_EQ(to_yaml(tree("a: {b: 1, c: '- x'}")), "a: {b: 1, c: \"- x\"}\n");
  EXPECT_EQ(to_yaml(tree("a: {b: 1, c: 'x, y'}")), "a:\n  b: 1\n  c: x, y\n");
}

TEST(DocumentHash, LayoutDoesNotCountContentDoes) {
  const std::string hash = config_hash(tree("a: {b: 1, c: [x, y]}\n"));
  EXPECT_EQ(hash.size(), 64u);
  EXPECT_EQ(config_hash(tree("# c\na:\n  b: \"1\"\n  c:\n    - x\n    - y\n")), hash);
  for (const char* other : {"a: {b: 2, c: [x, y]}", "a: {b: 1, c: [xy]}", "a: {c: [x, y], b: 1}",
                            "a: {b: 1, c: [x, y], d: ~}", "b: {b: 1, c: [x, y]}"}) {
    EXPECT_NE(config_hash(tree(other)), hash) << other;
  }
}

}  // namespace
}  // namespace agon
