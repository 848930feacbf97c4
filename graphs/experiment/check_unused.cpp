#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "engine/base/text.h"
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

/// What is written is used, though `when` may leave it out today. `but`: a section passed over.
Words written_names(const Yaml& document, std::string_view but = "") {
  static const Words kProse = {"name", "about", "paper", "quick"};
  Words words;
  for (std::size_t i = 0; i < document.keys.size(); ++i) {
    const std::string& section = document.keys[i].text;
    if (section == but) continue;
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

/// Names that layers read, in every list below `node`; what `when` leaves out today reads too.
void collect_read(const Yaml& node, Words& words) {
  if (node.is_scalar()) collect(node.text, words);
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const bool names =
        node.is_mapping() && (node.keys[i].text == "as" || node.keys[i].text == "when");
    if (!names) collect_read(node.items[i], words);
  }
}

/// Whether the network's first layer may begin with the first input: it says nothing else.
bool begins_with_input(const Yaml* layers) {
  if (layers == nullptr || layers->items.empty()) return true;
  const Yaml& first = layers->items[0];
  if (first.find("from") != nullptr) return first.find("when") != nullptr;
  const Yaml* computed = first.find("compute");
  if (computed == nullptr) return true;
  Words words;
  collect(*computed, false, words);
  return words.contains("current");
}

void check_inputs(System& system) {
  const Yaml* networks = system.experiment.document.find("networks");
  for (const auto& network : system.networks) {
    const Yaml* written = networks->find(network->name());
    if (written == nullptr) continue;
    const Yaml* layers = written->find("layers");
    Words read;
    if (layers != nullptr) collect_read(*layers, read);
    if (const Yaml* outputs = written->find("outputs")) collect_read(*outputs, read);
    if (begins_with_input(layers)) read.insert(network->inputs().front().name);
    for (const NetworkInput& input : network->inputs()) {
      if (!read.contains(input.name))
        system.diagnostics.warning(input.origin, "never used by a layer");
    }
  }
}

/// A layer in all stages that have it.
struct LayerUse {
  Origin origin;
  std::vector<std::string> stages;  // by number, from 1
  bool used = false;
};

std::string stages_text(const LayerUse& layer, const Stages& stages) {
  if (layer.stages.size() == stages.size()) return "";
  return fmt::format(" in stage{} {}", layer.stages.size() == 1 ? "" : "s",
                     joined(layer.stages, " and "));
}

/// Whether a result of the network depends on a layer, or some `net(x).layer` reads it.
bool is_used(const Network& network, const std::string& layer, const Words& read) {
  const auto idle = std::ranges::find(network.idle, layer, &IdleLayer::name);
  if (idle == network.idle.end()) return true;
  return std::ranges::any_of(idle->readers, [&](const std::string& path) {
    return read.contains(network.name() + "/" + path);
  });
}

void check_layers(const Stages& stages, const Words& read) {
  std::map<std::string, LayerUse> layers;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    for (const auto& network : stages[i]->networks) {
      for (const LayerReport& row : network->report) {
        LayerUse& layer = layers[network->name() + "." + row.name];
        layer.origin = row.origin;
        const std::string stage = std::to_string(i + 1);
        if (layer.stages.empty() || layer.stages.back() != stage) layer.stages.push_back(stage);
        layer.used = layer.used || is_used(*network, row.name, read);
      }
    }
  }
  for (const auto& [name, layer] : layers) {
    if (!layer.used)
      stages.front()->diagnostics.warning(
          layer.origin, fmt::format("nothing depends on {}{}", name, stages_text(layer, stages)));
  }
}

}  // namespace

void check_unused(const Stages& stages, const std::set<std::string>& read) {
  check_written(*stages.front());
  check_inputs(*stages.front());
  check_layers(stages, read);
}

std::set<std::string> names_in_use(const Yaml& document) {
  Words words = written_names(document, "step");
  const Yaml* step = document.find("step");
  if (step == nullptr) return words;
  Words followed;
  for (bool more = true; more;) {
    more = false;
    for (std::size_t i = 0; i < step->keys.size(); ++i) {
      const std::string& name = step->keys[i].text;
      if (!words.contains(name) || !followed.insert(name).second) continue;
      collect(step->items[i], false, words);
      more = true;
    }
  }
  return words;
}

}  // namespace agon
