#include "ops/resample/resample.h"
#include "tests/ops/harness.h"

namespace agon::op_cases {

namespace {

/// One map along an axis of [2, in, 3] (or, along axis 2, of [2, 3, in]), from which the cases of
/// both ops follow.
struct Map {
  std::string label;
  std::string rule;
  std::int64_t in, out, before = 0;
  std::int64_t reduces = 0;  // numbers added up, either way
  std::int64_t axis = 1;
};

std::vector<Map> maps() {
  return {
      {"nearest_more", "nearest", 3, 7, 0, 3},
      {"nearest_fewer", "nearest", 7, 3, 0, 0},
      {"bilinear_more", "bilinear", 3, 8, 0, 6},
      {"bilinear_fewer", "bilinear", 9, 4, 0, 2, 2},
      {"bicubic_more", "bicubic", 4, 9, 0, 10},
      {"bicubic_fewer", "bicubic", 9, 4, 0, 4, 2},
      {"bicubic_of_one", "bicubic", 1, 4, 0, 4},
      {"area_fewer", "area", 8, 3, 0, 4},
      {"area_more", "area", 3, 5, 0, 3, 2},
      {"binomial", "binomial", 5, 5, 1, 3},
      {"binomial_wider_than_all", "binomial", 3, 3, 2, 3, 2},
      {"reflect", "reflect", 4, 9, 2, 3},
      {"replicate", "replicate", 2, 9, 4, 5, 2},
  };
}

std::vector<Case> rows() {
  std::vector<Case> rows;
  for (const Map& m : maps()) {
    const auto of = [&](std::int64_t size) {
      return m.axis == 1 ? f32(2, size, 3) : f32(2, 3, size);
    };
    const auto add = [&](const std::string& op, std::int64_t from, std::int64_t to) {
      const ResampleAttrs attrs{.axis = m.axis, .size = to, .rule = m.rule, .before = m.before};
      rows.push_back({.op = op,
                      .label = m.label,
                      .inputs = {of(from)},
                      .attrs = Attrs(attrs).text(),
                      .reduces = m.reduces,
                      .accepts = {"cpu:" + op}});
    };
    add("resample", m.in, m.out);
    add("resample_grad", m.out, m.in);
  }
  return rows;
}
const CaseTable kCases(rows());

const CaseTable kLarge({
    {.op = "resample",
     .label = "picture",
     .inputs = {f32(4, 64, 48, 3)},
     .attrs = "{axis: 2, size: 20, rule: \"bicubic\"}",
     .reduces = 4,
     .gradients = false,
     .accepts = {"cpu:resample"}},
    {.op = "resample_grad",
     .label = "picture",
     .inputs = {f32(4, 64, 16, 19)},
     .attrs = "{axis: 1, size: 30, rule: \"bilinear\"}",
     .reduces = 6,
     .gradients = false,
     .accepts = {"cpu:resample_grad"}},
    {.op = "resample",
     .label = "in_float64",
     .inputs = {f64(1, 4, 2)},
     .attrs = "{axis: 1, size: 6, rule: \"bicubic\"}"},
    {.op = "resample_grad",
     .label = "in_float64",
     .inputs = {f64(1, 7, 2)},
     .attrs = "{axis: 1, size: 4, rule: \"bilinear\"}",
     .reduces = 4},
});

const RefusedTable kRefused({
    {.op = "resample",
     .inputs = {f32(2, 3)},
     .attrs = "{axis: 2}",
     .message = "resample: expects an axis of [2, 3], got 2"},
    {.op = "resample",
     .inputs = {f32(2, 3)},
     .attrs = "{axis: 1, size: 0}",
     .message = "resample: expects a size of at least 1, got 0"},
    {.op = "resample",
     .inputs = {f32(2, 3)},
     .attrs = "{axis: 1, size: 4, rule: \"cubic\"}",
     .message = "resample: no rule 'cubic'"},
    {.op = "resample",
     .inputs = {f32(2, 3)},
     .attrs = "{axis: 1, size: 4, rule: \"binomial\", before: 1}",
     .message = "resample: binomial expects equal sizes, got 3 and 4"},
    {.op = "resample",
     .inputs = {f32(2, 3)},
     .attrs = "{axis: 1, size: 9, rule: \"reflect\", before: 3}",
     .message = "resample: reflect expects padding below the size 3, got 3"},
    {.op = "resample_grad",
     .inputs = {f32(2, 3)},
     .attrs = "{axis: 1, size: 4, rule: \"replicate\"}",
     .message = "resample_grad: expects a size of at least 0 + 4, got 3"},
});

}  // namespace
}  // namespace agon::op_cases
