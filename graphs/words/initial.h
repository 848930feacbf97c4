#pragma once
#include <string>

#include "engine/runtime/variables.h"
#include "graphs/expression/evaluate.h"
#include "graphs/words/layer.h"

namespace agon {

/// How a network's weights begin: `init: normal(std=0.02)` understood.
struct InitialRule {
  enum class Kind {
    Constant,       // first
    Normal,         // mean first, deviation second
    Uniform,        // [first, second)
    GlorotUniform,  // within +- sqrt(6 / (fan_in + fan_out)) (Glorot 2010)
    GlorotNormal,   // deviation sqrt(2 / (fan_in + fan_out))
    HeUniform,      // within +- sqrt(6 / fan_in) (He 2015)
    HeNormal,       // deviation sqrt(2 / fan_in)
  };
  Kind kind = Kind::GlorotUniform;
  double first = 0;
  double second = 0;

  bool operator==(const InitialRule&) const = default;
};

/// Reads glorot_uniform, glorot_normal, he_uniform, he_normal, zeros, ones, constant(value),
/// normal(mean=0, std=1), uniform(low=0, high=1). Throws ConfigError at the part at fault, with the
/// nearest word or option.
InitialRule read_initial(const Expr& written, const NumberScope& scope);

/// Whether an expression is one of these words, alone or with options, and not a draw of a written
/// shape.
bool names_initial(const Expr& written);

/// A parameter's first value of `type`, appended to the graph; `rule` counts where `initial` leaves
/// it to the network. Numbers are drawn in the file's order from stream `stream` of `seed` at step
/// 0, draw 0, so that they do not depend on how the engine keeps them.
Value initial_value(Graph& graph, const Initial& initial, const InitialRule& rule, const Type& type,
                    const FileForm& file, std::int64_t seed, const std::string& stream);

/// The words above as a Markdown table, for docs/language.md.
std::string initials_markdown();

}  // namespace agon
