#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "engine/base/text.h"
#include "graphs/document/suggestion.h"
#include "graphs/experiment/bound_layer.h"
#include "graphs/experiment/names.h"
#include "graphs/keys/forms.h"

namespace agon {

namespace {

constexpr int kMaxBlockDepth = 16;
constexpr std::int64_t kMaxRepeats = 1000;

struct RepeatLayer {
  Whole times;
  std::vector<LayerItem> layers;
};

const Keys<RepeatLayer>& repeat_section() {
  static const Keys<RepeatLayer> keys(
      "repeat", "the layers again and again, each time with weights of its own",
      {key("times", &RepeatLayer::times, "how often", whole(1, kMaxRepeats)).required(),
       key("layers", &RepeatLayer::layers, "what is repeated", layer_list()).required()});
  return keys;
}

class Binder {
 public:
  Binder(const std::vector<BlockSection>& blocks, int& left, Diagnostics& diagnostics)
      : blocks_(blocks), left_(left), diagnostics_(diagnostics) {}

  std::vector<BoundLayer> bind(const std::vector<LayerItem>& items,
                               const std::shared_ptr<const NumberScope>& scope) {
    std::vector<BoundLayer> bound;
    std::map<std::string, int> counts;
    std::map<std::string, Origin> taken;
    for (const LayerItem& item : items) {
      const int k = ++counts[item.word.text];
      if (!wanted(item, *scope)) continue;
      if (left_ == 0) {
        refuse_more(item.origin);
        break;
      }
      --left_;
      BoundLayer layer;
      layer.name = item.as ? item.as->text : fmt::format("{}{}", item.word.text, k);
      layer.word = item.word.text;
      layer.origin = item.origin;
      layer.from = item.from;
      layer.scope = scope;
      if (const auto [it, fresh] = taken.emplace(layer.name, item.origin); !fresh) {
        diagnostics_.error(item.as ? item.as->origin : item.origin,
                           fmt::format("the name '{}' is taken at {}", layer.name,
                                       place_text(it->second, item.origin)));
      }
      if (bind_word(item, layer)) bound.push_back(std::move(layer));
    }
    return bound;
  }

  /// Words and keys of a block that nothing binds. Its arguments may stand for layers.
  void look_over(const std::vector<LayerItem>& items, const std::vector<std::string>& arguments) {
    for (const LayerItem& item : items) look_over(item, arguments);
  }

 private:
  void look_over(const LayerItem& item, const std::vector<std::string>& arguments) {
    const std::string& word = item.word.text;
    const bool named = std::find(arguments.begin(), arguments.end(), word) != arguments.end() ||
                       std::any_of(blocks_.begin(), blocks_.end(),
                                   [&](const BlockSection& b) { return b.signature.name == word; });
    if (named) return;
    KeyReader reader{diagnostics_};
    if (word == "residual") {
      const auto items = layer_list().read(item.argument, item.argument_path(), reader);
      look_over(items.value_or(std::vector<LayerItem>{}), arguments);
    } else if (word == "repeat") {
      look_over(repeat_section().read(item.argument, item.argument_path(), reader).layers,
                arguments);
    } else if (word == "compute") {
      expression().read(item.argument, item.argument_path(), reader);
    } else if (const LayerDef* def = find_layer(word)) {
      def->read(item.argument, item.argument_path(), reader);
    } else {
      report_unknown_layer(item, known_words(), diagnostics_);
    }
  }

  bool wanted(const LayerItem& item, const NumberScope& scope) {
    if (!item.when) return true;
    try {
      return evaluate_condition(*item.when, scope);
    } catch (const ConfigError& e) {
      report(e);
      return false;
    }
  }

  /// Once: each list that this one lies in ends with it.
  void refuse_more(const Origin& origin) {
    if (!refused_) diagnostics_.error(origin, fmt::format("more than {} layers", kMostLayers));
    refused_ = true;
  }

  void report(const ConfigError& e) {
    for (const Diagnostic& d : e.diagnostics()) diagnostics_.error(d.origin, d.message);
  }

  bool bind_word(const LayerItem& item, BoundLayer& layer) {
    KeyReader reader{diagnostics_};
    const std::string& word = item.word.text;
    if (const auto block =
            std::find_if(blocks_.begin(), blocks_.end(),
                         [&](const BlockSection& b) { return b.signature.name == word; });
        block != blocks_.end()) {
      return bind_block(item, *block, layer);
    }
    if (word == "residual") {
      layer.kind = BoundLayer::Kind::Residual;
      return bind_children(item, layer);
    }
    if (word == "repeat") return bind_repeat(item, layer, reader);
    if (word == "compute") {
      layer.kind = BoundLayer::Kind::Compute;
      layer.expression = expression().read(item.argument, item.argument_path(), reader);
      return layer.expression.has_value();
    }
    const LayerDef* def = find_layer(word);
    if (def == nullptr) {
      report_unknown_layer(item, known_words(), diagnostics_);
      return false;
    }
    const bool had_errors = diagnostics_.has_errors();
    layer.build = def->read(item.argument, item.argument_path(), reader);
    return had_errors || !diagnostics_.has_errors();
  }

  bool bind_children(const LayerItem& item, BoundLayer& layer) {
    KeyReader reader{diagnostics_};
    const auto items = layer_list().read(item.argument, item.argument_path(), reader);
    if (!items) return false;
    layer.children = bind(*items, layer.scope);
    return true;
  }

