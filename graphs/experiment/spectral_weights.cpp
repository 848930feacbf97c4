#include "graphs/experiment/spectral_weights.h"

#include <algorithm>

#include "graphs/words/initial.h"

namespace agon {

namespace {

constexpr int kFirstIterations = 15;

const NetworkVariable* named(const Network& network, const std::string& name) {
  const auto& all = network.variables;
  return &*std::find_if(all.begin(), all.end(),
                        [&](const NetworkVariable& v) { return v.decl.name == name; });
}

}  // namespace

std::vector<SpectralWeight> spectral_weights(const Network& network) {
  std::vector<SpectralWeight> found;
  for (const NetworkVariable& v : network.variables) {
    if (!v.singular || !v.singular->left) continue;
    const std::string& weight = v.singular->weight;
    found.push_back({.weight = named(network, weight),
                     .u = &v,
                     .v = named(network, weight + "_v"),
                     .rows_last = v.singular->rows_last});
  }
  return found;
}

void begin_singular_vectors(const Network& network, Graph& graph, std::int64_t seed,
                            std::map<std::string, Value>& values) {
  const InitialRule normal{InitialRule::Kind::Normal, 0, 1};
  for (const SpectralWeight& s : spectral_weights(network)) {
    const VariableDecl& u = s.u->decl;
    const auto weight = values.find(s.weight->decl.name);
    if (!u.weights_file.empty() || weight == values.end()) continue;
    SingularVectors vectors;
    vectors.u = of_length_one(initial_value(graph, Initial::by_network(1, 1), normal, u.type,
                                            u.file, seed, "init/" + u.name));
    for (int i = 0; i < kFirstIterations; ++i)
      vectors = power_iteration(weight->second, s.rows_last, vectors.u);
    values[u.name] = vectors.u;
    values[s.v->decl.name] = vectors.v;
  }
}

}  // namespace agon
