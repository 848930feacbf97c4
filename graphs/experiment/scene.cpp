#include "graphs/experiment/scene.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "graphs/document/suggestion.h"
#include "graphs/experiment/scope.h"
#include "graphs/experiment/variables.h"
#include "ops/matmul/matmul.h"
#include "ops/pointwise/pointwise.h"
#include "ops/random/random.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"

namespace agon {

/// Draws whose streams begin with `base`. Numbered ones count each word from 1.
class Scene::Draws final : public DrawSource {
 public:
  Draws(Scene& scene, std::string base, bool numbered)
      : scene_(scene), base_(std::move(base)), numbered_(numbered) {}

  Tensor uniform(const std::string& word, const Shape& shape) override {
    if (word == "uniform" && is_walked(shape)) {
      // the weights of a walk sum to 1 or more; mixtures of uniform numbers must not leave [0, 1)
      const Value walk = *scene_.settings_.walk;
      return mixed(shape, walk / sum(walk, {1}, true), random_uniform, word);
    }
    return picture_or_plain(
        random_uniform(scene_.settings_.step, scene_.settings_.draw, attrs(word, shape)));
  }
  /// A written draw of that word is not made; those after it keep their names.
  void skip(const std::string& word) { ++counts_[word]; }

  Tensor normal(const std::string& word, const Shape& shape) override {
    if (is_walked(shape)) return mixed(shape, *scene_.settings_.walk, random_normal, word);
    return picture_or_plain(
        random_normal(scene_.settings_.step, scene_.settings_.draw, attrs(word, shape)));
  }

 private:
  bool is_walked(const Shape& shape) const {
    return scene_.settings_.walk && base_.starts_with("step.") && shape.rank() > 1 &&
           shape[0] == scene_.settings_.batch;
  }

  /// Each example is a mixture of key points of the stream, by its row of `weights` [batch, keys].
  Tensor mixed(const Shape& shape, Value weights, Value (*draw)(Value, Value, RandomAttrs),
               const std::string& word) {
    std::vector<std::int64_t> sizes(shape.begin(), shape.end());
    const std::int64_t keys = sizes[0] = weights.shape()[1];
    const Value drawn =
        draw(scene_.settings_.step, scene_.settings_.draw, attrs(word, Shape(sizes)));
    const Value rows = reshape(drawn, Shape{keys, drawn.shape().elements() / keys});
    scene_.walks_ = true;
    return picture_or_plain(reshape(matmul(weights, rows), engine_shape(shape)));
  }

  RandomAttrs attrs(const std::string& word, const Shape& shape) {
    const int n = ++counts_[numbered_ ? word : ""];
    std::string stream = scene_.settings_.stream_prefix + base_;
    if (numbered_) {
      stream += fmt::format("/{}{}", word, n);
    } else if (n > 1) {
      stream += fmt::format("#{}", n);
    }
    return {.shape = engine_shape(shape),
            .dtype = DType::F32,
            .seed = scene_.system_.experiment.seed,
            .stream = stream};
  }

