#include "graphs/experiment/update_turn.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "engine/autodiff/differentiate.h"
#include "engine/base/text.h"
#include "graphs/experiment/checks.h"
#include "graphs/experiment/spectral_weights.h"
#include "graphs/experiment/updated_variables.h"
#include "graphs/experiment/variables.h"
#include "graphs/words/optimizer.h"
#include "ops/pointwise/pointwise.h"

namespace agon {

const VariableDecl& StateRegister::declare(VariableDecl decl) {
  const auto [it, fresh] = by_name_.emplace(decl.name, list_.size());
  if (fresh) list_.push_back(std::move(decl));
  return list_[it->second];
}

VariableDecl average_of(const VariableDecl& variable) {
  VariableDecl average = variable;
  average.name = average_name(variable.name);
  average.role = VariableDecl::Role::Average;
  return average;
}

namespace {

class Turn {
 public:
  Turn(System& system, Scene& scene, const Named<OptimizerSection>& optimizer, StateRegister& state)
      : system_(system),
        scene_(scene),
        graph_(scene.graph()),
        optimizer_(optimizer),
        state_(state) {}

  void build() {
    variables_ = updated_variables(system_, optimizer_);
    scene_.begin_turn(optimizer_.name);
    if (variables_.empty()) {
      loss_value();  // for its own errors
      return;
    }
    follow_singular_vectors();
    const Value loss = loss_value();
    const std::vector<Value> gradients = gradients_of(loss);
    if (gradients.empty()) return;
    note_summands(system_, scene_, optimizer_, values());
    note_frozen_calls(loss);
    count_statistics(loss);
    apply_updates(gradients);
    move_averages();
    for (const auto& network : system_.networks) {
      if (updates(*network)) scene_.mark_updated(*network, optimizer_.name);
    }
  }

 private:
  Value loss_value() {
    const std::string path = optimizer_.origin.path + ".minimize";
    const Term term = scene_.evaluate_number(optimizer_.value.minimize, path, optimizer_.name);
    const Tensor loss = tensor_of(term, picture_or_plain(graph_.constant(0)));
    if (loss.rank() != 0) {
      throw ConfigError(
          {{Severity::Error, optimizer_.value.minimize.origin,
            fmt::format("expected one number to minimize, got {}", to_text(loss.shape()))}});
    }
    return loss.value;
  }

  /// What is updated, as it is now and as it was when the draw began, in pairs.
  std::vector<Value> values() {
    std::vector<Value> xs;
    for (const NetworkVariable* v : variables_) {
      xs.push_back(scene_.variable(v->decl));
      xs.push_back(scene_.variable_at_start(v->decl));
    }
    return xs;
  }

  /// Every call the loss depends on counts, those under `step:` (made with the weights of the
  /// draw's start) included. Empty where all of it is left out in these steps: then nothing moves.
  std::vector<Value> gradients_of(Value loss) {
    const std::vector<Value> xs = values();
    const std::vector<Value> found = differentiate(loss, xs);
    std::vector<Value> gradients;
    bool any = false;
    for (std::size_t i = 0; i < variables_.size(); ++i) {
      Value now = found[2 * i];
      const Value start = xs[2 * i] == xs[2 * i + 1] ? Value{} : found[2 * i + 1];
      if (now && start) now = add(now, start);
      gradients.push_back(now ? now : start);
      if (gradients.back()) system_.findings.reached.insert(variables_[i]->decl.name);
      any = any || gradients.back();
    }
    if (!any && scene_.is_partial()) return {};
    if (!any) {
      throw ConfigError({{Severity::Error, optimizer_.value.minimize.origin,
                          fmt::format("'{}' does not depend on what it should update ({})",
                                      canonical_text(optimizer_.value.minimize), targets_text())}});
    }
    warn_unreached(gradients);
    return gradients;
  }

  void warn_unreached(const std::vector<Value>& gradients) {
    if (scene_.is_partial()) return;
    for (const Text& target : optimizer_.value.update) {
      const std::string network = target.text.substr(0, target.text.find('.'));
      bool reached = false;
      for (std::size_t i = 0; i < variables_.size(); ++i)
        reached = reached || (gradients[i] && target_of(variables_[i]->decl) == network);
      if (!reached) {
        system_.diagnostics.warning(
            target.origin, fmt::format("'{}' does not depend on {}, which stays as it began",
                                       canonical_text(optimizer_.value.minimize), network));
      }
    }
  }

