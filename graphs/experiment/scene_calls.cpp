#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <span>

#include "engine/base/text.h"
#include "engine/ir/same_attrs.h"
#include "graphs/document/suggestion.h"
#include "graphs/experiment/checks.h"
#include "graphs/experiment/scene.h"
#include "ops/pointwise/pointwise.h"

namespace agon {

/// The surroundings of one call inside a scene.
class SceneSite final : public CallSite {
 public:
  SceneSite(Scene& scene, Scene::Call& call, std::string text)
      : scene_(scene), call_(call), text_(std::move(text)) {}

  Graph& graph() override { return scene_.graph_; }
  bool training() override { return call_.mode == CallMode::Train; }

  Value variable(const NetworkVariable& v) override {
    const VariableDecl& decl = call_.network->declared(v);
    if (averaged()) {
      VariableDecl average = decl;
      average.name = average_name(decl.name);
      return now_or_at_start(average);
    }
    return now_or_at_start(decl);
  }

  void move_statistic(const NetworkVariable& v, Value value, double momentum) override {
    call_.moved.push_back({v, value, momentum});
  }

  DrawSource& draws(const std::string& layer_path) override {
    return scene_.stream_draws(fmt::format("{}@{}/{}", layer_path, call_.turn, text_), false);
  }

  bool goes_on(const LayerError&) override { return call_.network->failed(); }
  std::optional<Term> counter(const std::string& name) override { return scene_.counter(name); }

 private:
  Value now_or_at_start(const VariableDecl& decl) {
    return call_.turn == "step" ? scene_.variable_at_start(decl) : scene_.variable(decl);
  }

  bool averaged() const {
    if (!call_.network->average()) return false;
    return call_.mode == CallMode::Average ||
           (call_.mode == CallMode::Infer && scene_.settings_.looking);
  }

  Scene& scene_;
  Scene::Call& call_;
  std::string text_;
};

namespace {

std::optional<CallMode> method_mode(std::string_view word) {
  if (word == "train") return CallMode::Train;
  if (word == "infer") return CallMode::Infer;
  if (word == "current") return CallMode::Current;
  if (word == "average") return CallMode::Average;
  return std::nullopt;
}

[[noreturn]] void fail(const Origin& origin, const std::string& message) {
  throw ConfigError({{Severity::Error, origin, message}});
}

/// Whether values are the same function of inputs, variables and random numbers: what equal
/// expressions give, however often they are written.
class EqualValues {
 public:
  bool operator()(Value a, Value b) {
    if (a == b) return true;
    return a.output == b.output && equal(*a.node, *b.node);
  }
  bool operator()(std::span<const Value> a, std::span<const Value> b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), std::ref(*this));
  }

 private:
  bool equal(const Node& a, const Node& b) {
    if (&a == &b) return true;
    if (&a.op() != &b.op()) return false;
    const auto [it, fresh] = known_.try_emplace({&a, &b}, false);
    if (fresh) {
      const bool same = (*this)(a.inputs(), b.inputs()) && same_attrs(a, b);
      known_[{&a, &b}] = same;
      return same;
    }
    return it->second;
  }

  std::map<std::pair<const Node*, const Node*>, bool> known_;
};

}  // namespace

std::optional<Term> Scene::call(const Expr& e) {
  const Expr& callee = e.callee();
  const bool method = callee.kind == ExprKind::Member && callee.operands[0].kind == ExprKind::Name;
  const std::string name = callee.kind == ExprKind::Name ? callee.name
                           : method                      ? callee.operands[0].name
                                                         : "";
  const Network* network = system_.find_network(name);
  if (network == nullptr) {
    std::vector<std::string> known;
    for (const FunctionDef& f : functions()) known.push_back(f.name);
    for (const auto& n : system_.networks) known.push_back(n->name());
    // fake.detach(), torch.mean(x): what is called, before what it is called on
    std::string near = method ? suggestion(callee.name, known) : "";
    if (near.empty()) near = suggestion(name, known);
    fail(callee.origin, fmt::format("no function or network '{}'{}", canonical_text(callee), near));
  }
  used_.insert(name);
  CallMode mode =
      settings_.looking || network->section().frozen ? CallMode::Infer : CallMode::Train;
  if (method) {
    const auto asked = method_mode(callee.name);
    static const std::vector<std::string> kMethods = {"train", "infer", "current", "average"};
    if (!asked)
      fail(callee.origin, fmt::format("a network is called as {}{}", joined(kMethods),
                                      suggestion(callee.name, kMethods)));
    if (*asked == CallMode::Average && !network->average()) {
      fail(callee.origin, fmt::format("'{}' keeps no average; give it average: 0.999", name));
    }
    mode = *asked;
  }
  if (!e.options.empty())
    fail(e.options[0].origin,
         fmt::format("a network takes no options, got '{}='", e.options[0].name));
  const std::vector<Tensor> arguments = checked_arguments(*network, e);
  return call_network(*network, mode, arguments, canonical_text(e)).result;
}

