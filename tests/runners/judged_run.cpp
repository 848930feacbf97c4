#include "tests/runners/judged_run.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <unordered_map>

#include "engine/ir/op_def.h"
#include "engine/ir/reference.h"
#include "engine/plan/tolerance.h"
#include "tests/runners/rounding.h"

namespace agon {

namespace {

using Values = std::unordered_map<const Node*, std::vector<NdArray>>;

std::vector<const NdArray*> inputs_of(const Node& node, const Values& known) {
  std::vector<const NdArray*> in;
  for (const Value& v : node.inputs())
    in.push_back(&known.at(v.node)[static_cast<std::size_t>(v.output)]);
  return in;
}

std::vector<NdArray> run_kernel(const Instruction& instruction,
                                const std::vector<const NdArray*>& in) {
  std::vector<Buffer> memory;
  std::vector<const void*> from;
  std::vector<void*> to;
  for (const NdArray* array : in) {
    memory.emplace_back(array->type.bytes());
    array->store(memory.back().data());
    from.push_back(memory.back().data());
  }
  for (const Type& type : instruction.node->outputs()) {
    memory.emplace_back(type.bytes());
    std::memset(memory.back().data(), 0xFF, type.bytes());
    to.push_back(memory.back().data());
  }
  const Buffer scratch(instruction.kernel->scratch_bytes());
  QuickTraining::lanes().run([&] { instruction.kernel->run({from, to, scratch.data()}); });
  std::vector<NdArray> out;
  for (std::size_t i = 0; i < to.size(); ++i) {
    out.emplace_back(instruction.node->outputs()[i]);
    out.back().load(to[i]);
  }
  return out;
}

class Judge {
 public:
  Judge(const Program& program, const KernelRegistry& kernels) : kernels_(kernels) {
    for (const Instruction& instruction : program.instructions)
      instruction_of_[instruction.node] = &instruction;
  }

  JudgedRun run(const Graph& graph, const Arrays& inputs, const Arrays& variables) {
    Values known;
    for (const Node* node : graph.topological_order()) {
      if (node->is("input") || node->is("variable")) {
        const Arrays& given = node->is("input") ? inputs : variables;
        known[node] = {given.at(node->attrs_as<LeafAttrs>().name)};
      } else if (const auto it = instruction_of_.find(node); it != instruction_of_.end()) {
        const auto in = inputs_of(*node, known);
        known[node] = run_kernel(*it->second, in);
        judge(*it->second, in, known[node]);
      } else {
        known[node] = evaluate(*node, inputs_of(*node, known));  // a constant or a view
      }
    }
    for (const auto& [name, v] : graph.updates())
      judged_.updates[name] = known.at(v.node)[static_cast<std::size_t>(v.output)];
    return std::move(judged_);
  }

 private:
  void judge(const Instruction& instruction, const std::vector<const NdArray*>& in,
             const std::vector<NdArray>& got) {
    ++judged_.instructions;
    const Node& node = *instruction.node;
    const auto expected = evaluate_with_rounding(node, in, error_factor(instruction, kernels_));
    for (std::size_t o = 0; o < got.size(); ++o) {
      double& largest = judged_.largest[instruction.kernel_name];
      double most = 0;
      std::string text;
      for (std::int64_t i = 0; i < got[o].size(); ++i) {
        const double part = part_of(got[o][i], expected.values[o][i], expected.allowed[o][i]);
        if (part <= most) continue;
        most = part;
        text = fmt::format(
            "{} (%{}) output {}, element {} of {}: expected {:.9g}, got {:.9g}, "
            "allowed {:.2g}",
            instruction.kernel_name, node.id(), o, i, to_text(got[o].type), expected.values[o][i],
            got[o][i], expected.allowed[o][i]);
      }
      largest = std::max(largest, most);
      if (most > 1) judged_.wrong.push_back(text);
    }
  }

  static double part_of(double got, double expected, double allowed) {
    if (got == expected || (std::isnan(got) && std::isnan(expected))) return 0;
    const double part = std::abs(got - expected) / allowed;
    return std::isnan(part) ? std::numeric_limits<double>::infinity() : part;
  }

  const KernelRegistry& kernels_;
  std::unordered_map<const Node*, const Instruction*> instruction_of_;
  JudgedRun judged_;
};

}  // namespace

JudgedRun judged_run(const Program& program, const KernelRegistry& kernels, const Arrays& inputs,
                     const Arrays& variables) {
  return Judge(program, kernels).run(*program.graph, inputs, variables);
}

}  // namespace agon
