#include "tests/ops/fused_bodies.h"

#include <fmt/format.h>

#include "engine/base/philox.h"
#include "engine/ir/fused.h"
#include "engine/ir/op_def.h"
#include "engine/ir/print.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"
#include "tests/ops/harness_checks.h"

namespace agon::op_cases {

namespace {

using Unary = Value (*)(Value);
using Binary = Value (*)(Value, Value);

/// |y| <= 1.1 and |dy/dx| <= 1.2 where |x| <= 1.1.
constexpr Unary kSmooth[] = {
    [](Value x) { return neg(x); },
    [](Value x) { return exp(-abs(x)); },
    [](Value x) { return log(abs(x) + 1); },
    [](Value x) { return sqrt(abs(x) + 0.25); },
    [](Value x) { return tanh(x); },
    [](Value x) { return sigmoid(x); },
    [](Value x) { return softplus(x) * 0.5; },
    [](Value x) { return erf(x); },
    [](Value x) { return sin(x); },
    [](Value x) { return relu(x); },
    [](Value x) { return leaky_relu(x, 0.2); },
    [](Value x) { return elu(x, 0.7); },
    [](Value x) { return selu(x) * 0.5; },
    [](Value x) { return gelu(x); },
    [](Value x) { return silu(x); },
    [](Value x) { return pow(x, x.graph().constant(2)) * 0.5; },
    [](Value x) { return pow(abs(x) + 0.5, x.graph().constant(1.5)) * 0.5; },
    [](Value x) { return 0.25 - x * 0.75; },
    [](Value x) { return min(x, x.graph().constant(0.5)); },
    [](Value x) { return max(x.graph().constant(-0.5), x); },
};
constexpr Binary kTwo[] = {
    [](Value a, Value b) { return (a + b) * 0.5; },
    [](Value a, Value b) { return (a - b) * 0.5; },
    [](Value a, Value b) { return a * b; },
    [](Value a, Value b) { return a * b * 0.5 + b * 0.5; },
    [](Value a, Value b) { return b * 0.5 - a * a * 0.5; },
    [](Value a, Value b) { return a * b - b * 0.1; },
    [](Value a, Value b) { return (a - b) * a * 0.5; },
    [](Value a, Value b) { return a / (abs(b) + 1); },
    [](Value a, Value b) { return min(a, b); },
    [](Value a, Value b) { return max(a, b); },
    [](Value a, Value b) { return pow(abs(a) + 0.5, abs(b)) * 0.5; },
};
/// Jumps, so only of inputs, which are the same to the last bit everywhere.
constexpr Binary kJumps[] = {
    [](Value a, Value b) { return equal(a, b); },
    [](Value a, Value b) { return not_equal(a, b); },
    [](Value a, Value b) { return less(a, b); },
    [](Value a, Value b) { return less_equal(a, b); },
    [](Value a, Value b) { return greater(a, b); },
    [](Value a, Value b) { return greater_equal(a, b); },
    [](Value a, Value b) { return sign(a) * b; },
    [](Value a, Value b) { return floor(a * 2) * 0.5 + b * 0; },
};

class BodyDrawer {
 public:
  BodyDrawer(const Shape& shape, int number)
      : shape_(shape), random_(1, fmt::format("fused/{}", number)), body_(all_ops()) {}

  Case draw(int number) {
    const std::size_t inputs = 1 + random_.below(4);
    for (std::size_t i = 0; i < inputs; ++i) {
      made_.inputs.push_back({Type{DType::F32, i == 0 ? shape_ : stretching()}});
      inputs_.push_back(body_.input(fmt::format("{}", i), made_.inputs.back().type));
    }
    const std::size_t steps = 1 + random_.below(10);
    for (std::size_t i = 0; i < steps; ++i) values_.push_back(full(step()));
    set_outputs();
    made_.op = "fused";
    made_.label = fmt::format("drawn_{}", number);
    made_.attrs = Attrs(FusedAttrs{to_text(body_)}).text();
    made_.reduces = shape_.elements();
    made_.gradients = false;
    made_.accepts = {"cpu:fused"};
    return made_;
  }

 private:
  template <class List>
  const auto& one_of(const List& list) {
    return list[random_.below(static_cast<std::uint32_t>(std::size(list)))];
  }

  /// The loop's shape with any axes of size 1, or a scalar.
  Shape stretching() {
    if (random_.below(8) == 0) return {};
    Shape shape = shape_;
    for (int axis = 0; axis < shape.rank(); ++axis) {
      if (random_.below(2) == 0) shape = shape.with(axis, 1);
    }
    return shape;
  }

  Value full(Value v) { return broadcast(v, shape_); }

  Value operand() {
    return !values_.empty() && random_.below(3) > 0 ? one_of(values_) : one_of(inputs_);
  }

  Value step() {
    const std::uint32_t kind = random_.below(10);
    Value a = operand();
    if (kind < 3) return one_of(kSmooth)(full(a));
    if (kind < 8) {
      Value b = operand();
      if (stretched_type(a, b) != shape_) a = full(a);
      return one_of(kTwo)(full(a), b);
    }
    const Value jump = one_of(kJumps)(full(one_of(inputs_)), full(one_of(inputs_)));
    return kind == 8 ? jump : where(jump, full(a), operand());
  }

  static Shape stretched_type(Value a, Value b) {
    return a.shape().elements() >= b.shape().elements() ? a.shape() : b.shape();
  }

  void set_outputs() {
    int count = 0;
    const auto add = [&](Value v) { body_.set_output(fmt::format("{}", count++), v); };
    add(values_.back());
    const std::uint32_t more = random_.below(3);
    for (std::uint32_t i = 0; i < more; ++i) add(one_of(values_));
    if (shape_.rank() == 0) return;
    const std::uint32_t folds = random_.below(4);
    for (std::uint32_t i = 0; i < folds; ++i) {
      const Value of = one_of(values_);
      const auto axes = folded_axes();
      const bool keep = random_.below(2) == 0;
      add(random_.below(4) == 0 ? reduce_max(of, axes, keep) : sum(of, axes, keep));
    }
  }

  /// Neighbours mostly, now and then any.
  std::vector<std::int64_t> folded_axes() {
    const auto rank = static_cast<std::uint32_t>(shape_.rank());
    std::vector<std::int64_t> axes;
    if (random_.below(6) == 0) {
      for (std::uint32_t axis = 0; axis < rank; ++axis) {
        if (random_.below(2) == 0) axes.push_back(axis);
      }
    }
    if (!axes.empty()) return axes;
    const std::uint32_t first = random_.below(rank);
    const std::uint32_t last = first + random_.below(rank - first);
    for (std::uint32_t axis = first; axis <= last; ++axis) axes.push_back(axis);
    return axes;
  }

  Shape shape_;
  RandomStream random_;
  Graph body_;
  Case made_;
  std::vector<Value> inputs_, values_;
};

}  // namespace

Case drawn_body(const Shape& shape, int number) {
  return BodyDrawer(shape, number).draw(number);
}

std::vector<Value> adam(Graph&, const std::vector<Value>& in) {
  const Value w = in[0], g = in[1], rate = in[4], root = in[5];
  const Value m = in[2] * 0.5 + g * 0.5;
  const Value v = in[3] * 0.999 + g * g * 0.001;
  return {w - rate * (m / (sqrt(v) * root + 1e-2)), m, v};
}

}  // namespace agon::op_cases
