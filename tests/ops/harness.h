#pragma once
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/ir/graph.h"
#include "engine/ir/ndarray.h"
#include "engine/ir/type.h"

/// Tests of ops as data. A file tests/ops/<family>_cases.cpp holds tables:
///
///   const CaseTable cases({
///       {.op = "leaky_relu", .inputs = {f32(2, 3, 4)}, .attrs = "{slope: 0.2}", .kinks = {0},
///        .accepts = {"cpu:fused"}},
///       {.op = "matmul", .inputs = {f32(7, 33), f32(33, 5)}, .reduces = 33,
///        .accepts = {"onednn:matmul"}},
///       {.op = "gather_rows", .inputs = {f32(5, 3), i32(4).below(5)}},
///       {.op = "max", .inputs = {f32(4, 3), f32(4, 3)}, .distinct = true},
///       {.op = "log", .inputs = {f32(40).between(0.1, 3)}},
///       {.op = "where", .inputs = {f32(4, 3).below(2), f32(4, 3), f32(4, 3)}},
///   });
///   const RefusedTable refused({
///       {.op = "matmul", .inputs = {f32(2, 3), f32(4, 5)}, .message = "matmul: ..."},
///   });
///
/// For each case the harness (harness.cpp) checks
///   - that the graph survives printing and parsing, and that verify accepts it;
///   - that the reference gives what inference promises, and that `expand` means the same;
///   - every kernel registered for the op, and the reference as a kernel: it agrees with the
///     reference within tolerance() times its error factor, or refuses with a reason; two runs give
///     the same bits, on one core and on all, whatever lay in outputs and scratch before; nothing
///     is written outside the outputs and the scratch; in place, where allowed, gives the same
///     bits; for a pointwise op the kernels of op `fused` too, as all there is in its body;
///   - in float64, that the gradient agrees with central differences of the reference, and that the
///     gradient of (a random projection of) the gradient does too.
/// Another test fails naming every op that has no case.
namespace agon::op_cases {

/// The type of an input and how its elements are drawn (seeded by case and input).
struct Input {
  Type type;
  double low = -1;
  double high = 1;
  std::int64_t whole = 0;  // > 0: whole numbers in [0, whole), and no gradient is asked for

  Input between(double from, double to) const {
    Input copy = *this;
    copy.low = from;
    copy.high = to;
    return copy;
  }
  Input below(std::int64_t bound) const {
    Input copy = *this;
    copy.whole = bound;
    return copy;
  }
};

template <class... Sizes>
Input f32(Sizes... sizes) {
  return {Type{DType::F32, Shape{static_cast<std::int64_t>(sizes)...}}};
}
template <class... Sizes>
Input f64(Sizes... sizes) {
  return {Type{DType::F64, Shape{static_cast<std::int64_t>(sizes)...}}};
}
/// Say .below(bound) too, or all are 0.
template <class... Sizes>
Input i32(Sizes... sizes) {
  Input made{Type{DType::I32, Shape{static_cast<std::int64_t>(sizes)...}}};
  made.whole = 1;
  return made;
}

struct Case {
  std::string op = {};
  std::string label = {};  // letters, digits and _ for the test's name; default: a number
  std::vector<Input> inputs = {};
  std::string attrs = {};          // as printed in graphs: "{slope: 0.2}"
  std::vector<double> kinks = {};  // no drawn element lies within 0.05 of one
  bool distinct = false;  // no two elements, of whatever input, are closer than 1 / (3 * elements)
  std::int64_t reduces = 0;  // additions behind one output element; 0: errors are purely relative
  bool exact = false;        // the kernels give the bits of the reference
  bool gradients = true;     // false: shapes too large for central differences, or ties wanted
  std::vector<std::string> accepts = {};  // kernels that must not refuse
};

/// Inputs that inference must refuse with exactly this message.
struct Refused {
  std::string op = {};
  std::vector<Input> inputs = {};
  std::string attrs = {};
  std::string message = {};
};

/// Adds its rows to the program's tests; define at namespace scope.
struct CaseTable {
  explicit CaseTable(std::initializer_list<Case> rows);
  explicit CaseTable(std::vector<Case> rows);
};
struct RefusedTable {
  explicit RefusedTable(std::initializer_list<Refused> rows);
};

/// Drawn elements of the case's inputs, rounded to their types, named "x0", "x1", ...
std::map<std::string, NdArray> draw_inputs(const Case& c);

/// Compares d(sum of `y`)/dx, as differentiate() builds it, with central differences of
/// run_reference for each named f64 input of the graph (at most 48 elements of each, chosen by
/// seed); a message for the first disagreement, or "".
std::string check_gradient(Graph& graph, Value y, const std::vector<std::string>& inputs,
                           const std::map<std::string, NdArray>& values);

}  // namespace agon::op_cases