  bool bind_repeat(const LayerItem& item, BoundLayer& layer, KeyReader& reader) {
    const RepeatLayer repeat = repeat_section().read(item.argument, item.argument_path(), reader);
    const auto times = repeat.times.value(*layer.scope, diagnostics_);
    if (!times) return false;
    layer.kind = BoundLayer::Kind::Inner;
    for (std::int64_t i = 1; i <= *times; ++i) {
      BoundLayer turn;
      turn.kind = BoundLayer::Kind::Turn;
      turn.name = fmt::format("{}", i);
      turn.word = "repeat";
      turn.origin = layer.origin;
      turn.scope = layer.scope;
      turn.children = bind(repeat.layers, layer.scope);
      layer.children.push_back(std::move(turn));
    }
    return true;
  }

  bool bind_block(const LayerItem& item, const BlockSection& block, BoundLayer& layer) {
    if (depth_ == kMaxBlockDepth) {
      diagnostics_.error(
          item.origin, fmt::format("block '{}' lies more than {} blocks deep; does it use itself?",
                                   block.signature.name, kMaxBlockDepth));
      return false;
    }
    const auto scope = block_scope(item, block, *layer.scope, layer.values);
    if (!scope) return false;
    layer.kind = BoundLayer::Kind::List;
    ++depth_;
    layer.children = bind(block.layers, scope);
    --depth_;
    return true;
  }

  using Values = std::vector<std::pair<std::string, Text>>;

  /// The scope inside a block: what is known outside and the arguments that are numbers; the others
  /// go to `layers`.
  std::shared_ptr<const NumberScope> block_scope(const LayerItem& item, const BlockSection& block,
                                                 const NumberScope& outer, Values& layers) {
    const auto arguments = block_arguments(item, block, outer, layers);
    if (!arguments) return nullptr;
    auto scope = std::make_shared<NumberScope>();
    scope->candidates = outer.candidates;
    for (const auto& [name, value] : *arguments) scope->candidates.push_back(name);
    scope->find = [values = *arguments,
                   find = outer.find](const std::string& name) -> std::optional<double> {
      const auto it = values.find(name);
      return it != values.end() ? it->second : find(name);
    };
    return scope;
  }

  std::optional<std::map<std::string, double>> block_arguments(const LayerItem& item,
                                                               const BlockSection& block,
                                                               const NumberScope& outer,
                                                               Values& layers) {
    const std::vector<std::string>& names = block.signature.parameters;
    std::map<std::string, double> values;
    bool good = true;
    const auto give = [&](const std::string& name, const Yaml& text, const std::string& path) {
      KeyReader reader{diagnostics_};
      const auto expr = expression().read(text, path, reader);
      if (expr && expr->kind == ExprKind::Name && !outer.find(expr->name)) {
        layers.emplace_back(name, Text{expr->name, expr->origin});
        return;
      }
      const auto value = expr ? Number(*expr, {}).value(outer, diagnostics_) : std::nullopt;
      good = good && value;
      if (value) values[name] = *value;
    };
    const Yaml& argument = item.argument;
    if (argument.is_scalar() && names.size() == 1) {
      give(names[0], argument, item.argument_path());
    } else if (argument.is_mapping()) {
      for (std::size_t i = 0; i < argument.keys.size(); ++i) {
        const std::string& name = argument.keys[i].text;
        if (std::find(names.begin(), names.end(), name) == names.end()) {
          diagnostics_.error(argument.key_origin(i, item.argument_path()),
                             fmt::format("block '{}' has no argument '{}'{}", block.signature.name,
                                         name, suggestion(name, names)));
          good = false;
        } else {
          give(name, argument.items[i], child_path(item.argument_path(), name));
        }
      }
    } else if (!argument.is_null() && names.empty()) {
      diagnostics_.error(argument.origin(item.argument_path()),
                         fmt::format("block '{}' takes no argument, got {}", block.signature.name,
                                     described(argument)));
      return std::nullopt;
    } else if (!argument.is_null()) {
      diagnostics_.error(argument.origin(item.argument_path()),
                         fmt::format("expected the arguments of block '{}' ({}) by name, got {}",
                                     block.signature.name, joined(names), described(argument)));
      return std::nullopt;
    }
    for (const std::string& name : names) {
      const auto named = [&](const auto& layer) { return layer.first == name; };
      if (good && !values.contains(name) && std::ranges::none_of(layers, named)) {
        diagnostics_.error(item.origin, fmt::format("block '{}' needs its argument '{}'",
                                                    block.signature.name, name));
        good = false;
      }
    }
    return good ? std::optional(values) : std::nullopt;
  }

  std::vector<std::string> known_words() const {
    std::vector<std::string> words = {"residual", "repeat", "compute"};
    for (const BlockSection& b : blocks_) words.push_back(b.signature.name);
    for (const LayerDef& l : layers()) words.push_back(l.word);
    for (const FunctionDef& f : functions()) {
      if (f.is_layer) words.push_back(f.name);
    }
    return words;
  }

  const std::vector<BlockSection>& blocks_;
  int& left_;
  Diagnostics& diagnostics_;
  int depth_ = 0;
  bool refused_ = false;
};

}  // namespace

const KeyTable& repeat_keys() {
  return repeat_section();
}

std::vector<BoundLayer> bind_layers(const std::vector<LayerItem>& items,
                                    const std::shared_ptr<const NumberScope>& scope,
                                    const std::vector<BlockSection>& blocks, int& left,
                                    Diagnostics& diagnostics) {
  return Binder(blocks, left, diagnostics).bind(items, scope);
}

void look_over_block(const BlockSection& block, const std::vector<BlockSection>& blocks,
                     Diagnostics& diagnostics) {
  int left = kMostLayers;
  Binder(blocks, left, diagnostics).look_over(block.layers, block.signature.parameters);
}

}  // namespace agon
