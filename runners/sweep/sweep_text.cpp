#include <fmt/format.h>

#include "engine/base/text.h"
#include "runners/sweep/sweep_file.h"
#include "runners/terminal/text.h"

namespace agon {

namespace {

std::string method_text(const SweepFile& sweep) {
  using Kind = SearchSpec::Kind;
  switch (sweep.search.kind) {
    case Kind::Grid:
      return "a grid";
    case Kind::Random:
      return "random";
    case Kind::Sobol:
      return "Sobol's sequence";
    case Kind::Tpe:
      return "TPE";
    case Kind::Gp:
      return "a Gaussian process";
    case Kind::Evolution:
      return "evolution (CMA-ES)";
  }
  return "";
}

/// "log from 0.1 to 10", "whole, from 8 to 64 in steps of 8", "one of 3".
std::string drawn_text(const Dimension& dimension) {
  if (dimension.kind == Dimension::Kind::Choice) return fmt::format("one of {}", dimension.choices);
  std::string text = fmt::format(
      "{}{}from {} to {}", dimension.kind == Dimension::Kind::Integer ? "whole, " : "",
      dimension.log ? "log, " : "", number_text(dimension.low), number_text(dimension.high));
  if (dimension.step > 0) text += " in steps of " + number_text(dimension.step);
  return text;
}

}  // namespace

std::string sweep_text(const SweepFile& sweep) {
  std::string text = sweep.name;
  if (sweep.about) text += ": " + *sweep.about;
  text +=
      fmt::format("\ntrains {}, settings by {}", printable(sweep.experiment), method_text(sweep));
  const auto size = make_search(sweep.search, sweep.space(), sweep.best.size(), sweep.seed)->size();
  auto count = sweep.trials;
  if (size) count = std::min(count.value_or(*size), *size);
  if (count) text += fmt::format(", {}", counted_text(*count, "setting"));
  if (sweep.seconds) text += ", for " + duration_text(*sweep.seconds);
  text += fmt::format(", {} each", counted_text(sweep.repeat, "seed"));
  if (sweep.jobs > 1) text += fmt::format(", {} at once", sweep.jobs);
  std::vector<std::vector<std::string>> rows = {{"over", ""}};
  for (const Varied& varied : sweep.over) {
    std::string drawn = drawn_text(varied.dimension);
    if (varied.dimension.condition)
      drawn += fmt::format(", where {} says so",
                           sweep.over[varied.dimension.condition->dimension].dimension.name);
    rows.push_back({varied.dimension.name, drawn});
  }
  text += "\n\n" + table_text(rows);
  for (const Objective& objective : sweep.best)
    text += fmt::format("\n{} {}", objective.maximize ? "maximize" : "minimize", objective.measure);
  return text;
}

}  // namespace agon
