#include <fmt/format.h>

#include <functional>

#include "engine/base/philox.h"
#include "engine/ir/fused.h"
#include "engine/ir/op_def.h"
#include "engine/ir/print.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"
#include "tests/ops/fused_bodies.h"
#include "tests/ops/harness_checks.h"

namespace agon::op_cases {

namespace {

/// A body written by hand.
struct Written {
  std::string label;
  std::vector<Input> inputs;
  std::function<std::vector<Value>(Graph&, const std::vector<Value>&)> outputs;
  std::int64_t reduces = 1;
  std::string accepts = "cpu:fused";
};

using Values = std::vector<Value>;

const Input kPicture = f32(64, 14, 14, 32), kChannels = f32(1, 1, 1, 32);

std::vector<Written> written() {
  return {
      {"statistics",
       {kPicture, kChannels},
       [](Graph&, const Values& x) {
         const Value centred = x[0] - x[1];
         return Values{sum(x[0], {0, 1, 2}, true), sum(centred * centred, {0, 1, 2}, true)};
       },
       12544},
      {"normalise",
       {kPicture, kChannels, kChannels.between(0.5, 1), kChannels, kChannels},
       [](Graph&, const Values& x) {
         const Value unit = (x[0] - x[1]) / sqrt(x[2] + 1e-5);
         return Values{leaky_relu(unit * x[3] + x[4], 0.2)};
       }},
      {"normalise_backward_sums",
       {kPicture, kPicture, kPicture, kChannels, kChannels.between(0.5, 1)},
       [](Graph& g, const Values& x) {
         const Value dy = where(greater(x[0], g.constant(0)), x[1], x[1] * 0.2);
         const Value unit = (x[2] - x[3]) * x[4];
         return Values{sum(dy, {0, 1, 2}, true), sum(dy * unit, {0, 1, 2}, true)};
       },
       12544},
      {"adam",
       {f32(100003), f32(100003), f32(100003), f32(100003).between(0, 1), f32().between(0, 1e-2),
        f32().between(1, 2)},
       adam},
      {"adam_of_a_matrix",
       {f32(31, 77), f32(31, 77), f32(31, 77), f32(31, 77).between(0, 1), f32().between(0, 1),
        f32().between(1, 2)},
       adam},
      {"loss",
       {f32(64, 1), f32(64, 1).below(2)},
       [](Graph&, const Values& x) {
         return Values{sum(max(x[0], x[0] * 0) - x[0] * x[1] + softplus(-abs(x[0])))};
       },
       64},
      {"softmax_rows",
       {f32(500, 10)},
       [](Graph&, const Values& x) {
         return Values{reduce_max(x[0], {1}, true), sum(exp(x[0]), {1}, true)};
       },
       10},
      {"bias",
       {f32(16, 512), f32(1, 512)},
       [](Graph&, const Values& x) { return Values{leaky_relu(x[0] + x[1], 0.2)}; }},
      {"stretched_only",
       {f32(30, 1), f32(1, 50)},
       [](Graph&, const Values& x) {
         return Values{x[0] * x[1], broadcast(x[0], Shape{30, 50})};
       }},
      {"copies",
       {f32(70, 3)},
       [](Graph&, const Values& x) {
         return Values{neg(x[0]), x[0], neg(x[0])};
       }},
      {"separate_axes",
       {f32(6, 50, 7), f32(6, 50, 7)},
       [](Graph&, const Values& x) {
         return Values{sum(x[0] * x[1], {0, 2})};
       },
       42},
      {"kept_axes_apart",
       {f32(6, 40, 50, 7), f32(1, 1, 1, 7), f32(1, 1, 50, 1)},
       [](Graph&, const Values& x) { return Values{sum(x[0] * x[1] * x[2], {0})}; },
       6},
      {"rows_of_pictures",
       {f32(20, 33, 35, 3), f32(1, 1, 1, 3)},
       [](Graph&, const Values& x) {
         return Values{sum((x[0] + x[1]) * x[0], {1, 2, 3}, true)};
       },
       3465},
      {"instance",
       {f32(5, 300, 48), f32(1, 1, 48)},
       [](Graph&, const Values& x) {
         return Values{sum(x[0] * x[1], {1}), reduce_max(x[0], {1}, true)};
       },
       300},
      {"long_rows",
       {f32(40, 5000), f32(1, 5000), f32(40, 1)},
       [](Graph&, const Values& x) {
         return Values{sum(x[0] * exp(x[1]) + x[2], {0}), sum(x[0] * x[2], {1})};
       },
       5000},
      {"scalars_of_f64",
       {f64(), i32().below(50)},
       [](Graph&, const Values& x) {
         const Value t = convert(x[1], DType::F64) + 1;
         const Value rate = x[0] * sqrt(1 - pow(x[0].graph().constant(0.999, DType::F64), t));
         return Values{rate / t, convert(rate, DType::F32), convert(t * 1.5, DType::I32)};
       },
       1,
       "plain:fused"},
      {"few_of_several_shapes",
       {f32(3, 1), f32(1, 4), f64(3, 4)},
       [](Graph&, const Values& x) {
         const Value y = convert(x[2], DType::F32) * (x[0] - x[1]);
         return Values{y, sum(y, {0}), elu(y, 0.5), where(less(x[2], x[2] * 0), y, y + 1)};
       },
       3,
       "plain:fused"},
  };
}

std::vector<Case> written_cases() {
  std::vector<Case> cases;
  for (const Written& w : written()) {
    Graph body(all_ops());
    Values inputs;
    for (std::size_t i = 0; i < w.inputs.size(); ++i)
      inputs.push_back(body.input(fmt::format("{}", i), w.inputs[i].type));
    const Values outputs = w.outputs(body, inputs);
    for (std::size_t o = 0; o < outputs.size(); ++o)
      body.set_output(fmt::format("{}", o), outputs[o]);
    cases.push_back({.op = "fused",
                     .label = w.label,
                     .inputs = w.inputs,
                     .attrs = Attrs(FusedAttrs{to_text(body)}).text(),
                     .reduces = w.reduces,
                     .gradients = false,
                     .accepts = {w.accepts}});
  }
  return cases;
}

std::vector<Case> drawn_cases() {
  struct Row {
    Shape shape;
    int bodies;
  };
  const std::vector<Row> rows = {{{3, 5, 1}, 12},   {{17}, 6},         {{4, 1000}, 12},
                                 {{1}, 4},          {{}, 3},           {{9, 31, 3}, 12},
                                 {{2, 3, 700}, 12}, {{40, 6, 12}, 12}, {{5, 4, 3, 2, 7}, 16},
                                 {{300, 70}, 8},    {{2, 20000}, 4},   {{64, 7, 7, 64}, 3}};
  std::vector<Case> cases;
  for (const Row& row : rows) {
    for (int i = 0; i < row.bodies; ++i)
      cases.push_back(drawn_body(row.shape, static_cast<int>(cases.size())));
  }
  return cases;
}

const CaseTable kByHand(written_cases());
const CaseTable kDrawn(drawn_cases());

}  // namespace
}  // namespace agon::op_cases
