#include <fmt/format.h>

#include <algorithm>

#include "engine/base/error.h"
#include "graphs/keys/forms.h"
#include "graphs/words/layer_tables.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

struct Deviation {
  Whole group = 4;
};

const Keys<Deviation>& deviation_keys() {
  static const Keys<Deviation> keys =
      Keys<Deviation>(
          "minibatch_deviation",
          "one more channel: how far the examples of a group differ, sqrt(variance + 1e-8) of each "
          "number over the group, averaged over the numbers (Karras 2018)",
          {key(
              "group", &Deviation::group,
              "examples of a group, those a whole number of groups apart; the largest number up to "
              "this that divides the batch; 4 where not given",
              whole(1))})
          .argument("group");
  return keys;
}

/// A training batch must go up in whole groups; what is only looked at may be a last short batch.
std::int64_t group_of(LayerCall& call, std::int64_t most, std::int64_t batch) {
  std::int64_t group = std::min(most, batch);
  if (call.training() && batch % group != 0) {
    throw GraphError(fmt::format(
        "minibatch_deviation expects a batch that its group {} divides, got {}", group, batch));
  }
  while (batch % group != 0) --group;
  return group;
}

Tensor build_deviation(LayerCall& call, const Deviation& attributes) {
  constexpr double kEps = 1e-8;
  expect_real_current(call, "minibatch_deviation");
  const Tensor x = as_channels_last(call.current());
  if (x.rank() != 2 && x.rank() != 4) {
    throw GraphError("minibatch_deviation expects [features] or [channels, height, width], got " +
                     current_text(call));
  }
  const Shape& s = x.value.shape();
  const std::int64_t batch = s[0];
  const std::int64_t group = group_of(call, attributes.group.value(call.scope()), batch);
  const std::int64_t groups = batch / group;
  const Value each = reshape(x.value, {group, groups, s.elements() / batch});
  const Value centred = each - mean(each, {0}, true);
  const Value deviation = sqrt(mean(centred * centred, {0}) + kEps);
  const Value of_group = broadcast(reshape(mean(deviation, {1}), {1, groups}), {group, groups});
  const int last = x.rank() - 1;
  const Shape one = s.with(last, 1);
  Shape beside = one;
  for (int axis = 1; axis < last; ++axis) beside = beside.with(axis, 1);
  const Value channel = broadcast(reshape(of_group, beside), one);
  return like(x, concat({x.value, channel}, last));
}

}  // namespace

std::vector<LayerDef> deviation_layers() {
  return {layer<Deviation>("minibatch_deviation", deviation_keys(), build_deviation)};
}

}  // namespace agon
