#include "graphs/experiment/scope.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace agon {

namespace {

struct Fact {
  std::string_view name;
  double (*value)(const DataFacts&);
};

constexpr std::array kFacts = {
    Fact{"channels", [](const DataFacts& f) { return static_cast<double>(f.channels); }},
    Fact{"size", [](const DataFacts& f) { return static_cast<double>(f.height); }},
    Fact{"height", [](const DataFacts& f) { return static_cast<double>(f.height); }},
    Fact{"width", [](const DataFacts& f) { return static_cast<double>(f.width); }},
    Fact{"classes", [](const DataFacts& f) { return static_cast<double>(f.classes()); }},
    Fact{"count", [](const DataFacts& f) { return static_cast<double>(f.count); }},
};

struct SourcePart {
  std::size_t source = 0;
  std::string part;  // image, colour, colour.classes
};

/// Splits "data.<source>.part" or "data.part"; nothing if `dotted` is neither.
std::optional<SourcePart> source_and_part(const Experiment& e, const std::string& dotted) {
  if (!dotted.starts_with("data.")) return std::nullopt;
  const std::string rest = dotted.substr(5);
  if (e.data.size() == 1 && e.data[0].name.empty()) return SourcePart{0, rest};
  const std::size_t dot = rest.find('.');
  if (dot == std::string::npos) return std::nullopt;
  for (std::size_t i = 0; i < e.data.size(); ++i) {
    if (e.data[i].name == rest.substr(0, dot)) return SourcePart{i, rest.substr(dot + 1)};
  }
  return std::nullopt;
}

/// `classes`, or what a list says of itself: `colour.classes`, `caption.length`.
std::optional<double> fact(const DataFacts& facts, const std::string& part) {
  for (const Fact& fact : kFacts) {
    if (fact.name == part) return fact.value(facts);
  }
  const std::size_t dot = part.find('.');
  const LabelFacts* list = dot == std::string::npos ? nullptr : facts.list(part.substr(0, dot));
  if (list == nullptr) return std::nullopt;
  const std::string what = part.substr(dot + 1);
  if (what == "classes") return static_cast<double>(list->classes);
  if (what == "length" && list->length > 0) return static_cast<double>(list->length);
  return std::nullopt;
}

}  // namespace

std::shared_ptr<const NumberScope> number_scope(const Experiment& experiment) {
  auto scope = std::make_shared<NumberScope>();
  scope->find = [&experiment](const std::string& name) -> std::optional<double> {
    if (const auto it = experiment.params.find(name); it != experiment.params.end())
      return it->second;
    const auto part = source_and_part(experiment, name);
    if (!part) return std::nullopt;
    return fact(experiment.facts[part->source], part->part);
  };
  for (const auto& [name, value] : experiment.params) scope->candidates.push_back(name);
  for (const std::string& name : data_names(experiment)) scope->candidates.push_back(name);
  return scope;
}

namespace {

/// data.image where each source has a name: data.a.image.
void refuse_nameless(const Experiment& experiment, const std::string& dotted) {
  if (!dotted.starts_with("data.") || dotted.find('.', 5) != std::string::npos) return;
  std::vector<std::string> meant;
  for (const std::string& name : data_names(experiment)) {
    if (name.ends_with(dotted.substr(4)) && std::ranges::count(name, '.') == 2)
      meant.push_back(name);
  }
  if (!meant.empty())
    throw GraphError(fmt::format("the sources have names; write {}", joined(meant, " or ")));
}

}  // namespace

std::optional<DataPart> data_part(const Experiment& experiment, const std::string& dotted) {
  const auto found = source_and_part(experiment, dotted);
  if (!found) {
    refuse_nameless(experiment, dotted);
    return std::nullopt;
  }
  const auto& [source, part] = *found;
  const DataFacts& facts = experiment.facts[source];
  const std::string& set = experiment.data[source].source;
  DataPart result;
  result.source = source;
  result.constant = facts.picture != nullptr;
  if (part == "image") {
    if (facts.points)
      throw GraphError(fmt::format("{} gives points, not pictures: data.point", set));
    result.shape = Shape{facts.channels, facts.height, facts.width};
    return result;
  }
  if (part == "point") {
    if (!facts.points)
      throw GraphError(fmt::format("{} gives pictures, not points: data.image", set));
    result.kind = DataPart::Kind::Point;
    result.shape = Shape{2};
    return result;
  }
  if (const LabelFacts* list = facts.list(part)) {
    result.kind = DataPart::Kind::Label;
    result.list = static_cast<std::size_t>(list - facts.labels.data());
    result.dtype = DType::I32;
    if (list->length > 0) result.shape = Shape{list->length};
    return result;
  }
  if (part == "label") throw GraphError(fmt::format("{} has no labels", set));
  return std::nullopt;
}

std::int64_t split_count(const DataFacts& facts, const std::string& split) {
  if (split == "test") return facts.test_count;
  return split == "validate" ? facts.validate_count : facts.count;
}

std::optional<std::int64_t> split_count(const Experiment& experiment, const std::string& split) {
  std::optional<std::int64_t> least;
  for (std::size_t i = 0; i < experiment.data.size(); ++i) {
    const DataFacts& facts = experiment.facts[i];
    if (facts.picture != nullptr) continue;
    const std::int64_t count = split_count(facts, split);
    least = std::min(least.value_or(count), count);
  }
  return least;
}

std::vector<std::string> data_names(const Experiment& experiment) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < experiment.data.size(); ++i) {
    const std::string& source = experiment.data[i].name;
    const std::string prefix = source.empty() ? "data." : "data." + source + ".";
    if (experiment.facts[i].points) {
      names.push_back(prefix + "point");
    } else {
      names.push_back(prefix + "image");
    }
    const DataFacts& facts = experiment.facts[i];
    if (!facts.labels.empty()) names.push_back(prefix + "label");
    for (const LabelFacts& list : facts.labels) {
      if (list.name != "label") names.push_back(prefix + list.name);
      names.push_back(prefix + list.name + ".classes");
      if (list.length > 0) names.push_back(prefix + list.name + ".length");
    }
    for (const Fact& fact : kFacts) names.push_back(prefix + std::string(fact.name));
  }
  return names;
}

}  // namespace agon
