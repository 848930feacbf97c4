#include "graphs/experiment/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "graphs/document/suggestion.h"
#include "graphs/experiment/bound_layer.h"
#include "graphs/experiment/evaluator.h"
#include "graphs/experiment/names.h"
#include "graphs/experiment/network_input.h"
#include "graphs/experiment/scope.h"
#include "graphs/words/spectral_norm.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"

namespace agon {

namespace {

/// A tensor [batch, ...shape] that depends on x, in the place of what a failed layer would give.
Tensor stand_in(const Tensor& x, const Shape& shape) {
  std::vector<std::int64_t> sizes = {x.rank() > 0 ? x.size(0) : 1};
  sizes.insert(sizes.end(), shape.begin(), shape.end());
  const Value real = is_floating(x.dtype()) ? x.value : convert(x.value, DType::F32);
  std::vector<std::int64_t> axes(static_cast<std::size_t>(x.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  const Value one = axes.empty() ? real : sum(real, axes);
  return picture_or_plain(mul(one, x.graph().constant(1, one.dtype(), engine_shape(Shape(sizes)))));
}

/// One application of a network's layers.
class Application {
 public:
  Application(const Network& network, CallSite& site) : network_(network), site_(site) {}

  using Names = std::map<std::string, Tensor>;

  Tensor run(const std::vector<BoundLayer>& layers, Tensor current, Names& names,
             const std::string& prefix);
  void export_layer(const std::string& path, const Tensor& t) { layers_[path] = t; }
  std::map<std::string, Tensor> take_layers() { return std::move(layers_); }

 private:
  friend class OneLayer;
  Tensor run_block(const BoundLayer& block, const Tensor& current, const Names& names,
                   const std::string& inside);
  /// What a failed layer declares, where those after it are judged; throws the failure elsewhere.
  Tensor instead(const BoundLayer& layer, const Tensor& current, const LayerError& failure);
  /// `next`: the layer that reads this one's output, null if unknown.
  Tensor apply(const BoundLayer& layer, const BoundLayer* next, const Tensor& current, Names& names,
               const std::string& path);

  /// The origin of nodes: what a block computes belongs to the network that uses it, wherever it is
  /// written.
  Origin origin_of(const Origin& written) const {
    Origin origin = written;
    if (!blocks_.empty()) origin.path = blocks_.front()->origin.path + "/" + written.path;
    return origin;
  }

  const Network& network_;
  CallSite& site_;
  std::map<std::string, Tensor> layers_;
  std::vector<const BoundLayer*> blocks_;  // being applied, the outermost first
};

/// What is wrong inside a block is wrong for one of its uses.
std::string with_use(const Origin& where, const std::string& message, const BoundLayer& block) {
  if (!where.path.starts_with("blocks.")) return message;
  return fmt::format("{}; used at {} ({})", message, block.origin.path,
                     place_text(block.origin, where));
}

/// The value under a name; otherwise a failure that proposes it or one of `others`.
const Tensor& named_value(const Text& name, const Application::Names& names,
                          const std::vector<std::string>& others = {}) {
  const auto it = names.find(name.text);
  if (it != names.end()) return it->second;
  std::vector<std::string> known = others;
  for (const auto& [n, t] : names) known.push_back(n);
  throw LayerError(name.origin, fmt::format("no layer or input named '{}' before this one{}",
                                            name.text, suggestion(name.text, known)));
}

class OneLayer final : public LayerCall, public TermScope {
 public:
  OneLayer(Application& application, const BoundLayer& layer, const BoundLayer* next,
           const Tensor& current, const Application::Names& names, std::string path)
      : application_(application),
        layer_(layer),
        next_(next),
        current_(current),
        names_(names),
        path_(std::move(path)) {}

  Graph& graph() override { return application_.site_.graph(); }
  const Tensor& current() override { return current_; }
  std::string current_name() override {
    for (const NetworkInput& input : application_.network_.inputs()) {
      const auto it = names_.find(input.name);
      if (it != names_.end() && it->second.value == current_.value) return input.name;
    }
    return "";
  }
  const NumberScope& scope() override { return *layer_.scope; }
  std::optional<Shape> next_picture() override {
    const bool reads_this = next_ != nullptr && !next_->from && next_->build.picture;
    return reads_this ? next_->build.picture(*next_->scope) : std::nullopt;
  }
  bool training() override { return application_.site_.training(); }
  DrawSource& draws() override {
    return application_.site_.draws(application_.network_.name() + "." + path_);
  }

  Tensor named(const Text& name) override { return named_value(name, names_); }

  Term evaluate(const Expr& e) override { return evaluate_term(e, *this); }

  Value parameter(const std::string& name, const Type& type, const FileForm& file,
                  const Initial& initial) override {
    return application_.site_.variable(
        declared(name, type, file, initial, VariableDecl::Role::Parameter));
  }

  Value statistic(const std::string& name, const Type& type, double initial) override {
    return application_.site_.variable(
        declared(name, type, {}, Initial::constant(initial), VariableDecl::Role::Statistic));
  }

  void move_statistic(const std::string& name, Value value, double momentum) override {
    application_.site_.move_statistic(
        declared(name, value.type(), {}, Initial::constant(0), VariableDecl::Role::Statistic),
        value, momentum);
  }

  SingularVectors singular_vectors(const WeightMatrix& matrix, const Type& weight) override {
    const Shape& s = weight.shape;
    const std::int64_t rows = matrix.rows_last ? s[s.rank() - 1] : s[0];
    const auto vector = [&](bool left, std::int64_t size, const FileForm& file) {
      NetworkVariable v = declared(matrix.weight + (left ? "_u" : "_v"), Type{weight.dtype, {size}},
                                   file, Initial::constant(0), VariableDecl::Role::Statistic);
      v.singular = NetworkVariable::Singular{full_name(matrix.weight), matrix.rows_last, left};
      return application_.site_.variable(v);
    };
    return {vector(true, rows, matrix.rows), vector(false, s.elements() / rows, matrix.columns)};
  }

  // TermScope, for compute layers
  Origin origin_of(const Expr& e) override { return application_.origin_of(e.origin); }
  std::int64_t batch() override { return current_.rank() == 0 ? 1 : current_.size(0); }
  Term name(const Expr& e) override {
    if (e.name == "current") return current_;
    if (e.name == "batch") return static_cast<double>(batch());
    if (const auto it = names_.find(e.name); it != names_.end()) return it->second;
    if (const auto counter = application_.site_.counter(e.name)) return *counter;
    if (const auto number = layer_.scope->find(e.name)) return *number;
    refuse_outside(e, e.name);
    std::vector<std::string> known = layer_.scope->candidates;
    for (const auto& [n, t] : names_) known.push_back(n);
    throw ConfigError({{Severity::Error, e.origin,
                        fmt::format("unknown name '{}'{}", e.name, suggestion(e.name, known))}});
  }
  std::optional<Term> dotted(const std::string& text, const Expr&) override {
    const auto number = layer_.scope->find(text);
    return number ? std::optional<Term>(*number) : std::nullopt;
  }
  std::optional<Term> call(const Expr& e) override {
    if (const auto name = dotted_name(e.callee()))
      refuse_outside(e, name->substr(0, name->find('.')));
    return std::nullopt;
  }
  DrawSource& draw_source() override { return draws(); }

 private:
  void refuse_outside(const Expr& e, const std::string& name) const {
    const Network& network = application_.network_;
    const std::string what = network.outside(name);
    if (what.empty()) return;
    throw ConfigError(
        {{Severity::Error, e.origin,
          fmt::format("'{}' is {}, which compute does not see; give {} to {} as an input", name,
                      what, what == "a network" ? "its result" : "it", network.name())}});
  }

  std::string full_name(const std::string& name) const {
    return fmt::format("{}.{}.{}", application_.network_.name(), path_, name);
  }

  NetworkVariable declared(const std::string& name, const Type& type, const FileForm& file,
                           const Initial& initial, VariableDecl::Role role) {
    const std::string& network = application_.network_.name();
    return {VariableDecl{.name = full_name(name),
                         .type = type,
                         .file = file,
                         .role = role,
                         .network = network,
                         .weights_file = application_.network_.weights_file(),
                         .weights_name = path_ + "." + name},
            initial};
  }

  Application& application_;
  const BoundLayer& layer_;
  const BoundLayer* next_;
  const Tensor& current_;
  const Application::Names& names_;
  std::string path_;
};

Tensor Application::run(const std::vector<BoundLayer>& layers, Tensor current, Names& names,
                        const std::string& prefix) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const BoundLayer& layer = layers[i];
    const Tensor from = layer.from ? named_value(*layer.from, names) : current;
    const std::string path = prefix + layer.name;
    const BoundLayer* next = i + 1 < layers.size() ? &layers[i + 1] : nullptr;
    current = apply(layer, next, from, names, path);
    names[layer.name] = current;
    export_layer(path, current);
  }
  return current;
}

Tensor Application::run_block(const BoundLayer& block, const Tensor& current, const Names& names,
                              const std::string& inside) {
  Names own;
  for (const auto& [argument, value] : block.values)
    own[argument] = named_value(value, names, block.scope->candidates);
  struct Pop {
    std::vector<const BoundLayer*>& blocks;
    ~Pop() { blocks.pop_back(); }
  };
  blocks_.push_back(&block);
  const Pop pop{blocks_};
  try {
    return run(block.children, current, own, inside);
  } catch (const LayerError& e) {
    throw LayerError(e.origin, with_use(e.origin, e.what(), block));
  } catch (const ConfigError& e) {
    std::vector<Diagnostic> found = e.diagnostics();
    for (Diagnostic& d : found) d.message = with_use(d.origin, d.message, block);
    throw ConfigError(std::move(found));
  }
}

Tensor Application::instead(const BoundLayer& layer, const Tensor& current,
                            const LayerError& failure) {
  const auto shape = layer.build.declares ? layer.build.declares(*layer.scope) : std::nullopt;
  std::string message = failure.what();
  for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block)
    message = with_use(layer.origin, message, **block);
  if (!shape || !site_.goes_on(LayerError(layer.origin, message))) throw failure;
  return stand_in(current, *shape);
}

Tensor Application::apply(const BoundLayer& layer, const BoundLayer* next, const Tensor& current,
                          Names& names, const std::string& path) {
  const std::size_t first_node = site_.graph().nodes().size();
  const std::string inside = path + "/";
  try {
    switch (layer.kind) {
      case BoundLayer::Kind::List:
        return run_block(layer, current, names, inside);
      case BoundLayer::Kind::Turn: {
        Names around = names;
        return run(layer.children, current, around, inside);
      }
      case BoundLayer::Kind::Inner:
        return run(layer.children, current, names, inside);
      case BoundLayer::Kind::Residual: {
        Names around = names;
        const Tensor branch = run(layer.children, current, around, inside);
        const auto [a, b] = aligned(current, branch);
        if (a.shape() != b.shape()) {
          throw GraphError(fmt::format("residual adds its input {} to {}; the shapes must be equal",
                                       to_text(a.shape()), to_text(b.shape())));
        }
        return like(a, add(a.value, b.value));
      }
      case BoundLayer::Kind::Compute:
      case BoundLayer::Kind::Word:
        break;
    }
    const Graph::OriginScope origin(site_.graph(), origin_of(layer.origin));
    OneLayer call(*this, layer, next, current, names, path);
    Tensor output = layer.kind == BoundLayer::Kind::Word
                        ? layer.build.apply(call)
                        : tensor_of(call.evaluate(*layer.expression), current);
    if (output.made_by.empty()) output.made_by = layer.word;
    site_.layer_done({path, layer.word, layer.origin, output, first_node});
    return output;
  } catch (const GraphError& e) {
    Tensor output = instead(layer, current, LayerError(layer.origin, e.what()));
    site_.layer_done({path, layer.word, layer.origin, output, first_node});
    return output;
  }
}

}  // namespace

