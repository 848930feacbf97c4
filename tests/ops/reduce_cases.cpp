#include "tests/ops/harness.h"

namespace agon::op_cases {

namespace {

/// An input and what is reduced of it, for sum and reduce_max alike.
struct Reduction {
  std::string label;
  Input x;
  std::string attrs;
  std::int64_t reduces;
  bool large = false;
};

std::vector<Reduction> reductions() {
  return {
      {"all", f32(3, 5), "{axes: [0, 1], keep: false}", 15},
      {"all_kept", f32(3, 5), "{axes: [0, 1], keep: true}", 15},
      {"nothing", f32(3, 5), "{axes: [], keep: false}", 1},
      {"scalar", f32(), "{axes: [], keep: false}", 1},
      {"one_axis_of_1", f32(4, 1), "{axes: [1], keep: false}", 1},
      {"rows", f32(4, 7), "{axes: [1], keep: false}", 7},
      {"columns", f32(4, 7), "{axes: [0], keep: true}", 4},
      {"middle", f32(3, 4, 5), "{axes: [1], keep: false}", 4},
      {"channels", f32(2, 3, 4, 5), "{axes: [0, 1, 2], keep: true}", 24},
      {"instances", f32(2, 3, 4, 5), "{axes: [1, 2], keep: true}", 12},
      {"channels_first", f32(3, 4, 5), "{axes: [0, 2], keep: false}", 15},
      {"alternating", f32(2, 3, 2, 3, 2), "{axes: [0, 2, 4], keep: false}", 8},
      {"f64", f64(4, 7), "{axes: [0], keep: false}", 4},
      {"large_all", f32(5, 70001), "{axes: [0, 1], keep: false}", 350005, true},
      {"large_rows", f32(301, 263), "{axes: [1], keep: false}", 263, true},
      {"long_rows", f32(3, 12289), "{axes: [1], keep: false}", 12289, true},
      {"large_columns", f32(64, 2100), "{axes: [0], keep: false}", 64, true},
      {"large_channels", f32(7, 31, 33, 67), "{axes: [0, 1, 2], keep: true}", 7161, true},
      {"large_channels3", f32(7, 61, 33, 3), "{axes: [0, 1, 2], keep: true}", 14091, true},
      {"large_channels1", f32(9, 61, 33, 1), "{axes: [0, 1, 2], keep: true}", 18117, true},
      {"large_instances", f32(5, 24, 25, 16), "{axes: [1, 2], keep: true}", 600, true},
      {"large_instances3", f32(50, 23, 25, 3), "{axes: [1, 2], keep: true}", 575, true},
      {"large_channels_first", f32(9, 8, 1200), "{axes: [0, 2], keep: false}", 10800, true},
      {"short_columns", f32(4000, 2, 5), "{axes: [1], keep: false}", 2, true},
  };
}

std::vector<Case> rows() {
  std::vector<Case> rows;
  for (const Reduction& r : reductions()) {
    Case row;
    row.op = "sum";
    row.label = r.label;
    row.inputs = {r.x};
    row.attrs = r.attrs;
    row.reduces = r.reduces;
    row.gradients = !r.large;
    if (r.x.type.dtype == DType::F32) row.accepts = {"cpu:sum"};
    rows.push_back(row);
    row.op = "reduce_max";
    row.reduces = 0;
    row.distinct = !r.large;
    if (r.x.type.dtype == DType::F32) row.accepts = {"cpu:reduce_max"};
    rows.push_back(row);
  }
  return rows;
}

const CaseTable kFolds(rows());

const CaseTable kOthers({
    {.op = "sum",
     .label = "labels",
     .inputs = {i32(5, 6).below(9)},
     .attrs = "{axes: [1], keep: false}"},
    {.op = "reduce_max",
     .label = "labels",
     .inputs = {i32(5, 6).below(9)},
     .attrs = "{axes: [0], keep: false}"},
    {.op = "reduce_max",
     .label = "ties",
     .inputs = {f32(50, 6).below(3)},
     .attrs = "{axes: [1], keep: false}"},
    {.op = "argmax", .label = "last", .inputs = {f32(9, 5)}, .attrs = "{axis: 1}"},
    {.op = "argmax", .label = "first", .inputs = {f32(9, 5)}, .attrs = "{axis: 0}"},
    {.op = "argmax", .label = "middle", .inputs = {f32(3, 5, 4)}, .attrs = "{axis: 1}"},
    {.op = "argmax", .label = "ties", .inputs = {f32(90, 5).below(2)}, .attrs = "{axis: 1}"},
    {.op = "argmax", .label = "f64", .inputs = {f64(9, 5)}, .attrs = "{axis: 1}"},
    {.op = "argmax",
     .label = "large",
     .inputs = {f32(5001, 10)},
     .attrs = "{axis: 1}",
     .gradients = false},
    {.op = "argmin", .label = "last", .inputs = {f32(9, 5)}, .attrs = "{axis: 1}"},
    {.op = "argmin", .label = "ties", .inputs = {i32(90, 5).below(2)}, .attrs = "{axis: 1}"},
});

const RefusedTable kRefused({
    {.op = "sum",
     .inputs = {f32(2, 3)},
     .attrs = "{axes: [2]}",
     .message = "sum: expects an axis of [2, 3], got 2"},
    {.op = "sum",
     .inputs = {f32(2, 3)},
     .attrs = "{axes: [1, 0]}",
     .message = "sum: expects axes in rising order, got [1, 0]"},
    {.op = "reduce_max",
     .inputs = {f32(2, 3)},
     .attrs = "{axes: [-1]}",
     .message = "reduce_max: expects an axis of [2, 3], got -1"},
    {.op = "argmax",
     .inputs = {f32(2, 3)},
     .attrs = "{axis: 5}",
     .message = "argmax: expects an axis of [2, 3], got 5"},
});

}  // namespace
}  // namespace agon::op_cases
