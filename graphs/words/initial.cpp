#include "graphs/words/initial.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "graphs/document/suggestion.h"
#include "graphs/words/markdown.h"
#include "ops/pointwise/pointwise.h"
#include "ops/random/random.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

struct InitialOption {
  std::string name;
  double otherwise;
};

struct InitialWord {
  std::string word;
  std::string doc;
  InitialRule rule;
  std::vector<InitialOption> options;  // first, second
  bool takes_value = false;            // constant(value)
};

const std::vector<InitialWord>& words() {
  using Kind = InitialRule::Kind;
  static const std::vector<InitialWord> all = {
      {"glorot_uniform",
       "uniform within sqrt(6 / (fan_in + fan_out)) (Glorot 2010)",
       {Kind::GlorotUniform, 0, 0},
       {}},
      {"glorot_normal",
       "normal with deviation sqrt(2 / (fan_in + fan_out))",
       {Kind::GlorotNormal, 0, 0},
       {}},
      {"he_uniform", "uniform within sqrt(6 / fan_in) (He 2015)", {Kind::HeUniform, 0, 0}, {}},
      {"he_normal", "normal with deviation sqrt(2 / fan_in)", {Kind::HeNormal, 0, 0}, {}},
      {"normal",
       "normal; mean 0 and std 1 where not given",
       {Kind::Normal, 0, 1},
       {{"mean", 0}, {"std", 1}}},
      {"uniform",
       "uniform over [low, high); 0 and 1 where not given",
       {Kind::Uniform, 0, 1},
       {{"low", 0}, {"high", 1}}},
      {"zeros", "0 everywhere", {Kind::Constant, 0, 0}, {}},
      {"ones", "1 everywhere", {Kind::Constant, 1, 0}, {}},
      {"constant", "the value everywhere", {Kind::Constant, 0, 0}, {}, true},
  };
  return all;
}

[[noreturn]] void fail(const Origin& origin, const std::string& message) {
  throw ConfigError({{Severity::Error, origin, message}});
}

std::string signature(const InitialWord& word) {
  std::vector<std::string> parts;
  if (word.takes_value) parts.emplace_back("value");
  for (const InitialOption& o : word.options)
    parts.push_back(fmt::format("{}={}", o.name, number_text(o.otherwise)));
  return parts.empty() ? word.word : fmt::format("{}({})", word.word, joined(parts));
}

const InitialWord& word_of(const Expr& written) {
  const bool call = written.kind == ExprKind::Call && written.callee().kind == ExprKind::Name;
  if (!call && written.kind != ExprKind::Name) {
    fail(written.origin, fmt::format("expected how weights begin, as in normal(std=0.02), got '{}'",
                                     canonical_text(written)));
  }
  const std::string& name = call ? written.callee().name : written.name;
  std::vector<std::string> known;
  for (const InitialWord& w : words()) {
    if (w.word == name) return w;
    known.push_back(w.word);
  }
  const std::string near = suggestion(name, known);
  fail(written.origin, fmt::format("weights cannot begin with '{}'{}", name,
                                   near.empty() ? "; there are " + joined(known) : near));
}

void read_options(const Expr& written, const InitialWord& word, const NumberScope& scope,
                  InitialRule& rule) {
  for (const ExprOption& option : written.options) {
    const auto at = std::find_if(word.options.begin(), word.options.end(),
                                 [&](const InitialOption& o) { return o.name == option.name; });
    if (at == word.options.end()) {
      std::vector<std::string> names;
      for (const InitialOption& o : word.options) names.push_back(o.name);
      fail(option.origin, fmt::format("{} has no option '{}'{}", word.word, option.name,
                                      suggestion(option.name, names)));
    }
    (at == word.options.begin() ? rule.first : rule.second) = evaluate_number(option.value, scope);
  }
}

Value drawn(Graph& graph, bool normal, const Shape& shape, std::int64_t seed,
            const std::string& stream) {
  const Value zero = graph.constant(0, DType::F64);
  const RandomAttrs attrs{.shape = shape, .dtype = DType::F32, .seed = seed, .stream = stream};
  return normal ? random_normal(zero, zero, attrs) : random_uniform(zero, zero, attrs);
}

