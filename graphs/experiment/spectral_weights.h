#pragma once
#include <map>
#include <string>
#include <vector>

#include "graphs/experiment/network.h"
#include "graphs/words/spectral_norm.h"

namespace agon {

/// A weight under spectral_norm and its singular vectors.
struct SpectralWeight {
  const NetworkVariable* weight = nullptr;
  const NetworkVariable* u = nullptr;
  const NetworkVariable* v = nullptr;
  bool rows_last = false;
};

/// Those of a declared network.
std::vector<SpectralWeight> spectral_weights(const Network& network);

/// First values of singular vectors, into `values`: drawn from streams "init/<name>", then followed
/// by 15 power iterations of the weight's first value, as PyTorch begins. Vectors that begin from a
/// file are left out.
void begin_singular_vectors(const Network& network, Graph& graph, std::int64_t seed,
                            std::map<std::string, Value>& values);

}  // namespace agon
