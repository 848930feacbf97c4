#include "engine/plan/compile.h"

#include <algorithm>
#include <unordered_map>

#include "engine/base/error.h"
#include "engine/ir/op_def.h"
#include "engine/ir/print.h"
#include "engine/ir/reference.h"
#include "engine/passes/insert_transfers.h"
#include "engine/passes/pipeline.h"
#include "engine/plan/isolate.h"
#include "engine/plan/kernel_choice.h"
#include "engine/plan/memory.h"
#include "engine/plan/order.h"
#include "engine/plan/order_memory.h"
#include "engine/plan/schedule.h"

namespace agon {

namespace {

void run_pipeline(Graph& graph, const PlanOptions& options) {
  std::vector<std::string> disabled = options.disabled_passes;
  if (options.reference) {
    // the judge computes what was written, not what it was simplified to
    disabled.insert(disabled.end(), {"simplify", "fold_constants", "fuse"});
    for (const auto& node : graph.nodes()) Graph::place(*node, Device::Cpu);
  }
  const bool on_accelerator = std::ranges::any_of(
      graph.nodes(), [](const auto& node) { return node->device() == Device::Gpu; });
  const std::span<const Pass> last =
      on_accelerator ? options.accelerator_passes : std::span<const Pass>();
  run_passes(graph, {disabled, options.verify, options.after_pass, last});
  if (!insert_transfers(graph)) return;
  if (options.verify) verify(graph);
  if (options.after_pass) options.after_pass("insert_transfers", graph);
}

std::size_t add_port(std::vector<Program::Port>& ports, const std::string& name, const Type& type,
                     Place::Kind kind) {
  const auto it = std::find_if(ports.begin(), ports.end(),
                               [&](const Program::Port& port) { return port.name == name; });
  if (it != ports.end()) return static_cast<std::size_t>(it - ports.begin());
  ports.push_back({name, type, {kind, ports.size()}});
  return ports.size() - 1;
}

class Builder {
 public:
  Builder(std::unique_ptr<Graph> graph, const PlanOptions& options)
      : options_(options), storage_(!options.reference), program_(std::make_unique<Program>()) {
    program_->graph = std::move(graph);
  }

  std::unique_ptr<const Program> build(const KernelRegistry& kernels) {
    Graph& graph = *program_->graph;
    // before the passes: an input nobody reads any more can still be fed
    place_inputs(graph);
    run_pipeline(graph, options_);
    isolate_results(graph, storage_);
    for (const auto& node : graph.nodes()) choose_kernel_of(*node, kernels);
    const OrderOptions order_options{!options_.reference, options_.shuffle};
    order_ = order_instructions(graph, storage_, kernel_of_, order_options);
    if (is_mixed()) {
      if (copy_what_is_not_over_its_variable(graph, kernels))
        order_ = order_instructions(graph, storage_, kernel_of_, order_options);
    } else if (!options_.reference && !options_.shuffle) {
      order_ = order_for_memory(graph, storage_, kernel_of_, order_);
    }
    arena_ = place_values(graph, storage_, kernel_of_, order_, !options_.reference);
    find_places(graph);
    emit();
    program_->schedule = schedule(*program_, options_.queues);
    return std::move(program_);
  }

 private:
  bool is_mixed() const {
    return std::ranges::any_of(order_.nodes,
                               [](const Node* node) { return node->device() == Device::Gpu; });
  }

  /// Copies that are instructions, for updates that the first order could not write in place: they
  /// are read by nothing, so that any order can have them last.
  bool copy_what_is_not_over_its_variable(Graph& graph, const KernelRegistry& kernels) {
    bool any = false;
    for (const auto& [name, value] : std::vector(graph.updates())) {
      const Value root = storage_.root(value);
      if (is_leaf(*root.node) || order_.over_variable.contains(root)) continue;
      const Graph::OriginScope scope(graph, *value.node);
      const Value copy = graph.add("copy", {value});
      Graph::place(*copy.node, memory_of(*root.node));
      graph.set_update(name, copy);
      choose_kernel_of(*copy.node, kernels);
      any = true;
    }
    return any;
  }

