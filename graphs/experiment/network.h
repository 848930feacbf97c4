#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "graphs/experiment/experiment.h"
#include "graphs/experiment/training.h"
#include "graphs/words/layer.h"

namespace agon {

/// A failure inside a layer, with the place of the layer.
class LayerError : public Error {
 public:
  LayerError(Origin where, const std::string& message)
      : Error(ExitCode::Config, message), origin(std::move(where)) {}
  Origin origin;
};

/// A variable of a network and how it begins.
struct NetworkVariable {
  VariableDecl decl;
  Initial initial;
  /// Where it is a singular vector: of which variable.
  struct Singular {
    std::string weight;
    bool rows_last = false;
    bool left = false;  // u
  };
  std::optional<Singular> singular = std::nullopt;
};

/// What a finished layer looked like; for `check` and for explaining shapes.
struct LayerDone {
  std::string name;
  std::string word;
  Origin origin;
  Tensor output;
  std::size_t first_node = 0;  // the graph's nodes made by it: [first_node, nodes().size())
};

/// The surroundings of one call of a network: whose weights, which mode, which random numbers.
class CallSite {
 public:
  virtual ~CallSite() = default;
  virtual Graph& graph() = 0;
  virtual bool training() = 0;
  /// The variable's value as this call reads it.
  virtual Value variable(const NetworkVariable& variable) = 0;
  virtual void move_statistic(const NetworkVariable& variable, Value value, double momentum) = 0;
  /// Draws of the layer at `layer_path` ("generator.dropout1").
  virtual DrawSource& draws(const std::string& layer_path) = 0;
  /// `step`, `progress` and `stage_progress` for compute layers.
  virtual std::optional<Term> counter(const std::string& name) = 0;
  virtual void layer_done(const LayerDone&) {}
  /// A layer failed that declares what comes out of it: whether the layers after it are judged
  /// nevertheless (the failure is known then).
  virtual bool goes_on(const LayerError&) { return false; }
};

/// A layer on whose output no result of its network depends.
struct IdleLayer {
  std::string name;
  Origin origin;
  std::set<std::string> readers;  // layers that depend on it, itself included
};

struct NetworkInput {
  std::string name;
  Shape shape;           // language order, without batch; 1 where any size goes
  std::vector<int> any;  // the axes of shape whose size each call chooses
  DType dtype = DType::F32;
  std::string text;  // "data.image" if taken from the data
  Origin origin;

  /// Whether an example of that shape may be given.
  bool takes(const Shape& example) const;
  /// The shape with this size for each `any`.
  Shape with_any(std::int64_t size) const;
  /// "[3, any, any]"
  std::string shape_text() const;
};

struct BoundLayer;

/// A network as declared, its layers bound to their words; applied any number of times.
class Network {
 public:
  /// Checks inputs and layers, of which there may be so many as are left for it; findings go to
  /// `diagnostics`.
  Network(const Named<NetworkSection>& section, const Experiment& experiment, int& layers_left,
          Diagnostics& diagnostics);
  ~Network();

  const std::string& name() const { return name_; }
  const Origin& origin() const { return section_.origin; }
  const NetworkSection& section() const { return section_.value; }
  const std::vector<NetworkInput>& inputs() const { return inputs_; }
  std::optional<double> average() const { return average_; }
  /// Absolute path of the file its weights begin from; empty if they are drawn.
  const std::string& weights_file() const { return weights_file_; }
  /// Whether every input and layer could be bound; a broken network is not applied.
  bool sound() const { return sound_; }
  /// Makes it unusable after its first application failed (and was reported).
  void mark_broken() { sound_ = false; }
  /// Whether a layer failed at the declared input, and those after it got the shape it declares.
  bool failed() const { return failed_; }
  void mark_failed() { failed_ = true; }
  /// As before declare_network.
  void forget_declaration() {
    variables.clear();
    report.clear();
    idle.clear();
    failed_ = false;
  }

  /// What that name is in the experiment, where layers do not see it: "a variable"; "" if nothing.
  std::string outside(const std::string& name) const;

  /// Runs the layers on tensors that fit inputs(). Throws LayerError.
  std::shared_ptr<const CallResult> apply(const std::vector<Tensor>& arguments,
                                          CallSite& site) const;

  std::vector<NetworkVariable> variables;  // filled by declare_network
  std::vector<LayerReport> report;         // likewise
  /// A variable's declaration. Throws GraphError where this call would give it another type than
  /// the declared one, as a dense layer behind an input of `any` size does.
  const VariableDecl& declared(const NetworkVariable& variable) const;
  /// Whether some input takes `any` size.
  bool takes_any() const;
  std::vector<IdleLayer> idle;  // likewise

 private:
  const Named<NetworkSection>& section_;
  const Experiment& experiment_;
  std::string name_;
  std::vector<NetworkInput> inputs_;
  std::vector<BoundLayer> layers_;
  std::vector<std::pair<std::string, std::vector<BoundLayer>>> outputs_;
  std::optional<double> average_;
  std::string weights_file_;
  bool sound_ = true;
  bool failed_ = false;
};

/// Applies the network once, to its declared inputs at batch 1 in a graph of its own, to learn
/// variables and shapes. `any` in an input is 64 then or, where the layers refuse that,
/// picture_height; reports parameters whose shape hangs on it.
void declare_network(Network& network, const OpRegistry& ops, std::int64_t picture_height,
                     Diagnostics& diagnostics);

/// "height (16 - 1) * 2 - 1 - 1 + 4 = 32" for a convolution or its transpose; "" for other ops.
std::string size_arithmetic(const Node& node);

}  // namespace agon
