#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runners/sweep/search/space.h"

namespace agon {

/// A setting that was tried, as a search sees it. Settings are numbered from 0 in order of
/// proposal.
struct Tried {
  Point point;
  /// Of each objective, all of them to be made small; empty where the setting failed or was
  /// stopped without a result.
  std::vector<double> values;
};

/// Proposes settings. What it proposes is a pure function of the space, the seed, and what it is
/// given: a sweep that was killed and begun again goes on with the same settings.
class Search {
 public:
  virtual ~Search() = default;

  /// Setting number `number`. `tried`: settings 0, 1, ... whose results count, in order; `pending`:
  /// the settings after those, up to number - 1, which run beside it or whose results are not
  /// waited for. Nothing where all settings have been proposed (a grid).
  virtual std::optional<Point> propose(std::int64_t number, std::span<const Tried> tried,
                                       std::span<const Point> pending) const = 0;

  /// How many settings there are in all; nothing where there is no end.
  virtual std::optional<std::int64_t> size() const { return std::nullopt; }

  /// Whether results change what is proposed.
  virtual bool learns() const { return false; }
};

/// What `search:` says.
struct SearchSpec {
  enum class Kind { Grid, Random, Sobol, Tpe, Gp, Evolution } kind = Kind::Random;
  /// Settings drawn at random before a model proposes (tpe, gp); 0: the method's usual number.
  std::int64_t startup = 0;
};

/// `objectives`: how many values a setting has. Throws Error(Config) for what a method cannot do: a
/// grid over real numbers without steps, more than 10^6 settings of a grid, evolution over choices.
std::unique_ptr<Search> make_search(const SearchSpec& spec, const Space& space,
                                    std::size_t objectives, std::int64_t seed);

/// Which of several settings no other one beats: no other is at least as small in every value and
/// smaller in one. Those without values are not among them.
std::vector<std::size_t> pareto_front(std::span<const Tried> tried);

}  // namespace agon
