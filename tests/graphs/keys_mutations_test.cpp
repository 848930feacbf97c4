#include <gtest/gtest.h>

#include <set>
#include <string>

#include "engine/base/philox.h"
#include "engine/base/text.h"
#include "graphs/document/reader.h"
#include "graphs/keys/sections.h"
#include "tests/graphs/every_key.h"

/// Typing mistakes in keys.
namespace agon {
namespace {

/// Calls `visit(mapping, index, path)` for every entry whose key is declared.
template <class F>
void for_each_declared(Yaml& node, const std::string& path, const std::set<std::string>& declared,
                       F visit) {
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    std::string below = path + "[]";
    if (node.is_mapping()) {
      below = child_path(path, node.keys[i].text);
      const std::string any = child_path(path, "*");
      if (declared.contains(below)) {
        visit(node, i, below);
      } else {
        below = any;
      }
    }
    for_each_declared(node.items[i], below, declared, visit);
  }
}

std::string mutated(const std::string& key, RandomStream& random) {
  std::string text = key;
  const auto letter = static_cast<char>('a' + random.below(26));
  const std::size_t at = random.below(static_cast<std::uint32_t>(key.size()));
  switch (random.below(4)) {
    case 0:
      text[at] = letter;
      break;
    case 1:
      text.erase(at, 1);
      break;
    case 2:
      text.insert(at, 1, letter);
      break;
    default:
      if (at + 1 < text.size()) std::swap(text[at], text[at + 1]);
  }
  return text;
}

TEST(KeysSections, EveryDeclaredKeyMutatedByALetterIsRefused) {
  const auto paths = declared_paths(experiment_keys());
  const std::set<std::string> declared(paths.begin(), paths.end());
  const Yaml whole = read_yaml_text(kEveryKey, "f");
  RandomStream random(1, "mutations");
  std::set<std::string> seen;
  int mutations = 0, suggested = 0;
  Yaml changing = whole;
  for_each_declared(
      changing, "", declared, [&](Yaml& mapping, std::size_t i, const std::string& path) {
        const std::string original = mapping.keys[i].text;
        seen.insert(path);
        for (int k = 0; k < 20; ++k) {
          const std::string typo = mutated(original, random);
          // Another key of the section cannot be told from a typing mistake, an empty one is no
          // word.
          if (typo.empty() || mapping.index_of(typo) ||
              declared.contains(path.substr(0, path.size() - original.size()) + typo)) {
            continue;
          }
          mapping.keys[i].text = typo;
          const std::string found = section_findings(changing);
          mapping.keys[i].text = original;
          ++mutations;
          EXPECT_NE(found, "") << path << " as " << typo;
          if (found.find("did you mean '" + original + "'?") != std::string::npos) ++suggested;
        }
      });
  EXPECT_GT(mutations, 1000);
  EXPECT_GE(suggested, mutations * 95 / 100) << suggested << " of " << mutations;
  // The file above has every declared key, but those that exclude others.
  for (const std::string& path : declared) {
    const bool several = path.starts_with("data.*.") || path.starts_with("sample.*.") ||
                         path.starts_with("evaluate.*.");
    if (several || path.ends_with(".*") || path == "extends" || path == "optimizers.*.sgd.lr" ||
        path == "data.paired") {
      continue;
    }
    EXPECT_TRUE(seen.contains(path)) << path;
  }
}

}  // namespace
}  // namespace agon
