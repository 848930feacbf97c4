#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/sweep_search/known_functions.h"

namespace {

using agon::SearchSpec;

const std::map<std::string, SearchSpec::Kind> kMethods = {
    {"random", SearchSpec::Kind::Random},
    {"sobol", SearchSpec::Kind::Sobol},
    {"tpe", SearchSpec::Kind::Tpe},
    {"gp", SearchSpec::Kind::Gp},
    {"evolution", SearchSpec::Kind::Evolution}};

}  // namespace

/// search_trace FUNCTION METHOD SEED BUDGET: the best value so far after each setting, and the best
/// setting by name, as JSON.
int main(int argc, char** argv) {
  if (argc != 5 || !kMethods.contains(argv[2])) {
    fmt::print(stderr, "search_trace FUNCTION METHOD SEED BUDGET\n");
    return 64;
  }
  const agon::test::KnownFunction& function = agon::test::known_function(argv[1]);
  const auto tried = agon::test::run_search(function, {.kind = kMethods.at(argv[2])},
                                            std::stoll(argv[3]), std::stoull(argv[4]));
  nlohmann::json best = nlohmann::json::array(), setting;
  double lowest = 0;
  for (const agon::Tried& one : tried) {
    if (best.empty() || one.values[0] < lowest) {
      lowest = one.values[0];
      setting = nlohmann::json::object();
      for (std::size_t i = 0; i < one.point.size(); ++i) {
        if (one.point[i]) setting[function.space[i].name] = *one.point[i];
      }
    }
    best.push_back(lowest);
  }
  fmt::print("{}\n", nlohmann::json{{"best", best}, {"setting", setting}}.dump());
  return 0;
}
