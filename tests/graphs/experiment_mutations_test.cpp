#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <regex>
#include <set>

#include "engine/base/philox.h"
#include "graphs/document/suggestion.h"
#include "graphs/document/writer.h"
#include "graphs/experiment/compose.h"
#include "graphs/experiment/training.h"
#include "graphs/words/layer.h"
#include "ops/ops.h"
#include "tests/graphs/drawn_facts.h"
#include "tests/shipped_configs.h"

/// A letter wrong in a shipped config is refused, and the right word is proposed (one mutation a
/// key and use).
namespace agon {
namespace {

/// The word with one letter dropped, doubled, changed or swapped with its neighbour; another word
/// for sure.
std::string mutated(const std::string& word, RandomStream& random) {
  for (;;) {
    std::string m = word;
    const std::size_t i = random.below(static_cast<std::uint32_t>(word.size()));
    switch (random.below(4)) {
      case 0:
        if (m.size() > 2) m.erase(i, 1);
        break;
      case 1:
        m.insert(i, 1, m[i]);
        break;
      case 2:
        m[i] = static_cast<char>('a' + random.below(26));
        break;
      default:
        if (i + 1 < m.size()) std::swap(m[i], m[i + 1]);
    }
    if (m != word && std::regex_match(m, std::regex("[A-Za-z_][A-Za-z0-9_]*"))) return m;
  }
}

/// What reading and building say of a document; "" if nothing is wrong.
std::string verdict(const Yaml& document, const OpRegistry& ops) {
  try {
    const Experiment experiment =
        read_experiment_text(to_yaml(document), "mutant.yaml", AGON_SOURCE_DIR "/configs",
                             {.set = {}, .quick = false, .ops = &ops}, drawn_facts);
    build_plan(experiment, ops);
    return "";
  } catch (const ConfigError& e) {
    return e.what();
  }
}

/// Whether the keys at `path` are the user's names ("params", "networks.generator.input", ...) or
/// dotted paths (quick).
bool user_keys(const std::string& path, const Yaml& mapping) {
  static const std::regex names(
      R"(params|networks|step|losses|optimizers|quick|blocks|networks\.\w+\.(input|outputs)|.*\.with|evaluate\.metrics(\[\d+\])?)");
  if (std::regex_match(path, names)) return true;
  // several specs by name
  return (path == "sample" || path == "evaluate") && !mapping.keys.empty() &&
         mapping.items[0].is_mapping() && mapping.find("every") == nullptr;
}

/// Items of one list are alike: of equal keys and names in them the first is enough.
using Places = std::set<std::string>;
bool is_new(Places& places, const std::string& path, const std::string& word) {
  static const std::regex index(R"(\[\d+\])");
  return places.insert(std::regex_replace(path, index, "[]") + ": " + word).second;
}

void for_each_key(Yaml& node, const std::string& path, Places& places,
                  const std::function<void(std::string& key)>& visit) {
  if (path == "quick") return;  // paths into the file; judged when --quick applies them
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const std::string here =
        node.is_mapping() ? child_path(path, node.keys[i].text) : item_path(path, i);
    for_each_key(node.items[i], here, places, visit);
    if (node.is_mapping() && !user_keys(path, node) && is_new(places, path, node.keys[i].text))
      visit(node.keys[i].text);
  }
}

using Configs = std::vector<std::string> (*)();
class Mutations : public testing::TestWithParam<Configs> {};

TEST_P(Mutations, OfAKeyAreRefusedAndTheKeyIsProposed) {
  OpRegistry ops;
  register_all_ops(ops);
  RandomStream random(1, "mutations of keys");
  int mutants = 0, proposed = 0;
  for (const std::string& path : GetParam()()) {
    Yaml document = read_composed(path);
    ASSERT_EQ(verdict(document, ops), "") << path;
    Places places;
    for_each_key(document, "", places, [&](std::string& key) {
      // blocks are the user's words: up, down
      const std::string original = key;
      do {
        key = mutated(original, random);
      } while (find_layer(key) != nullptr);  // an elu for a relu is no mistake
      const std::string said = verdict(document, ops);
      EXPECT_NE(said, "") << path << ": '" << original << "' as '" << key << "'";
      ++mutants;
      if (said.find("'" + original + "'") != std::string::npos) {
        ++proposed;
      } else {
        std::printf("not proposed: '%s' as '%s': %s\n", original.c_str(), key.c_str(),
                    said.c_str());
      }
      key = original;
    });
  }
  EXPECT_GT(mutants, 300);
  EXPECT_GE(proposed, mutants * 95 / 100) << proposed << " of " << mutants;
  RecordProperty("mutants", mutants);
  RecordProperty("proposed", proposed);
}

/// Every name the user gave that expressions can use.
std::vector<std::string> given_names(const Yaml& document) {
  std::vector<std::string> names;
  for (const char* section : {"params", "networks", "step", "losses"}) {
    if (const Yaml* s = document.find(section)) {
      for (const YamlKey& key : s->keys) {
        if (key.text.size() >= 3) names.push_back(key.text);
      }
    }
  }
  return names;
}

/// A mutant nearer to `name` than to any other name: "ecoder" could be an encoder or a decoder.
std::optional<std::string> clear_mutant(const std::string& name,
                                        const std::vector<std::string>& names,
                                        RandomStream& random) {
  std::vector<std::string> others = names;
  std::erase(others, name);
  for (int attempt = 0; attempt < 20; ++attempt) {
    const std::string mutant = mutated(name, random);
    if (std::find(names.begin(), names.end(), mutant) != names.end()) continue;
    std::vector<std::string> last = others;
    last.push_back(name);  // of equally near names the first is proposed
    if (nearest_name(mutant, last) == name) return mutant;
  }
  return std::nullopt;
}

void for_each_scalar(Yaml& node, const std::string& path,
                     const std::function<void(const std::string& path, std::string& text)>& visit) {
  static const std::regex skipped(
      R"(name|about|paper|quick.*|data.*|.*\.weights|.*\.as|.*\.from|.*\.concat)");
  if (std::regex_match(path, skipped)) return;
  if (node.is_scalar()) visit(path, node.text);
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    for_each_scalar(node.items[i],
                    node.is_mapping() ? child_path(path, node.keys[i].text) : item_path(path, i),
                    visit);
  }
}