  void place_inputs(const Graph& graph) {
    for (const auto& node : graph.nodes()) {
      if (node->is("input"))
        add_port(program_->inputs, node->attrs_as<LeafAttrs>().name, node->out_type(),
                 Place::Kind::Input);
    }
  }

  void choose_kernel_of(const Node& node, const KernelRegistry& kernels) {
    if (is_leaf(node) || storage_.is_view(node)) return;
    const ChosenKernel& chosen = chosen_[&node] =
        options_.reference && !node.is("copy") ? choose_reference(node)
                                               : choose_kernel(node, kernels, options_.determinism);
    kernel_of_[&node] = chosen.kernel.get();
  }

  void find_places(const Graph& graph) {
    for (const auto& node : graph.nodes()) {
      if (node->is("input")) {
        const std::size_t port = add_port(program_->inputs, node->attrs_as<LeafAttrs>().name,
                                          node->out_type(), Place::Kind::Input);
        leaves_[node->out()] = {Place::Kind::Input, port};
      } else if (node->is("variable")) {
        leaves_[node->out()] = {Place::Kind::Variable,
                                variable(node->attrs_as<LeafAttrs>().name, node->out_type())};
      } else if (node->is("constant")) {
        leaves_[node->out()] = {Place::Kind::Constant, program_->constants.size(), node->device()};
        program_->constants.push_back(std::move(evaluate(*node, {})[0]));
      }
    }
    for (const auto& [name, value] : graph.updates()) {
      // the memory's type is the variable's, not that of what a view of the new value looks at
      const Place place{Place::Kind::Variable, variable(name, value.type())};
      const Value root = storage_.root(value);
      const auto over = order_.over_variable.find(root);
      if (over != order_.over_variable.end() && over->second == name) over_[root] = place;
    }
  }

  std::size_t variable(const std::string& name, const Type& type) {
    return add_port(program_->variables, name, type, Place::Kind::Variable);
  }

  Place place(Value v) const {
    const Value root = storage_.root(v);
    if (is_leaf(*root.node)) return leaves_.at(root);
    const auto over = over_.find(root);
    if (over != over_.end()) return over->second;
    return {Place::Kind::Arena, arena_.offsets.at(root), memory_of(*root.node)};
  }

  void emit() {
    for (std::size_t at = 0; at < order_.nodes.size(); ++at) {
      Node& node = *order_.nodes[at];
      ChosenKernel& chosen = chosen_.at(&node);
      Instruction instruction{
          &node, std::move(chosen.name), std::move(chosen.refusals), std::move(chosen.kernel), {},
          {},    arena_.scratch[at]};
      for (const Value& v : node.inputs()) instruction.in.push_back(place(v));
      for (int i = 0; i < static_cast<int>(node.outputs().size()); ++i)
        instruction.out.push_back(place(node.out(i)));
      program_->instructions.push_back(std::move(instruction));
    }
    for (const auto& [name, value] : program_->graph->outputs())
      program_->outputs.push_back({name, value.type(), place(value)});
    for (const auto& [name, value] : program_->graph->updates()) emit_update(name, value);
    program_->arena_bytes = arena_.arena_bytes;
    program_->live_bytes = arena_.live_bytes;
    program_->gpu_arena_bytes = arena_.gpu_arena_bytes;
    program_->gpu_live_bytes = arena_.gpu_live_bytes;
  }

  void emit_update(const std::string& name, Value value) {
    const std::size_t target = variable(name, value.type());
    const Place from = place(value);
    if (from != Place{Place::Kind::Variable, target})
      program_->copies.push_back({from, target, value.type().bytes()});
  }

  const PlanOptions& options_;
  Storage storage_;
  std::unique_ptr<Program> program_;
  std::unordered_map<const Node*, ChosenKernel> chosen_;
  KernelOf kernel_of_;
  Order order_;
  ArenaPlan arena_;
  std::unordered_map<Value, Place> leaves_;
  std::unordered_map<Value, Place> over_;
};

}  // namespace

std::unique_ptr<const Program> compile(std::unique_ptr<Graph> graph, const KernelRegistry& kernels,
                                       const PlanOptions& options) {
  return Builder(std::move(graph), options).build(kernels);
}

}  // namespace agon
