#include "runners/health/first_not_finite.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ir/expand.h"
#include "engine/ir/fused.h"
#include "engine/ir/op_def.h"
#include "engine/ir/reference.h"
#include "runners/bench/instruction_report.h"

namespace agon {

namespace {

NdArray array_of(const Type& type, const void* memory) {
  NdArray array(type);
  if (array.size() > 0) array.load(memory);
  return array;
}

bool all_finite(const NdArray& array) {
  for (std::int64_t i = 0; i < array.size(); ++i) {
    if (!std::isfinite(array[i])) return false;
  }
  return true;
}

/// "[0, 0.7]", "3 nan of 640".
std::string range_text(const NdArray& array) {
  double low = INFINITY, high = -INFINITY;
  std::size_t undefined = 0, infinite = 0;
  for (std::int64_t i = 0; i < array.size(); ++i) {
    undefined += std::isnan(array[i]) ? 1 : 0;
    infinite += std::isinf(array[i]) ? 1 : 0;
    if (!std::isfinite(array[i])) continue;
    low = std::min(low, array[i]);
    high = std::max(high, array[i]);
  }
  std::vector<std::string> parts;
  if (low <= high) parts.push_back(fmt::format("[{:.4g}, {:.4g}]", low, high));
  if (undefined > 0) parts.push_back(fmt::format("{} nan of {}", undefined, array.size()));
  if (infinite > 0) parts.push_back(fmt::format("{} inf of {}", infinite, array.size()));
  return joined(parts, " and ");
}

std::string ranges_text(const std::vector<NdArray>& arrays) {
  std::vector<std::string> texts;
  for (const NdArray& array : arrays) {
    if (array.size() > 0) texts.push_back(range_text(array));
  }
  return joined(texts);
}

/// What an op gave that is not finite.
struct Finding {
  std::string op, numbers, origin;
};

/// The op of a fused region, evaluated by references, that first gives what is not finite. Nothing
/// where the region's own arithmetic alone does.
std::optional<Finding> inside_region(const Node& region, const std::vector<NdArray>& inputs) {
  const auto body = fused_body(region);
  const EvaluatedGraph values(*body, [&](const Node& leaf) {
    return inputs.at(std::stoul(leaf.attrs_as<LeafAttrs>().name));
  });
  for (const Node* node : body->topological_order()) {
    if (node->inputs().empty()) continue;
    const NdArray& result = values.at({const_cast<Node*>(node), 0});  // NOLINT: a key to look up by
    if (all_finite(result)) continue;
    std::vector<NdArray> given;
    for (const Value& in : node->inputs()) given.push_back(values.at(in));
    return Finding{.op = node->op().name,
                   .numbers = fmt::format("{} from {}", range_text(result), ranges_text(given)),
                   .origin = {}};
  }
  return std::nullopt;
}

/// Where a graph as written has ops of that name: "mlp.yaml:8", "mlp.yaml:8 or mlp.yaml:12". What
/// one region computes comes from several lines, and it knows but one.
std::string lines_of(const Graph& written, const std::string& op) {
  const auto graph = written.clone();
  expand_composites(*graph);
  std::set<std::string> forward, backward;
  for (const auto& node : graph->nodes()) {
    if (node->is(op) && node->origin().known())
      (node->is_gradient() ? backward : forward).insert(origin_text(*node));
  }
  const std::set<std::string>& lines = forward.empty() ? backward : forward;
  return joined(std::vector<std::string>(lines.begin(), lines.end()), " or ");
}

/// Sees a step, and keeps what its first instruction gave that is not finite.
class Finder {
 public:
  void before(const Instruction& instruction, std::span<const void* const> inputs) {
    inputs_.clear();
    if (found_) return;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      inputs_.push_back(array_of(instruction.node->in(static_cast<int>(i)).type(), inputs[i]));
  }

