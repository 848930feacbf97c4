#include "tests/ops/harness.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/base/philox.h"
#include "engine/ir/fused.h"
#include "engine/ir/op_def.h"
#include "engine/ir/print.h"
#include "engine/plan/tolerance.h"
#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/kernel.h"
#include "ops/ops.h"
#include "tests/ops/harness_checks.h"

namespace agon::op_cases {

const OpRegistry& all_ops() {
  static const OpRegistry* ops = [] {
    auto* made = new OpRegistry();
    register_all_ops(*made);
    return made;
  }();
  return *ops;
}

const KernelRegistry& all_kernels() {
  static const KernelRegistry* kernels = [] {
    auto* made = new KernelRegistry();
    register_all_kernels(*made);
    return made;
  }();
  return *kernels;
}

Lanes& test_lanes() {
  static Lanes lanes(4);
  return lanes;
}

namespace {
std::vector<Case>& case_list() {
  static std::vector<Case> list;
  return list;
}

std::vector<Refused>& refused_list() {
  static std::vector<Refused> list;
  return list;
}
}  // namespace

const std::vector<Case>& all_cases() {
  return case_list();
}

const std::vector<Refused>& all_refused() {
  return refused_list();
}

CaseTable::CaseTable(std::vector<Case> rows) {
  for (Case& row : rows) {
    int earlier = 0;
    for (const Case& other : case_list()) earlier += other.op == row.op ? 1 : 0;
    if (row.label.empty()) row.label = fmt::format("{}", earlier);
    case_list().push_back(std::move(row));
  }
}

CaseTable::CaseTable(std::initializer_list<Case> rows) : CaseTable(std::vector<Case>(rows)) {}

RefusedTable::RefusedTable(std::initializer_list<Refused> rows) {
  refused_list().insert(refused_list().end(), rows);
}

namespace {
bool is_drawn(const Input& input) {
  return is_floating(input.type.dtype) && input.whole == 0;
}

double away_from(const std::vector<double>& kinks, double value) {
  constexpr double kDistance = 0.05;
  for (const double kink : kinks) {
    const double off = value - kink;
    if (std::abs(off) < kDistance) value = kink + (off < 0 ? off - kDistance : off + kDistance);
  }
  return value;
}

/// Positions 0 .. count - 1 in random order.
std::vector<std::size_t> shuffled(std::size_t count, RandomStream& random) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = count; i > 1; --i)
    std::swap(order[i - 1], order[random.below(static_cast<std::uint32_t>(i))]);
  return order;
}
}  // namespace

std::map<std::string, NdArray> draw_inputs(const Case& c) {
  RandomStream random(1, "case/" + c.op + "/" + c.label);
  std::size_t total = 0;
  for (const Input& input : c.inputs)
    total += is_drawn(input) ? static_cast<std::size_t>(input.type.shape.elements()) : 0;
  const auto ranks = c.distinct ? shuffled(total, random) : std::vector<std::size_t>();
  std::map<std::string, NdArray> arrays;
  std::size_t position = 0;
  for (std::size_t i = 0; i < c.inputs.size(); ++i) {
    const Input& input = c.inputs[i];
    NdArray array(input.type);
    for (double& value : array.values) {
      double unit = random.uniform();
      if (!is_drawn(input)) {
        value = std::floor(unit * static_cast<double>(input.whole));
        continue;
      }
      if (c.distinct) {
        unit = (static_cast<double>(ranks[position++]) + 0.5 + (unit - 0.5) / 3) /
               static_cast<double>(total);
      }
      value = away_from(c.kinks, input.low + (input.high - input.low) * unit);
    }
    array.round_to_type();
    arrays[fmt::format("x{}", i)] = std::move(array);
  }
  return arrays;
}

CaseGraph build(const Case& c) {
  CaseGraph made{std::make_unique<Graph>(all_ops()), nullptr};
  std::vector<Value> inputs;
  for (std::size_t i = 0; i < c.inputs.size(); ++i)
    inputs.push_back(made.graph->input(fmt::format("x{}", i), c.inputs[i].type));
  const Attrs attrs = all_ops().at(c.op).read_attrs(c.attrs);
  made.node = made.graph->add(c.op, std::move(inputs), attrs).node;
  for (std::size_t i = 0; i < made.node->outputs().size(); ++i)
    made.graph->set_output(fmt::format("y{}", i), made.node->out(static_cast<int>(i)));
  return made;
}

Case as_fused(const Case& c) {
  Graph body(all_ops());
  std::vector<Value> inputs;
  for (std::size_t i = 0; i < c.inputs.size(); ++i)
    inputs.push_back(body.input(fmt::format("{}", i), c.inputs[i].type));
  body.set_output("0", body.add(c.op, std::move(inputs), all_ops().at(c.op).read_attrs(c.attrs)));
  Case fused = c;
  fused.op = "fused";
  fused.label = c.op + "_" + c.label;
  fused.attrs = Attrs(FusedAttrs{to_text(body)}).text();
  std::erase_if(fused.accepts, [](const std::string& name) { return !name.ends_with(":fused"); });
  return fused;
}

Case in_float64(const Case& c) {
  Case twin = c;
  for (Input& input : twin.inputs) {
    if (input.type.dtype == DType::F32) input.type.dtype = DType::F64;
  }
  const std::string f32 = "dtype: f32";
  if (const auto at = twin.attrs.find(f32); at != std::string::npos)
    twin.attrs.replace(at, f32.size(), "dtype: f64");
  return twin;
}

namespace {
/// Ops of the body of a fused node, else 1.
double steps(const Case& c) {
  if (c.op != "fused") return 1;
  const CaseGraph made = build(c);
  const auto body = fused_body(*made.node);
  return static_cast<double>(std::ranges::count_if(
      body->nodes(), [](const auto& node) { return !node->inputs().empty(); }));
}
}  // namespace

std::string first_difference(const Case& c, const NdArray& expected, const NdArray& got,
                             double error_factor) {
  const double factor = c.exact ? 0 : error_factor * steps(c);
  for (std::int64_t i = 0; i < expected.size(); ++i) {
    const double want = expected[i], have = got[i];
    if (want == have || (std::isnan(want) && std::isnan(have))) continue;
    const double allowed = tolerance(expected.type.dtype, c.reduces, factor, want);
    if (std::abs(want - have) <= allowed) continue;
    return fmt::format("element {} of {}: expected {:.9g}, got {:.9g}, allowed {:.2g} away", i,
                       to_text(expected.type), want, have, allowed);
  }
  return "";
}

double worst_error(const Case& c, const NdArray& expected, const NdArray& got,
                   double error_factor) {
  const double factor = error_factor * steps(c);
  double worst = 0;
  for (std::int64_t i = 0; i < expected.size(); ++i) {
    const double want = expected[i], have = got[i];
    if (want == have || !std::isfinite(want) || !std::isfinite(have)) continue;
    const double allowed = tolerance(expected.type.dtype, c.reduces, factor, want);
    worst = std::max(worst, std::abs(want - have) / allowed);
  }
  return worst;
}

}  // namespace agon::op_cases
