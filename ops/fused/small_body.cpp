#include "ops/fused/small_body.h"

#include <fmt/format.h>

#include <cmath>
#include <unordered_map>

#include "engine/ir/fused.h"
#include "engine/ir/op_def.h"
#include "ops/device_loop/formula.h"
#include "ops/device_loop/lines.h"
#include "ops/device_loop/offsets.h"
#include "ops/pointwise/tables.h"
#include "ops/reduce/reduce.h"

namespace agon {

namespace {

/// A value is a variable where all of the body are single numbers, computed by one thread; else an
/// array in the scratch, of which thread t computes element t.
class SmallWriter {
 public:
  std::string read(const Node& node, SmallFunction& made) {
    const auto body = fused_body(node);
    order_ = body->topological_order();
    for (const Node* n : order_) {
      const std::int64_t count = elements(n->out_type());
      if (count > kFusedScalars)
        return fmt::format("{} elements, at most {}", count, kFusedScalars);
      single_ = single_ && count == 1;
    }
    put_all();
    int o = 0;
    for (const auto& [name, value] : body->outputs()) put_output(o++, value);
    if (!refusal_.empty()) return refusal_;
    made.function.code = lines_.text();
    made.function.threads = single_ ? 1 : static_cast<int>(kFusedScalars);
    for (const Value& v : node.inputs()) made.function.in.push_back(v.dtype());
    for (const Type& type : node.outputs()) made.function.out.push_back(type.dtype);
    made.scratch_bytes = single_ ? 0 : static_cast<std::size_t>(numbers_) * sizeof(double);
    return "";
  }

 private:
  static std::int64_t elements(const Type& type) { return type.shape.elements(); }

  void put_all() {
    if (!single_) {
      lines_.add("const u32 t = threadIdx.x;");
      lines_.add("double* const numbers = reinterpret_cast<double*>(scratch);");
    }
    for (const bool inputs : {true, false}) {
      for (const Node* node : order_) {
        if (node->is("input") == inputs && !is_number(*node)) put(*node);
      }
    }
  }

  static bool is_number(const Node& node) {
    return node.is("constant") && node.attrs_as<ConstantAttrs>().values.size() == 1;
  }

  /// An element of a value by its place.
  std::string element(const Value& v, const std::string& place) const {
    if (is_number(*v.node))
      return constant_text(v.node->attrs_as<ConstantAttrs>().values[0], v.dtype());
    const std::string name = fmt::format("v{}", names_.at(v.node));
    return single_ ? name : fmt::format("{}[{}]", name, place.empty() ? "0" : place);
  }

  void put(const Node& node) {
    const int v = static_cast<int>(names_.size());
    names_[&node] = v;
    if (!single_) {
      lines_.add(fmt::format("double* const v{} = numbers + {};", v, numbers_));
      numbers_ += elements(node.out_type());
    }
    if (node.op().folded_axes) return put_fold(node, v);
    std::string text = value_text(node);
    if (text.empty()) refusal_ = "no formula for " + node.op().name;
    const bool is_leaf = node.is("input") || node.is("constant");
    if (!is_leaf) text = rounded(text, node.out_type().dtype);
    put_line(fmt::format("v{}", v), text, elements(node.out_type()));
  }

  void put_line(const std::string& name, const std::string& text, std::int64_t count) {
    if (single_) {
      lines_.add(fmt::format("const double {} = {};", name, text));
    } else {
      lines_.add(fmt::format("if (t < {}) {}[t] = {};", count, name, text));
      lines_.add("__syncthreads();");
    }
  }

  static std::string rounded(const std::string& text, DType dtype) {
    if (dtype == DType::F32) return fmt::format("static_cast<float>({})", text);
    return dtype == DType::I32 ? fmt::format("trunc({})", text) : text;
  }

  /// The element of an operand that belongs to element t of a value of that shape.
  std::string operand(const Value& v, const Shape& shape) const {
    if (v.shape() == shape) return element(v, "t");
    return element(v, offset_text(offset_of(v.shape(), shape, AxisParts{}).terms[0], "t"));
  }