  void after(std::size_t draw, const Instruction& instruction, std::span<void* const> outputs) {
    if (found_) return;
    const Node& node = *instruction.node;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const Type& type = node.outputs()[i];
      if (!is_floating(type.dtype)) continue;
      const NdArray output = array_of(type, outputs[i]);
      if (all_finite(output)) continue;
      if (node.is("fused")) found_ = inside_region(node, inputs_);
      is_inside_ = found_.has_value();
      if (!found_) {
        found_ =
            Finding{.op = node.op().name,
                    .numbers = fmt::format("{} from {}", range_text(output), ranges_text(inputs_)),
                    .origin = {}};
      }
      found_->origin = report_of(instruction).origin;
      draw_ = draw;
      return;
    }
  }

  /// `written`: by draw of the step.
  std::string where(const std::vector<const Graph*>& written) const {
    if (!found_) return "";
    std::string lines = is_inside_ ? lines_of(*written[draw_], found_->op) : "";
    if (lines.empty()) lines = found_->origin;
    return fmt::format("draw {}{}{}: {}: {}", draw_ + 1, lines.empty() ? "" : ", ", lines,
                       found_->op, found_->numbers);
  }

 private:
  std::vector<NdArray> inputs_;
  std::optional<Finding> found_;
  bool is_inside_ = false;
  std::size_t draw_ = 0;
};

void check(const std::function<bool()>& stop) {
  if (stop()) throw Error(ExitCode::Stopped, "stopped while looking for the first such number");
}

/// Does a step; whether all is finite after it.
bool finite_step(Course& course) {
  if (course.is_at_end_of_stage()) course.begin_next_stage();
  try {
    course.stage().trainer().step();
    course.stage().trainer().settle();
  } catch (const NotFiniteError&) {
    return false;
  }
  return not_finite(course.stage().variables()) == nullptr;
}

/// The first step up to `last` that is not finite; nothing if all are.
std::optional<std::int64_t> first_step(Course& course, std::int64_t last,
                                       const std::function<bool()>& stop) {
  while (course.steps_done() < last) {
    check(stop);
    const std::int64_t step = course.steps_done() + 1;
    if (!finite_step(course)) return step;
  }
  return std::nullopt;
}

}  // namespace

const Variables::Variable* not_finite(const Variables& variables) {
  for (const Variables::Variable& variable : variables.all()) {
    if (variable.type.dtype != DType::F32) continue;
    const auto* x = static_cast<const float*>(variable.memory.data());
    const std::int64_t count = variable.type.shape.elements();
    // 0 * x is 0 for finite x alone, and a sum of zeros needs no branch
    float sum = 0;
    for (std::int64_t i = 0; i < count; ++i) sum += 0 * x[i];
    if (sum != 0 || std::isnan(sum)) return &variable;
  }
  return nullptr;
}

FirstNotFinite first_not_finite(const Experiment& experiment, const std::vector<Plan>& plans,
                                const Means& means, const Checkpoint* from, std::int64_t last,
                                const std::function<bool()>& stop,
                                const std::function<void(Course&)>& before) {
  std::optional<std::int64_t> bad;
  {
    Course course(experiment, plans, means);
    course.begin(from);
    bad = first_step(course, last, stop);
  }
  FirstNotFinite found{.step = bad.value_or(last), .where = {}};
  if (!bad) return found;
  Course course(experiment, plans, means);
  course.begin(from);
  first_step(course, *bad - 1, stop);
  before(course);
  if (course.is_at_end_of_stage()) course.begin_next_stage();
  std::vector<const Graph*> written;
  for (const int program : course.plan().training.draws_at(*bad - 1))
    written.push_back(
        course.plan().training.programs[static_cast<std::size_t>(program)].graph.get());
  Finder finder;
  try {
    course.stage().trainer().step_observed(
        [&](std::size_t draw, const Instruction& instruction, std::span<void* const> outputs) {
          finder.after(draw, instruction, outputs);
        },
        [&](const Instruction& instruction, std::span<const void* const> inputs) {
          finder.before(instruction, inputs);
        });
  } catch (const NotFiniteError&) {  // as expected
  }
  found.where = finder.where(written);
  return found;
}

}  // namespace agon
