#pragma once
#include <functional>
#include <string>
#include <vector>

#include "runners/sweep/search/search.h"

namespace agon::test {

/// A function whose minimum is known, to measure a search by. optuna_compare.py has the same ones.
struct KnownFunction {
  std::string name;
  Space space;
  std::function<double(const Point&)> value;
  double minimum = 0;
};

/// branin, hartmann6, rosenbrock10, mixed.
const std::vector<KnownFunction>& known_functions();
const KnownFunction& known_function(const std::string& name);

/// Runs a search for `budget` settings, `beside` of them at a time without each other's results.
std::vector<Tried> run_search(const KnownFunction& function, const SearchSpec& spec,
                              std::int64_t seed, std::size_t budget, std::size_t beside = 1);

}  // namespace agon::test
