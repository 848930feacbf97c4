#include "ops/device_loop/loop_functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "ops/device_loop/loop_text.h"
#include "ops/device_loop/split.h"

namespace agon {

namespace {

constexpr std::size_t kMostFolds = 8;  // of one function: they share 48 KiB of memory
using Axes = std::vector<std::int64_t>;

/// Neighbouring axes that are all reduced or all kept, without those of size 1.
struct AxisGroup {
  std::int64_t size = 1;
  bool reduced = false;
};

std::vector<AxisGroup> groups_of(const Shape& shape, const Axes& axes) {
  std::vector<AxisGroup> groups;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] == 1) continue;
    const bool reduced = std::ranges::find(axes, axis) != axes.end();
    if (groups.empty() || groups.back().reduced != reduced) groups.push_back({1, reduced});
    groups.back().size *= shape[axis];
  }
  return groups;
}

LoopValue input_value(int input) {
  return {.is = LoopValue::Is::Input, .input = input};
}

class LoopPlanner {
 public:
  explicit LoopPlanner(const DeviceArguments& arguments) : arguments_(arguments) {}

  void plan(DeviceLoop loop) {
    std::vector<LoopFold> apart;
    if (!loop.folds.empty()) apart = take_apart(loop);
    std::vector<std::pair<LoopFold, DeviceTensor>> later;
    for (const LoopFold& fold : apart) {
      const DeviceTensor* input = whole_input(loop, fold.value);
      if (input != nullptr) {  // before anything may be written over it
        fold_by_groups(*input, loop.shape, fold, loop.wide);
      } else {
        later.emplace_back(fold, stored_whole(loop, fold.value));
      }
    }
    if (!loop.stores.empty() || !loop.folds.empty()) put_function(loop, true);
    for (const auto& [fold, source] : later) fold_by_groups(source, loop.shape, fold, loop.wide);
  }

  LoopFunctions finish() {
    made_.scratch_bytes = static_cast<std::size_t>(scratch_);
    return std::move(made_);
  }

 private:
  DeviceTensor scratch_tensor(const char* name, DType dtype, std::int64_t elements) {
    DeviceTensor tensor{fmt::format("{}{}", name, tensors_++), dtype, scratch_};
    const std::int64_t bytes = elements * static_cast<std::int64_t>(bytes_of(dtype));
    scratch_ += (bytes + 63) / 64 * 64;
    return tensor;
  }

  static DType own_dtype(bool wide) { return wide ? DType::F64 : DType::F32; }

  /// Leaves the folds of the form that most have; returns the others.
  static std::vector<LoopFold> take_apart(DeviceLoop& loop) {
    const auto form = [&](const LoopFold& fold) { return fold_form(loop.shape, fold.axes); };
    const auto same = [](const std::optional<FoldForm>& a, const std::optional<FoldForm>& b) {
      return a && b && a->outer == b->outer && a->reduced == b->reduced && a->inner == b->inner;
    };
    std::optional<FoldForm> best;
    std::ptrdiff_t most = 0;
    for (const LoopFold& candidate : loop.folds) {
      const auto count = std::ranges::count_if(
          loop.folds, [&](const LoopFold& fold) { return same(form(fold), form(candidate)); });
      if (count > most) best = form(candidate);
      most = std::max(most, count);
    }
    std::vector<LoopFold> kept, apart;
    for (LoopFold& fold : loop.folds) {
      const bool fits = same(form(fold), best) && kept.size() < kMostFolds;
      (fits ? kept : apart).push_back(std::move(fold));
    }
    loop.folds = std::move(kept);
    return apart;
  }

  /// The value as an input of the loop's shape; null where it is none.
  static const DeviceTensor* whole_input(const DeviceLoop& loop, int value) {
    const LoopValue& v = loop.values[static_cast<std::size_t>(value)];
    if (v.is != LoopValue::Is::Input) return nullptr;
    const LoopInput& input = loop.inputs[static_cast<std::size_t>(v.input)];
    return input.shape.elements() == loop.shape.elements() ? &input.from : nullptr;
  }