std::vector<Tensor> Scene::checked_arguments(const Network& network, const Expr& e) {
  const auto& inputs = network.inputs();
  std::vector<Tensor> arguments;
  if (network.sound() && e.argument_count() != inputs.size()) {
    std::vector<std::string> names;
    for (const NetworkInput& input : inputs) names.push_back(input.name);
    fail(e.origin, fmt::format("{}({}) expects {} input{}, got {}", network.name(), joined(names),
                               inputs.size(), inputs.size() == 1 ? "" : "s", e.argument_count()));
  }
  for (std::size_t i = 0; i < e.argument_count(); ++i) {
    if (network.sound()) {
      arguments.push_back(checked_argument(network, inputs[i], e.argument(i)));
    } else {
      evaluate_term(e.argument(i), *this);  // for its own errors
    }
  }
  if (!network.sound()) throw AlreadyReported{};
  return arguments;
}

Tensor Scene::checked_argument(const Network& network, const NetworkInput& input,
                               const Expr& written) {
  const Term term = evaluate_term(written, *this);
  const Tensor* tensor = term.as_tensor();
  if (tensor == nullptr) {
    fail(written.origin, fmt::format("{} expects {} {}, got {}", network.name(), input.name,
                                     input.shape_text(), term.described()));
  }
  if (tensor->rank() != input.shape.rank() + 1 || !input.takes(tensor->shape().without(0)))
    refuse_argument(network, input, written, *tensor);
  if (is_floating(tensor->dtype()) != is_floating(input.dtype)) {
    fail(written.origin,
         fmt::format("{} expects {} as {}, got {}", network.name(), input.name,
                     is_floating(input.dtype) ? "real values" : "labels",
                     is_floating(tensor->dtype()) ? "real values" : "labels; real(x) converts"));
  }
  if (tensor->bounds && is_floating(tensor->dtype()) && !settings_.looking)
    note_fed(network, input, written, *tensor);
  // pictures keep the engine's order whatever made them
  return input.shape.rank() == 3 ? as_channels_last(*tensor) : *tensor;
}

/// Constants, noise and single numbers, such as a time, have ranges of their own.
void Scene::note_fed(const Network& network, const NetworkInput& input, const Expr& written,
                     const Tensor& given) {
  if (given.value.shape().elements() <= given.size(0)) return;
  const std::set<const Node*> behind = nodes_behind(given.value);
  const bool made = std::ranges::any_of(calls_, [&](const Call& call) {
    return std::ranges::any_of(behind, [&](const Node* node) {
      return node->id() >= call.first_node && node->id() < call.end_node && !node->inputs().empty();
    });
  });
  const bool data = std::ranges::any_of(behind, [&](const Node* node) {
    const bool picture = std::ranges::any_of(
        pictures_, [&](const auto& entry) { return entry.second.value.node == node; });
    return picture || (node->is("input") && node->out_type().shape.rank() > 1 &&
                       is_floating(node->out_type().dtype));
  });
  if (made || data)
    system_.findings.fed.push_back(
        {network.name(), input.name, *given.bounds, canonical_text(written), written.origin, made});
}

void Scene::refuse_argument(const Network& network, const NetworkInput& input, const Expr& written,
                            const Tensor& got) {
  std::string source = canonical_text(written);
  const Expr* made = &written;
  if (written.kind == ExprKind::Name) {
    if (const Named<Expr>* named = definition(written.name)) {
      made = &named->value;
      source = canonical_text(*made);
    }
  }
  const Shape shape = got.rank() > 0 ? got.shape().without(0) : got.shape();
  // one network that does not fit another is one mistake, however often they meet
  const auto [it, fresh] =
      system_.findings.refused.insert(fmt::format("{}.{}: {}", network.name(), input.name, source));
  if (!fresh) throw AlreadyReported{};
  const Network* maker = maker_of(*made);
  if (made_by_failed(got)) throw AlreadyReported{};  // its own message says why
  fail(written.origin,
       fmt::format("{} expects {} {}{}, got {} from {}{}{}", network.name(), input.name,
                   input.shape_text(), input.text.empty() ? "" : " (" + input.text + ")",
                   to_text(shape), source, maker == nullptr ? "" : chain_text(*maker),
                   maker == nullptr ? "" : enlarging_advice(*maker, input.shape, shape)));
}

