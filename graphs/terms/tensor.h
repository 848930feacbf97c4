#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/ir/graph.h"

namespace agon {

/// A value of the language. The language sees pictures as [batch, channels, height, width]; the
/// engine keeps them channels-last. Everything with four axes that is born a picture (data, draws,
/// convolutions) is kept so; `channels_last` says how this one lies. All shapes and axes in
/// messages and in this interface are the language's.
struct Tensor {
  Value value;
  bool channels_last = false;
  /// The word that made it ("sigmoid", "tanh"), for checks on what is fed where; empty when
  /// unknown.
  std::string made_by;
  /// Values are known to lie in [low, high] (data, sigmoid, tanh); nothing where unknown.
  struct Bounds {
    double low = 0;
    double high = 0;
    bool operator==(const Bounds&) const = default;
  };
  std::optional<Bounds> bounds;
  /// Of labels with bounds: who says so ("data.label has 10 classes").
  std::string bounds_from = {};
  /// Where this is a flattened picture [batch, c * h * w]: the same numbers as they lie in memory
  /// ([batch, h * w * c]) and the picture's [c, h, w]. A dense layer reads these and keeps its
  /// weight in that order, so that the flattening itself costs nothing.
  struct Flattened {
    Value in_memory;
    Shape picture;
  };
  std::optional<Flattened> flattened;

  int rank() const { return value.rank(); }
  DType dtype() const { return value.dtype(); }
  Shape shape() const;
  std::int64_t size(int axis) const { return shape()[axis]; }
  /// Where the language's axis lies in the engine's value.
  int engine_axis(int axis) const;
  Graph& graph() const { return value.graph(); }
};

/// The engine's shape of a new tensor (draws, inputs): channels-last if it has four axes.
Shape engine_shape(const Shape& language_shape);
/// Wraps an engine value of that convention.
Tensor picture_or_plain(Value value);
/// The same values in the language's order, or channels-last (rank 4), by a transpose if need be.
Tensor as_plain(const Tensor& t);
Tensor as_channels_last(const Tensor& t);
/// "labels [64]", "real values [64, 10]".
std::string kind_text(const Tensor& t);
/// Both in one order and one dtype, ready for a pointwise op: f64 scalars join f32 tensors by
/// conversion; channels-last wins. Throws GraphError "expects equal ranks ..., got [64, 10] and
/// [64, 1, 28, 28]" or for labels beside real values (names real()).
std::pair<Tensor, Tensor> aligned(const Tensor& a, const Tensor& b);
/// The same, with sizes that are equal or 1: throws GraphError "expects equal shapes or axes of
/// size 1, got [64, 3] and [64, 4]".
std::pair<Tensor, Tensor> stretchable(const Tensor& a, const Tensor& b);
/// A tensor of the same kind around a new value.
Tensor like(const Tensor& t, Value value);

}  // namespace agon
