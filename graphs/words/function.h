#pragma once
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graphs/expression/expression.h"
#include "graphs/terms/term.h"

namespace agon {

/// Random numbers of the place that is being evaluated: each written draw is its own stream.
class DrawSource {
 public:
  virtual ~DrawSource() = default;
  /// [0, 1) resp. standard normal, in the language's shape (channels-last inside if it has four
  /// axes). `word` names the stream (LANGUAGE.md rule 16): "<definition path>/<word><n>".
  virtual Tensor uniform(const std::string& word, const Shape& shape) = 0;
  virtual Tensor normal(const std::string& word, const Shape& shape) = 0;
};

/// What one written call keeps from draw to draw (LANGUAGE.md rule 10); all of it is 0 at first.
class KeptState {
 public:
  virtual ~KeptState() = default;
  /// In sample and evaluate it is only read.
  virtual bool looking() const = 0;
  /// Part `part` as the draw found it, of the type of `like`. Throws GraphError where training
  /// keeps another type, or nothing.
  virtual Value read(const std::string& part, const Tensor& like) = 0;
  /// What the part becomes when the draw ends; of several evaluations in a draw the last counts.
  virtual void move(const std::string& part, const Tensor& value) = 0;
  /// Random numbers named like the state: "<definition path>/<word><n>/<what>1".
  virtual DrawSource& draws() = 0;
};

/// One call of a function in an expression, arguments evaluated.
class FunctionCall {
 public:
  FunctionCall(Graph& g, DrawSource& draws, std::int64_t batch, std::vector<Term> arguments,
               std::map<std::string, Term> options, std::map<std::string, std::string> words,
               KeptState* state = nullptr)
      : graph(g),
        draws_(draws),
        batch_(batch),
        arguments_(std::move(arguments)),
        options_(std::move(options)),
        words_(std::move(words)),
        state_(state) {}

  Graph& graph;
  std::size_t count() const { return arguments_.size(); }
  const Term& term(std::size_t i) const { return arguments_[i]; }
  /// Throws GraphError "expects a tensor as `x`, got a number" and the like.
  const Tensor& tensor(std::size_t i) const;
  double number(std::size_t i) const;
  /// A number must be whole and at least `low`.
  std::int64_t whole(std::size_t i, std::int64_t low = 0) const;
  /// A bracketed list of whole numbers, each at least 1.
  Shape shape(std::size_t i) const;
  /// One whole number, or a bracketed list of them.
  std::vector<std::int64_t> wholes(std::size_t i, std::int64_t low = 0) const;
  /// The tensor, or the number as a scalar beside tensor `like`.
  Tensor beside(std::size_t i, const Tensor& like) const;

  /// `name=value` where value is a number or tensor.
  const Term* option(std::string_view name) const;
  double number_option(std::string_view name, double otherwise) const;
  /// `name=word` for options declared as words; "" when absent.
  std::string word(std::string_view name) const;
  std::int64_t batch() const { return batch_; }
  DrawSource& draws() const { return draws_; }
  /// For functions that keep state.
  KeptState& state() const { return *state_; }

 private:
  DrawSource& draws_;
  std::int64_t batch_;
  std::vector<Term> arguments_;
  std::map<std::string, Term> options_;
  std::map<std::string, std::string> words_;
  KeptState* state_;
};

/// A whole number, or a list of them, each at least `low`. Throws GraphError for the rest.
std::vector<std::int64_t> whole_numbers(const Term& term, std::int64_t low);

/// An option of a function: a value, or one of `words` (never looked up as a name). `words` may end
/// in "<axis>": any whole number too.
struct FunctionOption {
  std::string name;
  std::vector<std::string> words;
  std::string doc;
};

/// A word of the language in expressions.
struct FunctionDef {
  std::string name;
  std::string doc;  // formula and what comes out
  std::vector<std::string>
      parameters;  // positional; "b?" may be left out, "xs..." takes any number from one
  std::vector<FunctionOption> options = {};
  std::function<Term(const FunctionCall& call)> build;
  /// Also a layer of that name, applied to the current value; the layer's argument is parameter 1
  /// (`leaky_relu: 0.2`).
  bool is_layer = false;
  /// The result depends on nothing but fresh random numbers: each written call is its own value.
  bool is_draw = false;
  /// It keeps values from draw to draw; equal calls keep them together.
  bool keeps_state = false;
  /// The evaluator looks at the arguments as written before any is computed (`every`); no build.
  bool is_lazy = false;
};

/// All functions in the order of the docs; the tables in graphs/words/functions_*.cpp.
std::span<const FunctionDef> functions();
const FunctionDef* find_function(std::string_view name);

/// Reduces as the language's `over=` says: "" everything, example, batch, channels, or an axis
/// number as text; the axes are dropped. `reduce` is sum, mean, max, std or norm. Throws GraphError
/// for an axis that is not there.
Tensor reduced(const Tensor& x, std::string_view reduce, std::string_view over);

}  // namespace agon