  Scene& scene_;
  std::string base_;
  bool numbered_;
  std::map<std::string, int> counts_;
};

Scene::Scene(System& system, Graph& graph, SceneSettings settings)
    : system_(system), graph_(graph), settings_(std::move(settings)) {}

Scene::Draws& Scene::new_draws(const std::string& base, bool numbered) {
  auto draws = std::make_unique<Draws>(*this, base, numbered);
  Draws& made = *draws;
  draws_.push_back(std::move(draws));
  return made;
}

DrawSource& Scene::stream_draws(const std::string& base, bool numbered) {
  return new_draws(base, numbered);
}

DrawSource& Scene::draw_source() {
  return *frames_.back().draws;
}

void Scene::made(const Expr& expression, const Term& term) {
  if (settings_.looking) return;
  if (logging_) {
    made_.try_emplace(&expression, term);
  } else {
    made_.insert_or_assign(&expression, term);
  }
}

const Term* Scene::made_of(const Expr& expression) const {
  const auto it = made_.find(&expression);
  return it == made_.end() ? nullptr : &it->second;
}

Term Scene::evaluate(const Expr& expression, const std::string& path, const std::string& turn) {
  return evaluate_with(evaluate_term, expression, path, turn);
}

Term Scene::evaluate_number(const Expr& expression, const std::string& path,
                            const std::string& turn) {
  return evaluate_with(evaluate_sum, expression, path, turn);
}

Term Scene::evaluate_with(Term (*evaluator)(const Expr&, TermScope&), const Expr& expression,
                          const std::string& path, const std::string& turn) {
  if (frames_.empty()) evaluate_definitions_of(expression);
  frames_.push_back({turn, &new_draws(path, true), path, &expression});
  struct Pop {
    std::vector<Frame>& frames;
    ~Pop() { frames.pop_back(); }
  } pop{frames_};
  return evaluator(expression, *this);
}

const Named<Expr>* Scene::definition(const std::string& name) const {
  const auto it = replaced_.find(name);
  if (it != replaced_.end() && !open_.contains(it->second)) return it->second;
  return system_.find_step(name);
}

/// What stands under `step:` comes first, in the order of the file: which calls are made, and the
/// order in which they move statistics, must not hang on where an expression names them.
void Scene::evaluate_definitions_of(const Expr& expression) {
  std::set<const Named<Expr>*> found;
  collect_definitions(expression, found);
  for (const Named<Expr>& written : system_.experiment.sections.step) {
    const Named<Expr>* meant = definition(written.name);
    if (!found.contains(meant)) continue;
    try {
      step_value(*meant);
    } catch (const AlreadyReported&) {
    }
  }
}

void Scene::collect_definitions(const Expr& e, std::set<const Named<Expr>*>& found) {
  if (is_left_out(e, *this)) return;
  if (e.kind == ExprKind::Name && !extra_.contains(e.name)) {
    const Named<Expr>* named = definition(e.name);
    if (named == nullptr) named = system_.find_loss(e.name);
    if (named != nullptr && found.insert(named).second) collect_definitions(named->value, found);
  }
  const bool called = e.kind == ExprKind::Call && e.callee().kind == ExprKind::Name;
  for (std::size_t i = called ? 1 : 0; i < e.operands.size(); ++i)
    collect_definitions(e.operands[i], found);
  for (const ExprOption& option : e.options) collect_definitions(option.value, found);
}

Term Scene::step_value(const Named<Expr>& definition) {
  used_.insert(definition.name);
  if (const auto it = step_values_.find(&definition); it != step_values_.end()) {
    if (!it->second) throw AlreadyReported{};
    return *it->second;
  }
  if (!open_.insert(&definition).second) refuse_cycle(definition);
  try {
    Term value = evaluate(definition.value, definition.origin.path, "step");
    open_.erase(&definition);
    step_values_.emplace(&definition, value);
    return value;
  } catch (...) {
    open_.erase(&definition);
    system_.report_current_exception(definition.origin);
    step_values_.emplace(&definition, std::nullopt);
    throw AlreadyReported{};
  }
}

/// One message for a cycle, wherever it was entered.
void Scene::refuse_cycle(const Named<Expr>& begin) {
  const std::vector<std::string> cycle = system_.cycle_from(begin);
  bool fresh = true;
  for (const std::string& name : std::set(cycle.begin(), cycle.end()))
    fresh = system_.findings.refused.insert("cycle: " + name).second && fresh;
  if (!fresh) throw AlreadyReported{};
  throw ConfigError(
      {{Severity::Error, begin.origin,
        fmt::format("'{}' is defined by itself: {}", begin.name, joined(cycle, " -> "))}});
}

Tensor Scene::loss(const Named<Expr>& loss) {
  used_.insert(loss.name);
  const std::string turn = frames_.empty() ? "step" : frames_.back().turn;
  if (turn == kNextTurn) {
    if (const auto it = last_losses_.find(loss.name); it != last_losses_.end()) return it->second;
    throw LossNotComputed{};
  }
  auto& losses = turn == "step" ? step_losses_ : turn_losses_;
  if (const auto it = losses.find(loss.name); it != losses.end()) return it->second;
  if (!open_.insert(&loss).second) refuse_cycle(loss);
  struct Close {
    std::set<const Named<Expr>*>& open;
    const Named<Expr>* loss;
    ~Close() { open.erase(loss); }
  } close{open_, &loss};
  const Graph::OriginScope origin(graph_, loss.origin);
  const Term term = evaluate_number(loss.value, loss.origin.path, turn);
  Tensor value = tensor_of(term, picture_or_plain(graph_.constant(0)));
  if (value.rank() != 0) {
    throw ConfigError(
        {{Severity::Error, loss.value.origin,
          fmt::format("a loss is one number, got {}; reduce it, for example with mean( )",
                      to_text(value.shape()))}});
  }
  if (value.dtype() == DType::F64) value = like(value, convert(value.value, DType::F32));
  losses.emplace(loss.name, value);
  const bool computed = !partial_ || term.number() == nullptr;
  if (turn != "step" && computed) last_losses_.insert_or_assign(loss.name, value);
  return value;
}

void Scene::begin_turn(const std::string& turn) {
  turn_losses_.clear();
  if (first_turn_.empty()) first_turn_ = turn;
}

void Scene::log_loss(const Named<Expr>& written) {
  struct Logging {
    explicit Logging(bool& is_on) : on(is_on) { on = true; }
    ~Logging() { on = false; }
    bool& on;
  } logging(logging_);
  const Tensor value = loss(written);
  const bool computed = !partial_ || !value.value.node->is("constant");
  if (computed) last_losses_.try_emplace(written.name, value);
}

void Scene::leave_out(const Expr& e) {
  if (e.kind == ExprKind::Call && e.callee().kind == ExprKind::Name) {
    const FunctionDef* def = find_function(e.callee().name);
    if (def != nullptr && def->is_draw) frames_.back().draws->skip(def->name);
  }
  for (const Expr& operand : e.operands) leave_out(operand);
  for (const ExprOption& option : e.options) leave_out(option.value);
}

std::optional<Term> Scene::counter(const std::string& name) {
  const bool progress = name == "progress", stage = name == "stage_progress";
  if (name != "step" && !progress && !stage) return std::nullopt;
  Value step = settings_.step;
  if (settings_.looking && !settings_.alone) {
    step = graph_.variable(std::string(kStepsDone), Type{DType::F64, {}});
    system_.looks_at_steps = true;
  }
  const Experiment& e = system_.experiment;
  const auto length = [](std::int64_t steps) {
    return static_cast<double>(std::max<std::int64_t>(1, steps));
  };
  if (progress) step = step / length(e.steps);
  if (stage) step = (step - static_cast<double>(e.first_step)) / length(e.stage_steps);
  return picture_or_plain(step);
}

Term Scene::variable_term(const DeclaredVariable& declared) {
  used_.insert(declared.name());
  if (!declared.sound) throw AlreadyReported{};
  const VariableDecl& decl = declared.variable.decl;
  const bool at_start = frames_.empty() || frames_.back().turn == "step";
  Tensor value = picture_or_plain(at_start ? variable_at_start(decl) : variable(decl));
  if (const auto& keep = declared.section->value.keep; !keep.empty())
    value.bounds = Tensor::Bounds{keep[0].value(*system_.numbers), keep[1].value(*system_.numbers)};
  return value;
}

Term Scene::name(const Expr& e) {
  if (const auto it = extra_.find(e.name); it != extra_.end()) return it->second;
  if (const Named<Expr>* found = definition(e.name)) return step_value(*found);
  if (const Named<Expr>* written = system_.find_loss(e.name)) return loss(*written);
  if (const DeclaredVariable* found = system_.find_variable(e.name)) return variable_term(*found);
  if (e.name == "batch") return static_cast<double>(settings_.batch);
  if (const auto count = counter(e.name)) return *count;
  if (const auto number = system_.numbers->find(e.name)) return *number;
  unknown_name(e);
}

void Scene::unknown_name(const Expr& e) {
  if (const Network* network = system_.find_network(e.name)) {
    std::vector<std::string> inputs;
    for (const NetworkInput& input : network->inputs()) inputs.push_back(input.name);
    throw ConfigError(
        {{Severity::Error, e.origin,
          fmt::format("'{}' is a network; call it: {}({})", e.name, e.name, joined(inputs))}});
  }
  std::vector<std::string> known = {"batch", "step", "progress", "stage_progress"};
  for (const auto& [name, value] : extra_) known.push_back(name);
  for (const auto& d : system_.experiment.sections.step) known.push_back(d.name);
  for (const auto& d : system_.experiment.sections.losses) known.push_back(d.name);
  for (const auto& d : system_.experiment.sections.variables) known.push_back(d.name);
  for (const auto& [name, value] : system_.experiment.params) known.push_back(name);
  for (const auto& network : system_.networks) known.push_back(network->name());
  std::string near = suggestion(e.name, known);
  std::vector<std::string> losses;
  for (const auto& d : system_.experiment.sections.losses) losses.push_back(d.name);
  if (near.empty() && !losses.empty() && !frames_.empty() &&
      frames_.back().path.ends_with(".minimize"))
    near = fmt::format("; losses: {}", joined(losses));
  throw ConfigError(
      {{Severity::Error, e.origin, fmt::format("unknown name '{}'{}", e.name, near)}});
}

const Tensor& Scene::constant_picture(std::size_t source) {
  if (const auto it = pictures_.find(source); it != pictures_.end()) return it->second;
  const DataSpec& spec = system_.experiment.data[source];
  const DataFacts& facts = system_.experiment.facts[source];
  std::vector<double> values;
  values.reserve(facts.picture->size());
  for (const std::uint8_t byte : *facts.picture)
    values.push_back(byte_value(byte, spec.low, spec.high));
  Tensor picture = picture_or_plain(graph_.constant(
      std::move(values), DType::F32, Shape{1, facts.height, facts.width, facts.channels}));
  picture.bounds = Tensor::Bounds{spec.low, spec.high};
  return pictures_.emplace(source, std::move(picture)).first->second;
}

Tensor Scene::data_value(const DataPart& part, const std::string& name) {
  if (part.constant) return constant_picture(part.source);
  const DataSpec& spec = system_.experiment.data[part.source];
  reads_data_ = true;
  std::vector<std::int64_t> sizes = {settings_.batch};
  sizes.insert(sizes.end(), part.shape.begin(), part.shape.end());
  Tensor value = picture_or_plain(graph_.input(name, Type{part.dtype, engine_shape(Shape(sizes))}));
  if (part.kind == DataPart::Kind::Image) value.bounds = Tensor::Bounds{spec.low, spec.high};
  if (part.kind == DataPart::Kind::Label) {
    const std::int64_t classes = system_.experiment.facts[part.source].labels[part.list].classes;
    value.bounds = Tensor::Bounds{0, static_cast<double>(classes - 1)};
    value.bounds_from = fmt::format("{} has {} classes", name, classes);
  }
  return value;
}

std::optional<Term> Scene::dotted(const std::string& text, const Expr& whole) {
  if (const auto part = data_part(system_.experiment, text)) return data_value(*part, text);
  if (const auto number = system_.numbers->find(text)) return *number;
  if (text.starts_with("data.")) {
    throw ConfigError({{Severity::Error, whole.origin,
                        fmt::format("unknown data value '{}'{}", text,
                                    suggestion(text, data_names(system_.experiment)))}});
  }
  return std::nullopt;
}

Value Scene::leaf(const VariableDecl& decl) {
  return graph_.variable(decl.name, decl.type);
}

Value Scene::variable(const VariableDecl& decl) {
  const auto it = current_.find(decl.name);
  return it == current_.end() ? leaf(decl) : it->second;
}

std::string Scene::updated_by(const Network& network) const {
  const auto it = updated_by_.find(&network);
  return it == updated_by_.end() ? "" : it->second;
}

std::set<const Node*> Scene::moved_values() const {
  std::set<const Node*> nodes;
  for (const auto& [name, value] : current_) nodes.insert(value.node);
  return nodes;
}

Value Scene::variable_at_start(const VariableDecl& decl) {
  return leaf(decl);
}

void Scene::set_variable(const std::string& name, Value value) {
  // the update is not part of what later losses differentiate through
  const Value fixed = stop_gradient(value);
  current_[name] = fixed;
  const auto it = std::find_if(changed_.begin(), changed_.end(),
                               [&](const auto& entry) { return entry.first == name; });
  if (it == changed_.end()) {
    changed_.emplace_back(name, fixed);
  } else {
    it->second = fixed;
  }
}

}  // namespace agon
