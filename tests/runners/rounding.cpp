#include "tests/runners/rounding.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "engine/ir/fused.h"
#include "engine/ir/op_def.h"
#include "engine/ir/reference.h"
#include "engine/plan/tolerance.h"

namespace agon {

namespace {

using Pointers = std::span<const NdArray* const>;

/// The sum of the sizes of what is added, where it is largest.
double size_of_sum(const Node& node, Pointers in) {
  std::vector<NdArray> sizes;
  for (const NdArray* array : in) {
    sizes.push_back(*array);
    for (double& v : sizes.back().values) v = std::abs(v);
  }
  std::vector<const NdArray*> pointers;
  for (const NdArray& array : sizes) pointers.push_back(&array);
  double most = 0;
  for (const NdArray& sums : evaluate(node, pointers)) {
    for (const double v : sums.values) most = std::max(most, std::abs(v));
  }
  return most;
}

/// What the node's own operations round.
std::vector<NdArray> own_rounding(const Node& node, Pointers in, const std::vector<NdArray>& values,
                                  double error_factor) {
  const std::int64_t count = reduction_length(node);
  // each addition rounds a partial sum by half an eps: 16 eps terms = 4 (eps / 2) size
  const double terms = count > 0 ? size_of_sum(node, in) / 8 : 0;
  std::vector<NdArray> allowed = values;
  for (NdArray& array : allowed) {
    // kernels flush what lies below the smallest normal number to 0
    const double flushed = array.type.dtype == DType::F32 ? std::numeric_limits<float>::min() : 0.0;
    for (double& v : array.values)
      v = tolerance(array.type.dtype, count, error_factor, v, terms) + (v != 0 ? flushed : 0);
  }
  return allowed;
}

void add_differences(const NdArray& a, const NdArray& b, NdArray& sum) {
  for (std::int64_t i = 0; i < sum.size(); ++i) sum[i] += std::abs(a[i] - b[i]);
}

/// What becomes of the errors of the operands, one after another.
void add_errors_of_operands(const Node& node, Pointers in, Pointers errors, const NdArray& value,
                            NdArray& allowed) {
  for (std::size_t operand = 0; operand < in.size(); ++operand) {
    if (std::ranges::all_of(errors[operand]->values, [](double e) { return e == 0; })) continue;
    NdArray moved = *in[operand];
    std::vector<const NdArray*> with(in.begin(), in.end());
    with[operand] = &moved;
    NdArray most(value.type);
    for (const double sign : {1.0, -1.0}) {
      for (std::int64_t i = 0; i < moved.size(); ++i)
        moved[i] = (*in[operand])[i] + sign * (*errors[operand])[i];
      NdArray far(value.type);
      add_differences(evaluate(node, with)[0], value, far);
      for (std::int64_t i = 0; i < far.size(); ++i) most[i] = std::max(most[i], far[i]);
    }
    for (std::int64_t i = 0; i < most.size(); ++i) allowed[i] += most[i];
  }
}

struct WithError {
  NdArray value, error;
};

WithError value_in_body(const Node& node, Pointers in, Pointers errors, double error_factor) {
  std::vector<NdArray> values = evaluate(node, in);
  std::vector<NdArray> allowed = own_rounding(node, in, values, error_factor);
  add_errors_of_operands(node, in, errors, values[0], allowed[0]);
  return {std::move(values[0]), std::move(allowed[0])};
}

Rounded evaluate_body(const Node& fused, Pointers in, double error_factor) {
  const auto body = fused_body(fused);
  std::unordered_map<const Node*, WithError> known;
  for (const Node* node : body->topological_order()) {
    if (node->is("input")) {
      const NdArray& value = *in[std::stoul(node->attrs_as<LeafAttrs>().name)];
      known[node] = {value, NdArray(value.type)};
      continue;
    }
    std::vector<const NdArray*> values, errors;
    for (const Value& v : node->inputs()) {
      values.push_back(&known.at(v.node).value);
      errors.push_back(&known.at(v.node).error);
    }
    known[node] = value_in_body(*node, values, errors, error_factor);
  }
  Rounded result;
  for (const auto& [name, v] : body->outputs()) {
    result.values.push_back(known.at(v.node).value);
    result.allowed.push_back(known.at(v.node).error);
  }
  return result;
}

}  // namespace

Rounded evaluate_with_rounding(const Node& node, Pointers in, double error_factor) {
  if (node.is("fused")) return evaluate_body(node, in, error_factor);
  Rounded result{evaluate(node, in), {}};
  result.allowed = own_rounding(node, in, result.values, error_factor);
  return result;
}

}  // namespace agon