  std::string targets_text() const {
    std::vector<std::string> names;
    for (const Text& t : optimizer_.value.update) names.push_back(t.text);
    return joined(names);
  }

  /// Spectral norm: one power iteration for each weight of the networks updated here, with the
  /// weights as they are before the update; all calls of the turn read its result.
  void follow_singular_vectors() {
    for (const auto& network : system_.networks) {
      if (!updates(*network)) continue;
      for (const SpectralWeight& s : spectral_weights(*network)) {
        const SingularVectors next = power_iteration(scene_.variable(s.weight->decl), s.rows_last,
                                                     scene_.variable(s.u->decl));
        scene_.set_variable(s.u->decl.name, next.u);
        scene_.set_variable(s.v->decl.name, next.v);
      }
    }
  }

  /// Running statistics of the networks updated here move once for each distinct training call:
  /// those of this turn, and those under `step:` that the loss depends on and that have not counted
  /// yet.
  void count_statistics(Value loss) {
    const std::unordered_set<const Node*> behind = ancestors(loss);
    for (Scene::Call& call : scene_.calls()) {
      if (call.counted || call.moved.empty() || !updates(*call.network)) continue;
      const bool mine = call.turn == optimizer_.name;
      if (!mine && (call.turn != "step" || !reaches(call, behind))) continue;
      call.counted = true;
      for (const Scene::Moved& moved : call.moved) {
        const Value old = scene_.variable(moved.variable.decl);
        const Value value = stop_gradient(moved.value);
        scene_.set_variable(moved.variable.decl.name,
                            add(mul(old, graph_.constant(1 - moved.momentum)),
                                mul(value, graph_.constant(moved.momentum))));
      }
    }
  }

  /// Step values hold networks as they were when the draw began, whatever was updated since.
  void note_frozen_calls(Value loss) {
    if (scene_.is_partial()) return;
    // the way into a weight's new value is no reading of what that was computed from
    const std::unordered_set<const Node*> behind = ancestors(loss, scene_.moved_values());
    for (const Scene::Call& call : scene_.calls()) {
      const std::string turn = scene_.updated_by(*call.network);
      if (call.turn != "step" || turn.empty() || !reaches(call, behind)) continue;
      system_.diagnostics.note(
          optimizer_.value.minimize.origin,
          fmt::format("{} stands under step: and is read here as it was before the turn of {} "
                      "updated {}; written in the loss it is read as it is then",
                      call.text, turn, call.network->name()));
    }
  }

  /// `ends` are found, and nothing behind them.
  static std::unordered_set<const Node*> ancestors(Value v,
                                                   const std::set<const Node*>& ends = {}) {
    std::unordered_set<const Node*> found;
    std::vector<const Node*> stack = {v.node};
    while (!stack.empty()) {
      const Node* node = stack.back();
      stack.pop_back();
      if (!found.insert(node).second || ends.contains(node)) continue;
      for (const Value& in : node->inputs()) stack.push_back(in.node);
    }
    return found;
  }

  /// Whether anything the call computed is behind; leaves belong to no call.
  static bool reaches(const Scene::Call& call, const std::unordered_set<const Node*>& behind) {
    return std::any_of(behind.begin(), behind.end(), [&](const Node* node) {
      return node->id() >= call.first_node && node->id() < call.end_node && !node->inputs().empty();
    });
  }

  bool updates(const Network& network) const {
    return std::any_of(variables_.begin(), variables_.end(),
                       [&](const NetworkVariable* v) { return v->decl.network == network.name(); });
  }

  void apply_updates(const std::vector<Value>& gradients) {
    const OptimizerSection& section = optimizer_.value;
    const OptimizerDef& rule = *find_optimizer(section.rule.word);
    const VariableDecl& counter = state_.declare(state_decl("t", Type{DType::F64, {}}, {}));
    const Value t = scene_.variable(counter) + 1.0;
    const Value lr = learning_rate();
    const UpdateNumbers numbers = update_numbers();
    const std::vector<Value> used = clipped(gradients);
    std::vector<std::pair<const NetworkVariable*, Value>> results;
    for (std::size_t i = 0; i < variables_.size(); ++i) {
      if (!used[i]) continue;
      results.emplace_back(variables_[i], kept(*variables_[i], updated(rule, *variables_[i],
                                                                       used[i], lr, t, numbers)));
    }
    for (const auto& [variable, value] : results) scene_.set_variable(variable->decl.name, value);
    scene_.set_variable(counter.name, t);
    t_ = t;
  }