  /// Scratch that the loop writes the value to.
  DeviceTensor stored_whole(DeviceLoop& loop, int value) {
    for (const LoopStore& store : loop.stores) {
      if (store.value == value && store.to.scratch >= 0) return store.to;
    }
    DeviceTensor whole = scratch_tensor("whole", own_dtype(loop.wide), loop.shape.elements());
    loop.stores.push_back({value, whole});
    return whole;
  }

  /// One function for each group of reduced axes, the innermost first.
  void fold_by_groups(DeviceTensor from, const Shape& shape, const LoopFold& fold, bool wide) {
    std::vector<AxisGroup> groups = groups_of(shape, fold.axes);
    if (std::ranges::none_of(groups, &AxisGroup::reduced)) groups.push_back({1, true});
    while (true) {
      std::size_t g = groups.size();
      std::int64_t inner = 1, outer = 1;
      while (!groups[--g].reduced) inner *= groups[g].size;
      bool last = true;
      for (std::size_t i = 0; i < g; ++i) {
        outer *= groups[i].size;
        last = last && !groups[i].reduced;
      }
      const DeviceTensor to =
          last ? fold.to : scratch_tensor("between", own_dtype(wide), outer * inner);
      const Shape three{outer, groups[g].size, inner};
      put_function({.shape = three,
                    .inputs = {{from, three}},
                    .values = {input_value(0)},
                    .folds = {{fold.fold, 0, {1}, to}},
                    .wide = wide},
                   true);
      if (last) return;
      from = to;
      groups.erase(groups.begin() + static_cast<std::ptrdiff_t>(g));
    }
  }

  /// The loop as one function, and one that joins its folds' partial results where it has such.
  void put_function(DeviceLoop loop, bool may_chunk) {
    FoldForm form{1, 1, loop.shape.elements()};
    if (!loop.folds.empty()) form = *fold_form(loop.shape, loop.folds[0].axes);
    const LoopSplit split = split_of(form, !loop.folds.empty(), !loop.wide, may_chunk);
    if (split.places() == 0) return;
    const Shape partial{form.outer, split.chunks, form.inner};
    DeviceLoop join{.shape = partial, .wide = true};
    if (split.chunks > 1) {
      for (LoopFold& fold : loop.folds) {
        const int number = static_cast<int>(join.inputs.size());
        join.folds.push_back({fold.fold, number, {1}, fold.to});
        fold.to = scratch_tensor("partial", own_dtype(loop.wide), partial.elements());
        join.inputs.push_back({fold.to, partial});
        join.values.push_back(input_value(number));
      }
    }
    made_.functions.push_back({.code = loop_text(loop, split),
                               .in = arguments_.in,
                               .out = arguments_.out,
                               .blocks = split.blocks(),
                               .threads = static_cast<int>(split.threads())});
    if (split.chunks > 1) put_function(std::move(join), false);
  }

  const DeviceArguments& arguments_;
  LoopFunctions made_;
  std::int64_t scratch_ = 0;
  int tensors_ = 0;
};

}  // namespace

LoopFunctions loop_functions(const DeviceLoop& loop, const DeviceArguments& arguments) {
  LoopPlanner planner(arguments);
  planner.plan(loop);
  return planner.finish();
}

bool may_store_over(const DeviceLoop& loop, int input, const DeviceTensor& store) {
  const LoopInput& read = loop.inputs[static_cast<std::size_t>(input)];
  const auto is_store = [&](const LoopStore& s) { return s.to.name == store.name; };
  return read.shape.elements() == loop.shape.elements() &&
         bytes_of(read.from.dtype) == bytes_of(store.dtype) &&
         std::ranges::any_of(loop.stores, is_store);
}

}  // namespace agon