Network::Network(const Named<NetworkSection>& section, const Experiment& experiment,
                 int& layers_left, Diagnostics& diagnostics)
    : section_(section), experiment_(experiment), name_(section.name) {
  Diagnostics found;
  const auto scope = number_scope(experiment);
  for (const Named<Yaml>& input : section.value.input) {
    try {
      if (auto bound = read_input(input, experiment, *scope, found))
        inputs_.push_back(std::move(*bound));
    } catch (const GraphError& e) {
      found.error(input.origin, e.what());
    }
  }
  const std::vector<BlockSection>& blocks = experiment.sections.blocks;
  layers_ = bind_layers(section.value.layers, scope, blocks, layers_left, found);
  for (const auto& output : section.value.outputs) {
    outputs_.emplace_back(output.name,
                          bind_layers(output.value, scope, blocks, layers_left, found));
  }
  if (section.value.average) average_ = section.value.average->value(*scope, found);
  if (const auto weights = experiment.weights.find(name_); weights != experiment.weights.end())
    weights_file_ = weights->second;
  sound_ = !found.has_errors() && !inputs_.empty();  // a missing input is reported while reading
  for (const Diagnostic& d : found.sorted()) {
    if (d.severity == Severity::Error) diagnostics.error(d.origin, d.message);
  }
}

