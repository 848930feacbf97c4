#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/base/text.h"
#include "engine/ir/op_def.h"
#include "graphs/experiment/checks.h"

namespace agon {

std::set<const Node*> nodes_behind(Value v) {
  std::set<const Node*> found;
  std::vector<const Node*> open = {v.node};
  while (!open.empty()) {
    const Node* node = open.back();
    open.pop_back();
    if (!found.insert(node).second) continue;
    for (const Value& in : node->inputs()) open.push_back(in.node);
  }
  return found;
}

namespace {

bool made_in(const Scene::Call& call, const Node* node) {
  return node->id() >= call.first_node && node->id() < call.end_node && !node->inputs().empty();
}

/// The batch norm of a call whose statistics depend on x; null if none.
const NetworkVariable* norm_over(const Scene::Call& call, const Node* x) {
  for (const Scene::Moved& moved : call.moved) {
    if (nodes_behind(moved.value).contains(x)) return &moved.variable;
  }
  return nullptr;
}

std::string place_of(const NetworkVariable& statistic, const Network& network) {
  std::string layer = statistic.decl.name.substr(0, statistic.decl.name.rfind('.'));
  for (const LayerReport& row : network.report) {
    if (network.name() + "." + row.name == layer)
      return fmt::format("{} (line {})", layer, row.origin.line);
  }
  return layer;
}

/// A gradient of each example, taken through statistics of the whole batch, is no gradient of that
/// example alone.
void check_penalty(System& system, const Scene& scene, const Expr& e) {
  if (e.kind != ExprKind::Call || !e.callee().is_name("grad") || e.argument_count() != 2) return;
  const Term* y = scene.made_of(e.argument(0));
  const Term* x = scene.made_of(e.argument(1));
  if (y == nullptr || x == nullptr || !y->as_tensor() || !x->as_tensor()) return;
  const std::set<const Node*> behind = nodes_behind(y->as_tensor()->value);
  const Node* from = x->as_tensor()->value.node;
  for (const Scene::Call& call : scene.calls()) {
    const NetworkVariable* norm = norm_over(call, from);
    if (norm == nullptr || std::none_of(behind.begin(), behind.end(),
                                        [&](const Node* node) { return made_in(call, node); }))
      continue;
    system.diagnostics.warning(
        e.origin,
        fmt::format("this gradient goes through {}, which mixes the examples of a batch, so that "
                    "no example has a gradient of its own; layer_norm mixes none",
                    place_of(*norm, *call.network)));
  }
}

std::int64_t numbers_of(const CallResult& result) {
  std::int64_t most = result.plain ? result.plain->value.shape().elements() : 0;
  for (const auto& [name, t] : result.outputs) most = std::max(most, t.value.shape().elements());
  return most;
}

bool is_data(const Node* node) {
  return node->is("input") && node->outputs()[0].shape.rank() > 0;
}

/// An encoder's code that a decoder enlarges to what was encoded, nothing random in between. Frozen
/// networks only look: nobody trains them to encode or decode.
void check_code(System& system, const Scene& scene, const Scene::Call& decoder, const Expr& e) {
  if (decoder.network->section().frozen) return;
  std::set<const Node*> behind;
  for (const Value& v : decoder.arguments) behind.merge(nodes_behind(v));
  for (const Node* node : behind) {
    if (node->op().name.starts_with("random_") || node->op().name.starts_with("arg")) return;
  }
  for (const Scene::Call& encoder : scene.calls()) {
    if (encoder.network == decoder.network || encoder.network->section().frozen) continue;
    const bool reads_it = std::any_of(behind.begin(), behind.end(),
                                      [&](const Node* n) { return made_in(encoder, n); });
    if (!reads_it || numbers_of(*encoder.result) >= numbers_of(*decoder.result)) continue;
    std::set<const Node*> before;
    std::int64_t given = 0;
    for (const Value& v : encoder.arguments) {
      before.merge(nodes_behind(v));
      given = std::max(given, v.shape().elements());
    }
    const bool of_data = std::any_of(before.begin(), before.end(), is_data);
    if (!of_data || numbers_of(*encoder.result) >= given) continue;
    if (numbers_of(*decoder.result) < given) continue;  // what it makes is no such picture
    system.diagnostics.note(
        e.origin,
        fmt::format("nothing random lies between {} and {}: an autoencoder; a variational one "
                    "draws its code, e.mu + exp(0.5 * e.logvar) * normal(like=e.mu), with "
                    "kl_normal(e.mu, e.logvar) in its loss",
                    encoder.text, decoder.text));
    return;
  }
}

void check_codes(System& system, const Scene& scene, const Expr& e) {
  if (e.kind != ExprKind::Call) return;
  const Term* made = scene.made_of(e);
  if (made == nullptr || made->result() == nullptr) return;
  for (const Scene::Call& call : scene.calls()) {
    if (call.result.get() == made->result()) check_code(system, scene, call, e);
  }
}

constexpr std::array kChecks = {check_penalty, check_codes};

}  // namespace

void check_draw(System& system, const Scene& scene) {
  for (const auto& [expression, term] : scene.all_made()) {
    for (const auto check : kChecks) check(system, scene, *expression);
  }
}

}  // namespace agon
