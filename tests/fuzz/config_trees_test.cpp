#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "engine/base/error.h"
#include "engine/base/philox.h"
#include "graphs/document/reader.h"
#include "graphs/document/writer.h"
#include "tests/fuzz/verdict.h"

/// Experiments of the corpus changed node by node: what is still YAML, and still has the keys of
/// the language, gets further than changed bytes do. AGON_FUZZ_MUTANTS asks for more of them.
namespace agon {
namespace {

namespace fs = std::filesystem;

constexpr int kMutants = 2000;
/// Values that mean something in one place or another, or are too large for it.
constexpr const char* kTelling =
    "0 1 -1 0.5 3 1e-300 1e300 65536 2147483648 batch step progress row data.image data.label "
    "data.classes [] {} any x z fake mean(fake) normal([batch,4]) grad(fake,z) every(2,1) "
    "smooth(fake,0.5) image_pool(fake,3)";

std::vector<std::string> telling_words() {
  std::istringstream text(kTelling);
  return {std::istream_iterator<std::string>(text), {}};
}

std::vector<Yaml> experiments() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(AGON_SOURCE_DIR "/tests/fuzz/corpus/config"))
    paths.push_back(entry.path());
  std::ranges::sort(paths);
  std::vector<Yaml> documents;
  for (const fs::path& path : paths) {
    std::ifstream file(path, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    try {
      documents.push_back(read_yaml_text(text, path.filename().string()));
    } catch (const ConfigError&) {
      // the corpus has files that are no YAML
    }
  }
  return documents;
}

void collect(Yaml& node, std::vector<Yaml*>& nodes) {
  nodes.push_back(&node);
  for (Yaml& item : node.items) collect(item, nodes);
}

std::size_t one_of(std::size_t count, RandomStream& random) {
  return random.below(static_cast<std::uint32_t>(count));
}

/// Some node below the root, or the root where it is alone.
Yaml& some_node(Yaml& document, RandomStream& random) {
  std::vector<Yaml*> nodes;
  collect(document, nodes);
  return nodes.size() == 1 ? document : *nodes[1 + one_of(nodes.size() - 1, random)];
}

void remove_item(Yaml& node, std::size_t at) {
  node.items.erase(node.items.begin() + static_cast<std::ptrdiff_t>(at));
  if (node.is_mapping()) node.keys.erase(node.keys.begin() + static_cast<std::ptrdiff_t>(at));
}

void repeat_item(Yaml& node, std::size_t at) {
  const Yaml copy = node.items[at];
  if (node.is_mapping()) node.keys.push_back({node.keys[at].text + "2", {}});
  node.items.push_back(copy);
}

void change(Yaml& document, Yaml other, RandomStream& random) {
  Yaml& node = some_node(document, random);
  switch (random.below(4)) {
    case 0:
      node = Yaml(some_node(random.below(2) == 0 ? other : document, random));
      break;
    case 1:
      if (!node.items.empty()) remove_item(node, one_of(node.items.size(), random));
      break;
    case 2:
      if (!node.items.empty()) repeat_item(node, one_of(node.items.size(), random));
      break;
    default: {
      static const std::vector<std::string> words = telling_words();
      node = Yaml::scalar(words[one_of(words.size(), random)]);
    }
  }
}

TEST(ConfigTrees, AreReadOrRefused) {
  const std::vector<Yaml> documents = experiments();
  ASSERT_GT(documents.size(), 20u);
  const char* asked = std::getenv("AGON_FUZZ_MUTANTS");
  const int mutants = asked == nullptr ? kMutants : std::atoi(asked);
  RandomStream random(1, "fuzz/config trees");
  for (int i = 0; i < mutants && !HasFailure(); ++i) {
    Yaml document = documents[one_of(documents.size(), random)];
    for (std::uint32_t changes = 1 + random.below(3); changes > 0; --changes)
      change(document, documents[one_of(documents.size(), random)], random);
    const std::string text = to_yaml(document);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    EXPECT_EQ(verdict(fuzz_target("config"), {bytes, text.size()}), "") << text;
  }
}

}  // namespace
}  // namespace agon