  std::vector<Value> clipped(const std::vector<Value>& gradients) {
    const auto& limit = optimizer_.value.clip_norm;
    if (!limit) return gradients;
    std::vector<Value> present;
    for (const Value& g : gradients) {
      if (g) present.push_back(g);
    }
    const std::vector<Value> scaled = clipped_by_norm(present, limit->value(*system_.numbers));
    std::vector<Value> result;
    result.reserve(gradients.size());
    std::size_t next = 0;
    for (const Value& g : gradients) result.push_back(g ? scaled[next++] : Value{});
    return result;
  }

  Value updated(const OptimizerDef& rule, const NetworkVariable& variable, Value gradient, Value lr,
                Value t, const UpdateNumbers& numbers) {
    const auto slot = [&](const std::string& name) -> const VariableDecl& {
      return state_.declare(
          state_decl(name + "/" + variable.decl.name, variable.decl.type, variable.decl.file));
    };
    return rule.apply(
        {.parameter = scene_.variable(variable.decl),
         .gradient = gradient,
         .lr = lr,
         .t = t,
         .numbers = numbers,
         .state = [&](const std::string& name) { return scene_.variable(slot(name)); },
         .set_state = [&](const std::string& name,
                          Value value) { scene_.set_variable(slot(name).name, value); }});
  }

  Value kept(const NetworkVariable& variable, Value parameter) {
    const Value x = kept_within(parameter, optimizer_.value.keep, *system_.numbers);
    if (!variable.decl.network.empty()) return x;
    const DeclaredVariable* declared = system_.find_variable(target_of(variable.decl));
    return kept_within(x, declared->section->value.keep, *system_.numbers);
  }

  VariableDecl state_decl(const std::string& name, const Type& type, const FileForm& file) const {
    return {.name = fmt::format("optimizers.{}.{}", optimizer_.name, name),
            .type = type,
            .file = file,
            .role = VariableDecl::Role::OptimizerState,
            .network = "",
            .weights_file = "",
            .weights_name = ""};
  }

  Value learning_rate() {
    const Term term =
        scene_.evaluate(optimizer_.value.rule.lr, optimizer_.origin.path + ".lr", optimizer_.name);
    const Tensor lr = tensor_of(term, picture_or_plain(graph_.constant(0)));
    if (lr.rank() != 0) {
      throw ConfigError(
          {{Severity::Error, optimizer_.value.rule.lr.origin,
            fmt::format("expected one number as learning rate, got {}", to_text(lr.shape()))}});
    }
    return stop_gradient(lr.dtype() == DType::F32 ? lr.value : convert(lr.value, DType::F32));
  }

  UpdateNumbers update_numbers() const {
    const UpdateRule& rule = optimizer_.value.rule;
    const NumberScope& scope = *system_.numbers;
    UpdateNumbers n;
    if (!rule.betas.empty()) {
      n.beta1 = rule.betas[0].value(scope);
      n.beta2 = rule.betas[1].value(scope);
    }
    if (rule.eps) n.eps = rule.eps->value(scope);
    if (rule.momentum) n.momentum = rule.momentum->value(scope);
    if (rule.alpha) n.alpha = rule.alpha->value(scope);
    if (optimizer_.value.weight_decay) n.weight_decay = optimizer_.value.weight_decay->value(scope);
    return n;
  }

  /// Averages decay by min(average, (1 + t) / (10 + t)), t the number of this optimizer's updates.
  void move_averages() {
    for (const auto& network : system_.networks) {
      if (!network->average() || !updates(*network)) continue;
      const Value limit = graph_.constant(*network->average(), DType::F64);
      const Value weight = convert(1.0 - min(limit, (1.0 + t_) / (10.0 + t_)), DType::F32);
      for (const NetworkVariable& v : network->variables) {
        const VariableDecl& average = state_.declare(average_of(v.decl));
        const Value old = scene_.variable(average);
        const Value moved = old + weight * (scene_.variable(v.decl) - old);
        scene_.set_variable(average.name, v.singular ? of_length_one(moved) : moved);
      }
    }
  }

  System& system_;
  Scene& scene_;
  Graph& graph_;
  const Named<OptimizerSection>& optimizer_;
  StateRegister& state_;
  std::vector<const NetworkVariable*> variables_;
  Value t_;
};

}  // namespace

void build_turn(System& system, Scene& scene, const Named<OptimizerSection>& optimizer,
                StateRegister& state) {
  const Graph::OriginScope origin(scene.graph(), optimizer.origin);
  Turn(system, scene, optimizer, state).build();
}

}  // namespace agon
