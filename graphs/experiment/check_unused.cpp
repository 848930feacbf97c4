#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "graphs/experiment/bound_layer.h"
#include "graphs/experiment/checks.h"

namespace agon {

namespace {

using Words = std::set<std::string>;

bool in_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// Names in a text; what follows a dot is a part of something else.
void collect(const std::string& text, Words& words) {
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && in_word(text[end])) ++end;
    if (end > i && (i == 0 || text[i - 1] != '.')) words.insert(text.substr(i, end - i));
    i = end + 1;
  }
}

/// Every name in the values below `node`, and its keys where `keys`.
void collect(const Yaml& node, bool keys, Words& words) {
  if (node.is_scalar()) collect(node.text, words);
  for (const YamlKey& key : node.keys) {
    if (keys) collect(key.text, words);
  }
  for (const Yaml& item : node.items) collect(item, keys, words);
}

/// What is written is used, though `when` may leave it out today.
Words written_names(const Yaml& document) {
  static const Words kProse = {"name", "about", "paper", "quick"};
  Words words;
  for (std::size_t i = 0; i < document.keys.size(); ++i) {
    const std::string& section = document.keys[i].text;
    if (section == "blocks") {
      for (const Yaml& layers : document.items[i].items) collect(layers, true, words);
    } else if (!kProse.contains(section)) {
      collect(document.items[i], section == "networks", words);
    }
  }
  return words;
}

/// What several files share may hold params and blocks that one of them does not need.
bool is_own(const System& system, const Origin& origin) {
  return origin.file == system.experiment.sections.agon.origin().file;  // never a part's
}

void check_written(System& system) {
  const Words written = written_names(system.experiment.document);
  for (const auto& param : system.experiment.sections.params) {
    if (!written.contains(param.name) && is_own(system, param.origin))
      system.diagnostics.warning(param.origin, "never used");
  }
  for (const BlockSection& block : system.experiment.sections.blocks) {
    if (written.contains(block.signature.name)) continue;
    look_over_block(block, system.experiment.sections.blocks, system.diagnostics);
    if (is_own(system, block.signature.origin))
      system.diagnostics.warning(block.signature.origin, "never used");
  }
}

void check_layers(System& system, const Words& used) {
  for (const auto& network : system.networks) {
    for (const IdleLayer& layer : network->idle) {
      const bool read = std::any_of(
          layer.readers.begin(), layer.readers.end(),
          [&](const std::string& path) { return used.contains(network->name() + "/" + path); });
      if (!read)
        system.diagnostics.warning(
            layer.origin, fmt::format("nothing depends on {}.{}", network->name(), layer.name));
    }
  }
}

}  // namespace

void check_unused(System& system, const std::set<std::string>& read) {
  check_written(system);
  check_layers(system, read);
}

}  // namespace agon
