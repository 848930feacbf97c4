#include <fmt/format.h>

#include <limits>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "graphs/words/function_tables.h"
#include "ops/pointwise/pointwise.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

constexpr std::int64_t kMostExamples = 1 << 16;  // of a pool: what nobody has memory for

/// As state is kept: pictures channels last, numbers in f32.
Tensor as_state(const Tensor& x) {
  Tensor ordered = x.rank() == 4 ? as_channels_last(x) : as_plain(x);
  if (ordered.dtype() != DType::F64) return ordered;
  return like(ordered, convert(ordered.value, DType::F32));
}

/// sum and weight, both from 0: sum = r sum + (1 - r) x, weight = r weight + (1 - r); the value is
/// sum / weight.
Term build_smooth(const FunctionCall& call) {
  const double r = call.number(1);
  if (!(r >= 0 && r < 1))
    throw GraphError(fmt::format("expects a share to keep in [0, 1), got {}", number_text(r)));
  const Tensor number = picture_or_plain(call.graph.constant(0));
  const Tensor given = as_state(tensor_of(call.term(0), number));
  expect_real(given);
  const Tensor x = like(given, stop_gradient(given.value));
  KeptState& state = call.state();
  const Value sum = state.read("sum", x);
  const Value weight = state.read("weight", number);
  if (!state.looking()) {
    state.move("sum", like(x, sum * r + x.value * (1 - r)));
    state.move("weight", like(number, weight * r + (1 - r)));
  }
  const Value least = call.graph.constant(std::numeric_limits<float>::min());
  const Value begun = greater(weight, call.graph.constant(0));
  const Value mean = div(sum, max(weight, least));
  return like(x, where(begun, mean, x.value));
}

/// The pool of a batch: row s * batch + i is slot s of place i, so that no two examples of a batch
/// meet; place i has own[i] slots.
class Pool {
 public:
  Pool(const FunctionCall& call, const Tensor& x, std::int64_t count)
      : graph_(call.graph),
        state_(call.state()),
        x_(like(x, stop_gradient(x.value))),
        batch_(x.size(0)),
        slots_((count + batch_ - 1) / batch_) {
    std::vector<double> own;
    for (std::int64_t i = 0; i < batch_; ++i) {
      const std::int64_t slots = (count - 1 - i) / batch_ + 1;
      own.push_back(static_cast<double>(slots));
    }
    own_ = graph_.constant(own, DType::F32, Shape{batch_});
  }

  Tensor swapped() {
    const Tensor number = picture_or_plain(graph_.constant(0));
    const Value kept = state_.read("examples", place_of(slots_ * batch_));
    const Value filled = state_.read("filled", number);
    const Value filling = less(filled, own_);
    const Value swapping = mul(1.0 - filling, less(drawn("swap"), graph_.constant(0.5)));
    const Value chosen = min(floor(mul(drawn("slot"), own_)), own_ - 1.0);
    const Value slot = where(filling, filled, chosen);
    const Value old = gather_rows(kept, row_of(slot));
    state_.move("examples", with_stored(kept, slot, max(filling, swapping)));
    const Value most = graph_.constant(static_cast<double>(slots_));
    state_.move("filled", like(number, min(filled + 1.0, most)));
    return like(x_, where(by_example(swapping), old, x_.value));
  }

 private:
  Value drawn(const std::string& what) { return state_.draws().uniform(what, Shape{batch_}).value; }

  Value row_of(Value slot) {
    return convert(slot * static_cast<double>(batch_) + counted(batch_, Shape{batch_}), DType::I32);
  }

  /// 0, 1, 2, ...
  Value counted(std::int64_t count, const Shape& shape) {
    std::vector<double> numbers;
    for (std::int64_t i = 0; i < count; ++i) numbers.push_back(static_cast<double>(i));
    return graph_.constant(numbers, DType::F32, shape);
  }

  /// A tensor of so many examples.
  Tensor place_of(std::int64_t count) {
    std::vector<std::int64_t> sizes(x_.value.shape().begin(), x_.value.shape().end());
    sizes[0] = count;
    return picture_or_plain(graph_.constant(0, x_.dtype(), Shape(sizes)));
  }

  Value by_example(Value numbers) {
    std::vector<std::int64_t> ones(static_cast<std::size_t>(x_.value.rank()), 1);
    ones[0] = batch_;
    return reshape(numbers, Shape(ones));
  }

  /// The pool with x in the places that take theirs.
  Tensor with_stored(Value kept, Value slot, Value taking) {
    const std::int64_t numbers = x_.value.shape().elements() / batch_;
    const Value here =
        equal(counted(slots_, Shape{slots_, 1, 1}), reshape(slot, Shape{1, batch_, 1}));
    const Value takes = mul(here, reshape(taking, Shape{1, batch_, 1}));
    const Value stored = where(takes, reshape(x_.value, Shape{1, batch_, numbers}),
                               reshape(kept, Shape{slots_, batch_, numbers}));
    return picture_or_plain(reshape(stored, kept.shape()));
  }

  Graph& graph_;
  KeptState& state_;
  Tensor x_;
  std::int64_t batch_, slots_;
  Value own_;
};

Term build_image_pool(const FunctionCall& call) {
  const Tensor& given = call.tensor(0);
  expect_real(given);
  const std::int64_t count = call.whole(1);
  if (given.rank() == 0) throw GraphError("expects a tensor with a batch, got a number");
  if (call.state().looking() || count == 0) return like(given, stop_gradient(given.value));
  const Tensor x = as_state(given);
  if (count > kMostExamples)
    throw GraphError(fmt::format("expects at most {} examples, got {}", kMostExamples, count));
  if (count < x.size(0)) {
    throw GraphError(
        fmt::format("expects room for a batch of {} at least, got {}", x.size(0), count));
  }
  Tensor y = Pool(call, x, count).swapped();
  y.bounds = given.bounds;
  y.made_by = given.made_by;
  return y;
}

}  // namespace

std::vector<FunctionDef> state_functions() {
  return {
      {.name = "smooth",
       .doc =
           "average of x over the draws before: a = r a + (1 - r) x when a draw ends, divided by "
           "the sum of the weights; x itself in the first draw; no gradient; only read in sample "
           "and evaluate",
       .parameters = {"x", "r"},
       .build = build_smooth,
       .keeps_state = true},
      {.name = "image_pool",
       .doc = "x kept in n slots: while there is room x is stored and given; then with probability "
              "1/2 an example is swapped for a stored one (Shrivastava 2017); no gradient; x "
              "itself in sample and evaluate",
       .parameters = {"x", "n"},
       .build = build_image_pool,
       .keeps_state = true},
      {.name = "every",
       .doc = "term in the steps n divides (0, n, 2 n, ...), 0 in the others, where it is not "
              "computed "
              "at all",
       .parameters = {"n", "term"},
       .build = nullptr,
       .is_lazy = true},
  };
}

}  // namespace agon