Network::~Network() = default;

std::string Network::outside(const std::string& name) const {
  const ExperimentSections& all = experiment_.sections;
  const auto has = [&](const auto& list) {
    return std::ranges::any_of(list, [&](const auto& entry) { return entry.name == name; });
  };
  if (has(all.variables)) return "a variable";
  if (has(all.step)) return "a value under step";
  if (has(all.losses)) return "a loss";
  return has(all.networks) ? "a network" : "";
}

bool Network::takes_any() const {
  return std::any_of(inputs_.begin(), inputs_.end(),
                     [](const NetworkInput& input) { return !input.any.empty(); });
}

const VariableDecl& Network::declared(const NetworkVariable& variable) const {
  for (const NetworkVariable& known : variables) {
    if (known.decl.name != variable.decl.name) continue;
    if (known.decl.type == variable.decl.type) return known.decl;
    throw GraphError(fmt::format(
        "its {} would be {} here and {} elsewhere: behind an input of `any` size parameters must "
        "not depend on the size; take a mean over pixels, or give the input a size",
        variable.decl.name.substr(variable.decl.name.rfind('.') + 1),
        to_text(variable.decl.type.shape), to_text(known.decl.type.shape)));
  }
  throw InternalError("a call reads '" + variable.decl.name + "', which was not declared");
}

std::shared_ptr<const CallResult> Network::apply(const std::vector<Tensor>& arguments,
                                                 CallSite& site) const {
  auto result = std::make_shared<CallResult>();
  result->network = name_;
  Application application(*this, site);
  Application::Names names;
  for (std::size_t i = 0; i < inputs_.size(); ++i) names[inputs_[i].name] = arguments[i];
  const Tensor trunk = application.run(layers_, arguments[0], names, "");
  for (const auto& [name, layers] : outputs_) {
    Application::Names around = names;
    result->outputs[name] = application.run(layers, trunk, around, name + "/");
  }
  if (outputs_.empty()) result->plain = trunk;
  result->layers = application.take_layers();
  return result;
}

}  // namespace agon
