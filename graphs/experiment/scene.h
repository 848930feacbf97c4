#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "graphs/experiment/evaluator.h"
#include "graphs/experiment/scope.h"
#include "graphs/experiment/system.h"

namespace agon {

/// The turn in which the `next` of variables are evaluated, when a draw ends.
inline constexpr std::string_view kNextTurn = "variables.next";

/// Thrown in that turn where a `next` reads a loss that the draw did not compute.
struct LossNotComputed {};

/// How the calls of a scene read their networks.
enum class CallMode {
  Train,  // batch statistics, current weights
  Infer,  // running statistics; averaged weights where the scene is for looking (sample, evaluate)
  Current,  // running statistics, current weights
  Average,  // running statistics, averaged weights
};

struct SceneSettings {
  std::int64_t batch = 1;
  bool looking = false;       // sample and evaluate: calls infer with averages
  std::string stream_prefix;  // "", "sample.<spec>/", "evaluate.<spec>/"
  Value step;                 // f64 scalar of random counters and of the counter `step`
  Value draw;                 // f64 scalar
  /// Periods of every(n, term) whose terms are computed; all where not given.
  std::optional<std::set<std::int64_t>> due = std::nullopt;
  /// Nothing was built but this scene, which is evaluated for its mistakes.
  bool alone = false;
  /// f32 [batch, keys]: what is drawn by `normal` under `step:` is such a mixture of `keys` draws.
  std::optional<Value> walk = std::nullopt;
};

/// The values of one graph: step values, losses and network calls, each made once. Training
/// evaluates a draw in it, turn by turn; sampling and evaluation evaluate the definitions anew in
/// scenes of their own (LANGUAGE.md rules 2, 5, 7, 12).
class Scene final : public TermScope {
 public:
  /// A statistic that one call moves.
  struct Moved {
    NetworkVariable variable;
    Value value;
    double momentum = 0;
  };
  /// A network applied to arguments.
  struct Call {
    const Network* network = nullptr;
    CallMode mode = CallMode::Train;
    std::vector<Value> arguments;
    std::string turn;
    std::string text;  // canonical
    std::shared_ptr<const CallResult> result;
    std::vector<Moved> moved;
    int first_node = 0, end_node = 0;  // ids of the nodes it made: [first_node, end_node)
    bool counted = false;              // its statistics moved
  };

  Scene(System& system, Graph& graph, SceneSettings settings);
  ~Scene() override;

  /// Evaluates an expression that stands at `path`, as part of turn `turn` ("step" for
  /// definitions).
  Term evaluate(const Expr& expression, const std::string& path, const std::string& turn);
  /// The same for what must be one number; see evaluate_sum.
  Term evaluate_number(const Expr& expression, const std::string& path, const std::string& turn);
  /// A named loss as one f32 scalar, in the turn being evaluated.
  Tensor loss(const Named<Expr>& loss);
  /// A loss that no turn reads, computed to be logged when the turns are built: with the variables
  /// as the draw found them and the calls of its first turn where they are the same. It moves no
  /// statistics, and no state but what nothing else in training reads.
  void log_loss(const Named<Expr>& loss);

  /// Begins the turn of that optimizer: losses are made afresh, from the variables as they are now.
  void begin_turn(const std::string& turn);
  /// Losses evaluated in this turn, by name.
  const std::map<std::string, Tensor>& turn_losses() const { return turn_losses_; }
  /// Losses as the draw's turns computed them last and those for the log alone, by name.
  const std::map<std::string, Tensor>& last_losses() const { return last_losses_; }
  /// A call that was made, once more with other arguments (engine values of the same types).
  std::shared_ptr<const CallResult> call_again(const Call& made,
                                               const std::vector<Value>& arguments);
  std::vector<Call>& calls() { return calls_; }
  const std::vector<Call>& calls() const { return calls_; }
  /// What an expression of the file meant where it was last evaluated in training; null if it was
  /// not.
  const Term* made_of(const Expr& expression) const;
  const std::unordered_map<const Expr*, Term>& all_made() const { return made_; }

  /// The turn of this draw that last updated a network; empty where none did.
  std::string updated_by(const Network& network) const;
  void mark_updated(const Network& network, const std::string& turn) {
    updated_by_[&network] = turn;
  }

  /// The value of a variable now, and as it was when the draw began.
  Value variable(const VariableDecl& decl);
  Value variable_at_start(const VariableDecl& decl);
  void set_variable(const std::string& name, Value value);
  /// The new values of variables, as they are now.
  std::set<const Node*> moved_values() const;
  /// Variables that got a new value, in order of first change.
  const std::vector<std::pair<std::string, Value>>& changed() const { return changed_; }