  std::string value_text(const Node& node) const {
    const Shape& shape = node.out_type().shape;
    if (node.is("input")) {
      const std::string& name = node.attrs_as<LeafAttrs>().name;
      return fmt::format("in{}[{}]", name, single_ ? "0" : "t");
    }
    if (node.is("constant"))
      return listed_text(node.attrs_as<ConstantAttrs>().values, node.out_type().dtype);
    std::vector<std::string> operands;
    for (const Value& v : node.inputs()) operands.push_back(operand(v, shape));
    if (node.is("leaky_relu"))
      operands.push_back(number_text(node.attrs_as<LeakyReluAttrs>().slope, true));
    if (node.is("elu")) operands.push_back(number_text(node.attrs_as<EluAttrs>().alpha, true));
    if (node.is("convert") && node.out_type().dtype == DType::I32)
      return formula_text("whole", operands);
    if (node.is("convert") || node.is("broadcast") || node.is("stop_gradient")) return operands[0];
    return formula_text(node.op().name, operands);
  }

  static std::string constant_text(double number, DType dtype) {
    if (dtype == DType::F32) number = static_cast<double>(static_cast<float>(number));
    return number_text(dtype == DType::I32 ? std::trunc(number) : number, true);
  }

  static std::string listed_text(const std::vector<double>& values, DType dtype) {
    std::string text;
    for (std::size_t i = 0; i + 1 < values.size(); ++i)
      text += fmt::format("t == {} ? {} : ", i, constant_text(values[i], dtype));
    return values.empty() ? "0.0" : text + constant_text(values.back(), dtype);
  }

  /// Thread t folds what goes to element t, in the order of memory.
  void put_fold(const Node& node, int v) {
    const auto& axes = node.attrs_as<ReduceAttrs>().axes;
    const Shape& shape = node.in(0).shape();
    const std::string x = element(node.in(0), "i");
    if (single_) return put_line(fmt::format("v{}", v), rounded(x, node.out_type().dtype), 1);
    const std::int64_t count = elements(node.out_type());
    const bool is_sum = node.is("sum");
    lines_.open(fmt::format("if (t < {})", count));
    lines_.add(fmt::format("double total = {};", is_sum ? "0.0" : "-kInfinity"));
    lines_.open(fmt::format("for (u32 i = 0; i < {}; ++i)", shape.elements()));
    const std::string place = kept_place(shape, axes);
    if (place != "0") lines_.add(fmt::format("if ({} != t) continue;", place));
    lines_.add(
        fmt::format(fmt::runtime(is_sum ? "total += {};" : "total = larger(total, {});"), x));
    lines_.close();
    lines_.add(fmt::format("v{}[t] = {};", v, rounded("total", node.out_type().dtype)));
    lines_.close();
    lines_.add("__syncthreads();");
  }

  /// The element of the result that element i of the folded value goes to.
  static std::string kept_place(const Shape& shape, const std::vector<std::int64_t>& axes) {
    Shape kept = shape;
    for (const std::int64_t axis : axes) kept = kept.with(static_cast<int>(axis), 1);
    const OperandOffset offset = offset_of(kept, shape, AxisParts{});
    const std::string place = offset_text(offset.terms[0], "i");
    return place.empty() ? "0" : place;
  }

  void put_output(int o, const Value& value) {
    const std::string x = stored_text(value.dtype(), element(value, "t"), true);
    if (single_) {
      lines_.add(fmt::format("out{}[0] = {};", o, x));
    } else {
      lines_.add(fmt::format("if (t < {}) out{}[t] = {};", elements(value.type()), o, x));
    }
  }

  std::vector<Node*> order_;
  std::unordered_map<const Node*, int> names_;
  std::int64_t numbers_ = 0;
  bool single_ = true;
  std::string refusal_;
  Lines lines_;
};

}  // namespace

std::string small_function(const Node& node, SmallFunction& made) {
  return SmallWriter().read(node, made);
}

}  // namespace agon