/// Numbers in the file's order become those that the engine keeps.
Value kept(Value in_file, const Type& type, const FileForm& file) {
  Value x = in_file;
  if (!file.axes.empty()) x = transpose(x, file.axes);
  x = reshape(x, type.shape);
  return x.dtype() == type.dtype ? x : convert(x, type.dtype);
}

/// A drawn rule as shift + scale * (normal or uniform).
struct Scaled {
  bool normal = false;
  double shift = 0;
  double scale = 1;
};

Scaled scaled(const InitialRule& rule, const Initial& initial) {
  const double in = static_cast<double>(std::max<std::int64_t>(initial.fan_in, 1));
  const double both = in + static_cast<double>(initial.fan_out);
  const auto within = [](double bound) { return Scaled{false, -bound, 2 * bound}; };
  switch (rule.kind) {
    case InitialRule::Kind::Normal:
      return {true, rule.first, rule.second};
    case InitialRule::Kind::Uniform:
      return {false, rule.first, rule.second - rule.first};
    case InitialRule::Kind::GlorotUniform:
      return within(std::sqrt(6 / both));
    case InitialRule::Kind::GlorotNormal:
      return {true, 0, std::sqrt(2 / both)};
    case InitialRule::Kind::HeUniform:
      return within(std::sqrt(6 / in));
    case InitialRule::Kind::HeNormal:
      return {true, 0, std::sqrt(2 / in)};
    case InitialRule::Kind::Constant:
      break;
  }
  throw InternalError("a constant is not drawn");
}

}  // namespace

bool names_initial(const Expr& written) {
  const bool call = written.kind == ExprKind::Call && written.callee().kind == ExprKind::Name;
  if (!call && written.kind != ExprKind::Name) return false;
  const std::string& name = call ? written.callee().name : written.name;
  return std::any_of(words().begin(), words().end(), [&](const InitialWord& word) {
    return word.word == name && (!call || written.argument_count() == (word.takes_value ? 1U : 0U));
  });
}

InitialRule read_initial(const Expr& written, const NumberScope& scope) {
  const InitialWord& word = word_of(written);
  const std::size_t count = written.kind == ExprKind::Call ? written.argument_count() : 0;
  if (count != (word.takes_value ? 1U : 0U))
    fail(written.origin,
         fmt::format("expected {}, got '{}'", signature(word), canonical_text(written)));
  InitialRule rule = word.rule;
  if (word.takes_value) rule.first = evaluate_number(written.argument(0), scope);
  read_options(written, word, scope, rule);
  if (rule.kind == InitialRule::Kind::Normal && rule.second < 0)
    fail(written.origin,
         fmt::format("expected std of at least 0, got {}", number_text(rule.second)));
  if (rule.kind == InitialRule::Kind::Uniform && rule.first >= rule.second) {
    fail(written.origin, fmt::format("expected low below high, got {} and {}",
                                     number_text(rule.first), number_text(rule.second)));
  }
  return rule;
}

Value initial_value(Graph& graph, const Initial& initial, const InitialRule& rule, const Type& type,
                    const FileForm& file, std::int64_t seed, const std::string& stream) {
  const bool own = initial.kind == Initial::Kind::Constant;
  if (own || rule.kind == InitialRule::Kind::Constant)
    return graph.constant(own ? initial.value : rule.first, type.dtype, type.shape);
  const Scaled form = scaled(rule, initial);
  const Shape shape = file.view.rank() == 0 ? type.shape : file.view;
  Value x = drawn(graph, form.normal, shape, seed, stream) * form.scale;
  if (form.shift != 0) x = x + form.shift;
  return kept(x, type, file);
}

std::string initials_markdown() {
  std::string text = "| init | how weights begin |\n|---|---|\n";
  for (const InitialWord& word : words())
    text += fmt::format("| `{}` | {} |\n", table_cell(signature(word)), table_cell(word.doc));
  return text;
}

}  // namespace agon