  /// Adds a name such as `row`.
  void define(const std::string& name, Term value) {
    extra_.insert_or_assign(name, std::move(value));
  }
  /// From now on the definition of that name under `step:` is this one (sample's `with`); in it the
  /// name means the old one. Lives as long as the scene.
  void replace(const Named<Expr>& definition) { replaced_[definition.name] = &definition; }
  /// The value under `step:` of that name; reports what is wrong with it.
  Term step_value(const Named<Expr>& definition);
  /// Definitions, losses, networks and variables that were read, and layers read as
  /// <network>/<path>, for warnings about unused ones.
  const std::set<std::string>& used() const { return used_; }
  void forget_use(const std::string& name) { used_.erase(name); }
  /// every(n, term) as written, by period, whether due or not.
  const std::map<std::int64_t, const Expr*>& periods() const { return periods_; }
  /// Whether a term was left out because it was not due.
  bool is_partial() const { return partial_; }
  /// Whether any data was read.
  bool reads_data() const { return reads_data_; }
  /// Whether some draw was mixed as settings.walk says.
  bool walks() const { return walks_; }

  // TermScope
  Graph& graph() override { return graph_; }
  std::int64_t batch() override { return settings_.batch; }
  Term name(const Expr& name) override;
  std::optional<Term> dotted(const std::string& text, const Expr& whole) override;
  std::optional<Term> call(const Expr& call) override;
  DrawSource& draw_source() override;
  KeptState* state(const std::string& word, const std::string& text) override;
  std::optional<bool> due(std::int64_t period, const Expr& term) override;
  std::optional<double> param(const std::string& name) override;
  void leave_out(const Expr& part) override;
  void made(const Expr& expression, const Term& term) override;
  void read_layer(const std::string& network, const std::string& path) override {
    used_.insert(network + "/" + path);
  }

 private:
  friend class SceneSite;
  class Draws;
  class State;
  /// Where evaluation stands: the turn, and the draws of the definition being evaluated.
  struct Frame {
    std::string turn;
    Draws* draws = nullptr;
    std::string path;
    const Expr* root = nullptr;  // the expression that stands there
  };

  const Named<Expr>* definition(const std::string& name) const;
  void evaluate_definitions_of(const Expr& expression);
  void collect_definitions(const Expr& expression, std::set<const Named<Expr>*>& found);
  /// `step`, `progress` or `stage_progress`; nothing for other names.
  std::optional<Term> counter(const std::string& name);
  Term variable_term(const DeclaredVariable& declared);
  std::vector<Tensor> checked_arguments(const Network& network, const Expr& call);
  Tensor checked_argument(const Network& network, const NetworkInput& input, const Expr& written);
  void note_fed(const Network& network, const NetworkInput& input, const Expr& written,
                const Tensor& given);
  [[noreturn]] void refuse_argument(const Network& network, const NetworkInput& input,
                                    const Expr& written, const Tensor& got);
  const Network* maker_of(const Expr& made) const;
  /// Whether a network with a failed layer is behind it.
  bool made_by_failed(const Tensor& tensor) const;
  static std::string chain_text(const Network& maker);
  const Call& call_network(const Network& network, CallMode mode,
                           const std::vector<Tensor>& arguments, const std::string& text);
  const Call* known_call(const Network& network, CallMode mode,
                         const std::vector<Value>& arguments) const;
  bool unchanged(const Network& network) const;
  Tensor data_value(const DataPart& part, const std::string& name);
  const Tensor& constant_picture(std::size_t source);
  Value leaf(const VariableDecl& decl);
  Draws& new_draws(const std::string& base, bool numbered);
  DrawSource& stream_draws(const std::string& base, bool numbered);
  Term evaluate_with(Term (*evaluator)(const Expr&, TermScope&), const Expr& expression,
                     const std::string& path, const std::string& turn);
  struct KeptCallName {
    KeptCall* kept = nullptr;  // null when looking at what training does not keep
    std::string name;
  };
  KeptCallName kept_call(const std::string& word, const std::string& text);
  [[noreturn]] void unknown_name(const Expr& name);
  [[noreturn]] void refuse_cycle(const Named<Expr>& begin);

  System& system_;
  Graph& graph_;
  SceneSettings settings_;
  std::vector<Frame> frames_;
  std::vector<std::unique_ptr<DrawSource>> draws_;
  std::vector<std::unique_ptr<KeptState>> states_;
  std::map<std::int64_t, const Expr*> periods_;
  bool partial_ = false;
  std::map<const Named<Expr>*, std::optional<Term>> step_values_;  // nothing: failed and reported
  std::map<std::string, const Named<Expr>*> replaced_;
  std::map<std::string, Tensor> turn_losses_;
  std::map<std::string, Tensor> last_losses_;
  std::map<std::string, Tensor> step_losses_;  // read by definitions under `step:`, or logged
  std::string first_turn_;
  bool logging_ = false;  // a loss for the log alone is evaluated
  std::map<std::string, Term> extra_;
  std::map<std::size_t, Tensor> pictures_;  // of `source: image`, by source
  std::vector<Call> calls_;
  std::map<const Network*, std::string> updated_by_;
  std::map<std::string, Value> current_;
  std::vector<std::pair<std::string, Value>> changed_;
  std::unordered_map<const Expr*, Term> made_;
  std::set<std::string> used_;
  std::set<const Named<Expr>*> open_;  // being evaluated, to find cycles
  bool reads_data_ = false;
  bool walks_ = false;
};

}  // namespace agon
