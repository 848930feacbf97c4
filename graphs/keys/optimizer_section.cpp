#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/base/text.h"
#include "graphs/keys/sections.h"

namespace agon {

namespace {

const Range kDecay{0, 1, false, true};
const Range kPositive{.low = 0, .low_open = true};

/// The algorithms and which keys each has.
constexpr std::array<std::string_view, 6> kAlgorithms = {"sgd",     "momentum", "nesterov",
                                                         "rmsprop", "adam",     "adamw"};

Keys<UpdateRule> rule_keys(const std::string& algorithm, const std::string& doc) {
  std::vector<Key<UpdateRule>> keys;
  keys.push_back(key("lr", &UpdateRule::lr, "learning rate; may use step, progress and step values",
                     expression_in(kRates))
                     .required());
  const bool adam = algorithm == "adam" || algorithm == "adamw";
  if (adam) {
    keys.push_back(key("betas", &UpdateRule::betas, "decay of the two moments (0.9, 0.999)",
                       list_of(number(kDecay), 2, 2)));
  }
  if (algorithm == "rmsprop") {
    keys.push_back(
        key("alpha", &UpdateRule::alpha, "decay of the mean square (0.99)", number(kDecay)));
  }
  if (adam || algorithm == "rmsprop") {
    keys.push_back(key("eps", &UpdateRule::eps, "added to the root (1e-8)", number(kPositive)));
  }
  if (algorithm == "momentum" || algorithm == "nesterov") {
    keys.push_back(key("momentum", &UpdateRule::momentum, "share of the last update kept (0.9)",
                       number(kDecay)));
  }
  return Keys<UpdateRule>(algorithm, doc, std::move(keys))
      .argument("lr")
      .origin(&UpdateRule::origin);
}

Form<UpdateRule> rule(const std::string& algorithm, const Keys<UpdateRule>& keys) {
  Form<UpdateRule> form = section(keys);
  form.read = [&keys, algorithm](const Yaml& value, const std::string& path,
                                 KeyReader& reader) -> std::optional<UpdateRule> {
    UpdateRule read = keys.read(value, path, reader);
    read.word = algorithm;
    return read;
  };
  return form;
}

/// Exactly one algorithm; a misspelt one has had its message.
void check_one_algorithm(OptimizerSection&, const Yaml& value, const std::string& path,
                         KeyReader& reader) {
  if (!value.is_mapping()) return;
  std::vector<std::string> found;
  bool unknown = false;
  for (const YamlKey& k : value.keys) {
    if (std::find(kAlgorithms.begin(), kAlgorithms.end(), k.text) != kAlgorithms.end()) {
      found.push_back(k.text);
    }
    unknown = unknown || !optimizer_keys().find(k.text);
  }
  const std::string all = joined(std::vector<std::string>(kAlgorithms.begin(), kAlgorithms.end()));
  if (found.empty() && !unknown) {
    reader.diagnostics.error(value.origin(path), fmt::format("missing one of {}", all));
  }
  if (found.size() > 1) {
    reader.diagnostics.error(
        value.origin(path), fmt::format("expected one of {}, got {}", all, joined(found, " and ")));
  }
}

}  // namespace

const Keys<OptimizerSection>& optimizer_keys() {
  static const Keys<UpdateRule> sgd = rule_keys("sgd", "Gradient descent");
  static const Keys<UpdateRule> momentum =
      rule_keys("momentum", "Gradient descent with momentum (Polyak 1964)");
  static const Keys<UpdateRule> nesterov =
      rule_keys("nesterov", "Nesterov's momentum, as Sutskever et al. (2013) write it");
  static const Keys<UpdateRule> rmsprop = rule_keys("rmsprop", "RMSprop (Hinton 2012)");
  static const Keys<UpdateRule> adam = rule_keys("adam", "Adam (Kingma and Ba 2015)");
  static const Keys<UpdateRule> adamw =
      rule_keys("adamw", "Adam with decoupled weight decay (Loshchilov and Hutter 2019)");
  static const Keys<OptimizerSection> keys =
      Keys<OptimizerSection>(
          "optimizer", "What is minimized by updating what, and how",
          {key("minimize", &OptimizerSection::minimize, "a loss or an expression of losses",
               expression())
               .required(),
           key("update", &OptimizerSection::update, "networks, variables or `network.layer`",
               one_or_list(dotted()))
               .required(),
           key("sgd", &OptimizerSection::rule, "gradient descent", rule("sgd", sgd)),
           key("momentum", &OptimizerSection::rule, "with momentum", rule("momentum", momentum)),
           key("nesterov", &OptimizerSection::rule, "with Nesterov's momentum",
               rule("nesterov", nesterov)),
           key("rmsprop", &OptimizerSection::rule, "RMSprop", rule("rmsprop", rmsprop)),
           key("adam", &OptimizerSection::rule, "Adam", rule("adam", adam)),
           key("adamw", &OptimizerSection::rule, "AdamW", rule("adamw", adamw)),
           key("clip_norm", &OptimizerSection::clip_norm, "largest norm of all gradients together",
               number(kPositive)),
           key("weight_decay", &OptimizerSection::weight_decay, "how fast weights shrink",
               number({.low = 0})),
           key("keep", &OptimizerSection::keep, "limits of every weight after an update",
               list_of(number(), 2, 2))})
          .rivals({kAlgorithms.begin(), kAlgorithms.end()})
          .origin(&OptimizerSection::origin)
          .check(check_one_algorithm);
  return keys;
}

}  // namespace agon
