#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/runtime/variables.h"
#include "graphs/expression/evaluate.h"
#include "graphs/keys/keys.h"
#include "graphs/keys/values.h"
#include "graphs/terms/term.h"
#include "graphs/words/function.h"

namespace agon {

/// How a parameter begins. Fans as PyTorch counts them: inputs and outputs of one unit times the
/// kernel's area.
struct Initial {
  enum class Kind { Constant, Network };
  Kind kind = Kind::Constant;  // Network: what the network's `init` says
  double value = 0;
  std::int64_t fan_in = 0;
  std::int64_t fan_out = 0;

  static Initial constant(double v) { return {Kind::Constant, v, 0, 0}; }
  static Initial by_network(std::int64_t fan_in, std::int64_t fan_out) {
    return {Kind::Network, 0, fan_in, fan_out};
  }
};

struct WeightMatrix;     // graphs/words/spectral_norm.h
struct SingularVectors;  // likewise

/// One application of a layer: what it reads and what it may ask for. Names of parameters are local
/// ("weight").
class LayerCall {
 public:
  virtual ~LayerCall() = default;

  virtual Graph& graph() = 0;
  virtual const Tensor& current() = 0;
  /// The name of the network's input that is the current value, for messages; "" after a layer.
  virtual std::string current_name() { return ""; }
  /// A layer before this one, or an input, by name; throws GraphError with the nearest name.
  virtual Tensor named(const Text& name) = 0;
  /// Params, data facts and block arguments, for attributes that are expressions.
  virtual const NumberScope& scope() = 0;
  /// An attribute that is an expression over values (`compute`): sees layer names, inputs,
  /// `current`, params, step, progress, stage_progress.
  virtual Term evaluate(const Expr& expression) = 0;
  virtual bool training() = 0;

  /// A trainable parameter, of engine type `type`, as this turn sees it.
  virtual Value parameter(const std::string& name, const Type& type, const FileForm& file,
                          const Initial& initial) = 0;
  /// A number that training carries along without gradient (running statistics).
  virtual Value statistic(const std::string& name, const Type& type, double initial) = 0;
  /// The statistic becomes (1 - momentum) * old + momentum * value, when the call counts
  /// (LANGUAGE.md rule 7).
  virtual void move_statistic(const std::string& name, Value value, double momentum) = 0;
  /// The kept singular vectors of a weight of type `weight`: statistics <weight>_u and <weight>_v.
  /// Each turn that updates the network moves them by one power iteration before its losses.
  virtual SingularVectors singular_vectors(const WeightMatrix& matrix, const Type& weight) = 0;
  /// Where the layer after this one makes a picture of the numbers this one gives: its [channels,
  /// height, width]. Who computes them may give them as the picture will lie (Tensor::flattened).
  virtual std::optional<Shape> next_picture() { return std::nullopt; }
  /// Draws of this layer in this call.
  virtual DrawSource& draws() = 0;
};

/// A layer with its attributes read.
struct BuildLayer {
  std::function<Tensor(LayerCall& call)> apply;
  /// The picture [channels, height, width] it makes of as many numbers; null for most layers.
  std::function<std::optional<Shape>(const NumberScope& scope)> picture = nullptr;
  /// What comes out whatever goes in, without batch: with it the layers after this one are judged
  /// though this one failed. Null where that hangs on the input.
  std::function<std::optional<Shape>(const NumberScope& scope)> declares = nullptr;
};

/// A word of the language in layer lists. `read` checks the argument against the keys once and
/// returns what builds it.
struct LayerDef {
  std::string word;
  std::string doc;
  const KeyTable* keys = nullptr;  // null: takes no argument
  std::function<BuildLayer(const Yaml& argument, const std::string& path, KeyReader& reader)> read;
};

/// BuildLayer::picture or declares of a layer with attributes T.
template <class T>
using ShapeOf = std::function<std::optional<Shape>(const T& attributes, const NumberScope&)>;

/// A layer with attributes in a struct T: `layer<Conv>("conv", conv_keys(), build)` (its doc is the
/// table's).
template <class T>
LayerDef layer(std::string word, const Keys<T>& keys,
               std::function<Tensor(LayerCall& call, const T& attributes)> build,
               ShapeOf<T> picture = nullptr, ShapeOf<T> declares = nullptr) {
  return {
      word, keys.doc(), &keys,
      [&keys, build = std::move(build), picture = std::move(picture),
       declares = std::move(declares)](const Yaml& argument, const std::string& path,
                                       KeyReader& reader) -> BuildLayer {
        // a bare word has all its attributes left out
        const Yaml given = argument.is_null() ? Yaml::mapping(argument.place) : argument;
        auto attributes = std::make_shared<const T>(keys.read(given, path, reader));
        BuildLayer bound{[build, attributes](LayerCall& call) { return build(call, *attributes); }};
        if (picture) {
          bound.picture = [picture, attributes](const NumberScope& scope) {
            return picture(*attributes, scope);
          };
        }
        if (declares) {
          bound.declares = [declares, attributes](const NumberScope& scope) {
            return declares(*attributes, scope);
          };
        }
        return bound;
      }};
}

/// All layers that are not structure (blocks, residual, repeat, compute are read by networks) and
/// not functions used as layers, in the order of the docs.
std::span<const LayerDef> layers();
/// Looks among layers() and functions() with is_layer.
const LayerDef* find_layer(std::string_view word);

}  // namespace agon
