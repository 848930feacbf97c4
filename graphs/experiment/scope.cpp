#include "graphs/experiment/scope.h"

#include <fmt/format.h>

#include <array>
#include <functional>

#include "engine/base/error.h"

namespace agon {

namespace {

struct Fact {
  std::string_view name;
  double (*value)(const DataFacts&);
};

constexpr std::array kFacts = {
    Fact{"channels", [](const DataFacts& f) { return static_cast<double>(f.channels); }},
    Fact{"size", [](const DataFacts& f) { return static_cast<double>(f.height); }},
    Fact{"classes", [](const DataFacts& f) { return static_cast<double>(f.classes); }},
    Fact{"count", [](const DataFacts& f) { return static_cast<double>(f.count); }},
};

/// Splits "data.<source>.part" or "data.part"; nothing if `dotted` is neither.
std::optional<std::pair<std::size_t, std::string>> source_and_part(const Experiment& e,
                                                                   const std::string& dotted) {
  if (!dotted.starts_with("data.")) return std::nullopt;
  const std::string rest = dotted.substr(5);
  const std::size_t dot = rest.find('.');
  if (dot == std::string::npos) {
    if (e.data.size() == 1 && e.data[0].name.empty()) return std::pair{std::size_t{0}, rest};
    return std::nullopt;
  }
  for (std::size_t i = 0; i < e.data.size(); ++i) {
    if (!e.data[i].name.empty() && e.data[i].name == rest.substr(0, dot))
      return std::pair{i, rest.substr(dot + 1)};
  }
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
    for (const Fact& fact : kFacts) {
      if (fact.name == part->second) return fact.value(experiment.facts[part->first]);
    }
    return std::nullopt;
  };
  for (const auto& [name, value] : experiment.params) scope->candidates.push_back(name);
  for (const std::string& name : data_names(experiment)) scope->candidates.push_back(name);
  return scope;
}

std::optional<DataPart> data_part(const Experiment& experiment, const std::string& dotted) {
  const auto found = source_and_part(experiment, dotted);
  if (!found) return std::nullopt;
  const auto& [source, part] = *found;
  const DataFacts& facts = experiment.facts[source];
  const std::string& set = experiment.data[source].source;
  if (part == "image") {
    if (facts.points)
      throw GraphError(fmt::format("{} gives points, not pictures: data.point", set));
    return DataPart{source, DataPart::Kind::Image, Shape{facts.channels, facts.height, facts.width},
                    DType::F32};
  }
  if (part == "point") {
    if (!facts.points)
      throw GraphError(fmt::format("{} gives pictures, not points: data.image", set));
    return DataPart{source, DataPart::Kind::Point, Shape{2}, DType::F32};
  }
  if (part == "label") {
    if (facts.classes == 0) throw GraphError(fmt::format("{} has no labels", set));
    return DataPart{source, DataPart::Kind::Label, Shape{}, DType::I32};
  }
  return std::nullopt;
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
    if (experiment.facts[i].classes > 0) names.push_back(prefix + "label");
    for (const Fact& fact : kFacts) names.push_back(prefix + std::string(fact.name));
  }
  return names;
}

}  // namespace agon