TEST_P(Mutations, OfANameAtOneUseAreRefusedAndTheNameIsProposed) {
  OpRegistry ops;
  register_all_ops(ops);
  RandomStream random(1, "mutations of names");
  int mutants = 0;
  for (const std::string& path : GetParam()()) {
    Yaml document = read_composed(path);
    const std::vector<std::string> names = given_names(document);
    Places places;
    for_each_scalar(document, "", [&](const std::string& place, std::string& text) {
      const std::string original = text;
      for (const std::string& name : names) {
        const std::regex use("(^|[^A-Za-z0-9_.])(" + name + ")(?![A-Za-z0-9_=])");
        std::smatch found;
        if (!std::regex_search(original, found, use) || !is_new(places, place, name)) continue;
        const auto mutant = clear_mutant(name, names, random);
        if (!mutant) continue;
        text = original.substr(0, static_cast<std::size_t>(found.position(2))) + *mutant +
               original.substr(static_cast<std::size_t>(found.position(2)) + name.size());
        const std::string said = verdict(document, ops);
        EXPECT_NE(said.find("'" + name + "'"), std::string::npos)
            << path << ": '" << original << "' as '" << text << "' gave:\n"
            << said;
        ++mutants;
        text = original;
      }
    });
  }
  EXPECT_GT(mutants, 150);
  RecordProperty("mutants", mutants);
}

INSTANTIATE_TEST_SUITE_P(Spread, Mutations, testing::Values(spread_of_configs));
INSTANTIATE_TEST_SUITE_P(Rest, Mutations, testing::Values(rest_of_configs));

}  // namespace
}  // namespace agon
