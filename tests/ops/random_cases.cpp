#include <fmt/format.h>

#include "tests/ops/harness.h"

namespace agon::op_cases {

namespace {

std::vector<Case> rows() {
  std::vector<Case> rows;
  for (const std::string op : {"random_uniform", "random_normal"}) {
    for (const std::string shape : {"[]", "[1]", "[3]", "[4, 5]", "[64]", "[1023]", "[1024]",
                                    "[1025]", "[8191]", "[8193]", "[7, 4001]", "[40961]"}) {
      for (const std::string dtype : {"f32", "f64"}) {
        Case row;
        row.op = op;
        row.inputs = {f64().below(100000), f64().below(7)};
        row.attrs =
            fmt::format("{{shape: {}, dtype: {}, seed: 5, stream: \"z/normal1\"}}", shape, dtype);
        row.exact = true;
        row.accepts = {"cpu:" + op};
        rows.push_back(row);
      }
    }
  }
  return rows;
}

const CaseTable kDraws(rows());

const RefusedTable kRefused({
    {.op = "random_normal",
     .inputs = {f32(), f64()},
     .attrs = "{shape: [2]}",
     .message = "random_normal: expects step and draw f64[], got f32[]"},
    {.op = "random_uniform",
     .inputs = {f64(), f64()},
     .attrs = "{shape: [2], dtype: i32}",
     .message = "random_uniform: expects a floating dtype, got i32"},
});

}  // namespace
}  // namespace agon::op_cases