bool Scene::made_by_failed(const Tensor& tensor) const {
  const std::set<const Node*> behind = nodes_behind(tensor.value);
  return std::ranges::any_of(calls_, [&](const Call& call) {
    return call.network->failed() && std::ranges::any_of(behind, [&](const Node* node) {
             return node->id() >= call.first_node && node->id() < call.end_node;
           });
  });
}

const Network* Scene::maker_of(const Expr& made) const {
  if (made.kind != ExprKind::Call || made.callee().kind != ExprKind::Name) return nullptr;
  return system_.find_network(made.callee().name);
}

std::string Scene::chain_text(const Network& maker) {
  if (maker.report.empty()) return "";
  std::string chain;
  Shape before;
  for (const NetworkInput& input : maker.inputs()) {
    const Shape shape = input.with_any(maker.report.front().any);
    chain += fmt::format("{}{} {}", chain.empty() ? "" : ", ", input.name, to_text(shape));
    before = shape;
  }
  for (const LayerReport& row : maker.report) {
    if (row.shape == before) continue;
    before = row.shape;
    chain += fmt::format(" -> {} {} (line {}{}{})", row.name, to_text(row.shape), row.origin.line,
                         row.arithmetic.empty() ? "" : ": ", row.arithmetic);
  }
  return fmt::format("; {}: {}", maker.name(), chain);
}

bool Scene::unchanged(const Network& network) const {
  return std::none_of(network.variables.begin(), network.variables.end(),
                      [&](const NetworkVariable& v) { return current_.contains(v.decl.name); });
}

const Scene::Call* Scene::known_call(const Network& network, CallMode mode,
                                     const std::vector<Value>& arguments) const {
  const std::string& turn = frames_.back().turn;
  EqualValues equal;
  for (const Call& c : calls_) {
    if (c.network != &network || c.mode != mode) continue;
    // a loss for the log reads what the first turn did: nothing had been updated before
    const bool shared = logging_ && c.turn == first_turn_;
    if (c.turn != turn && !shared && (c.turn != "step" || !unchanged(network))) continue;
    if (equal(c.arguments, arguments)) return &c;
  }
  return nullptr;
}

const Scene::Call& Scene::call_network(const Network& network, CallMode mode,
                                       const std::vector<Tensor>& arguments,
                                       const std::string& text) {
  std::vector<Value> values;
  for (const Tensor& t : arguments) values.push_back(t.value);
  if (const Call* known = known_call(network, mode, values)) return *known;
  Call call{.network = &network,
            .mode = mode,
            .arguments = values,
            .turn = frames_.back().turn,
            .text = text,
            .result = nullptr,
            .moved = {},
            .first_node = 0,
            .end_node = 0};
  // equal texts with other arguments (each written draw is its own) must not share random numbers
  const auto twins = std::count_if(calls_.begin(), calls_.end(), [&](const Call& c) {
    return c.turn == call.turn && c.text == text;
  });
  SceneSite site(*this, call, twins == 0 ? text : fmt::format("{}#{}", text, twins + 1));
  call.first_node = graph_.nodes().empty() ? 0 : graph_.nodes().back()->id() + 1;
  call.result = network.apply(arguments, site);
  call.end_node = graph_.nodes().empty() ? 0 : graph_.nodes().back()->id() + 1;
  calls_.push_back(std::move(call));
  return calls_.back();
}

std::shared_ptr<const CallResult> Scene::call_again(const Call& made,
                                                    const std::vector<Value>& arguments) {
  std::vector<Tensor> tensors;
  for (const Value& argument : arguments) tensors.push_back(picture_or_plain(argument));
  frames_.push_back({made.turn, nullptr, "", nullptr});
  struct Pop {
    std::vector<Frame>& frames;
    ~Pop() { frames.pop_back(); }
  } pop{frames_};
  return call_network(*made.network, made.mode, tensors, made.text).result;
}

}  // namespace agon
