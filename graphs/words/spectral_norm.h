#pragma once
#include <string>

#include "engine/ir/graph.h"
#include "graphs/words/layer.h"

/// Spectral normalization (Miyato 2018): a weight divided by its largest singular value, which
/// power iteration estimates.
namespace agon {

/// What the attribute `spectral_norm` means.
inline constexpr char kSpectralDoc[] =
    "whether the weight is divided by its largest singular value, found by one power iteration "
    "each "
    "turn that updates the network (Miyato 2018); false where not given";

/// A weight as a matrix: rows are the first axis as the engine keeps it, or the last, columns the
/// others. That is PyTorch's: axis 0 of a file's dense and conv weights and tables, axis 1 of
/// conv_transpose.
struct WeightMatrix {
  std::string weight;  // the parameter's name in its layer
  bool rows_last = false;
  /// How vectors of one number for each row or column stand in files; {}: one after another.
  FileForm rows = {}, columns = {};
};

/// u [rows] and v [columns], of length 1 and about the singular vectors of the largest value.
struct SingularVectors {
  Value u, v;
};

/// The numbers scaled to length 1, as PyTorch's normalize: divided by at least 1e-12.
Value of_length_one(Value x);
/// One power iteration: v = W^T u and u = W v, each of length 1.
SingularVectors power_iteration(Value weight, bool rows_last, Value u);
/// weight / (u^T W v); u and v are constants to the gradient.
Value spectrally_normalised(Value weight, bool rows_last, const SingularVectors& vectors);

/// A layer's parameter, normalised where `spectral` says so.
struct WeightRequest {
  Type type;
  FileForm file;
  Initial initial;
  bool spectral = false;
  WeightMatrix matrix;
};
Value weight_of(LayerCall& call, const WeightRequest& request);

}  // namespace agon
