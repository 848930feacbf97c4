#include "ops/fused/plain_fused.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <vector>

#include "engine/ir/fused.h"
#include "engine/ir/op_def.h"
#include "ops/pointwise/stretch.h"
#include "ops/pointwise/tables.h"
#include "ops/reduce/axes.h"
#include "ops/reduce/reduce.h"

namespace agon {

namespace {

constexpr std::size_t kMostElements = kFusedScalars;
constexpr std::size_t kMostNumbers = 16384;  // of all values together

/// Which element of an operand belongs to each of the result.
struct Elements {
  std::int64_t step = 1;  // 0 or 1; -1: as listed
  std::vector<std::uint16_t> listed;
  std::size_t of(std::size_t i) const {
    return step < 0 ? listed[i] : i * static_cast<std::size_t>(step);
  }
};

struct Operand {
  std::size_t first = 0;  // number of its element 0
  Elements elements;
};

enum class How { Unary, Parametric, Binary, Where, Copy, Whole, Sum, Max };

struct PlainStep {
  How how = How::Copy;
  double (*unary)(double) = nullptr;
  double (*binary)(double, double) = nullptr;  // or of the number and the op's parameter
  double parameter = 0;
  std::vector<Operand> in = {};
  std::size_t out = 0, count = 0;
  DType dtype = DType::F32;
};

struct Leaf {
  std::size_t index = 0, first = 0, count = 0;
  DType dtype = DType::F32;
};

double rounded(double value, DType dtype) {
  if (dtype == DType::F32) return static_cast<double>(static_cast<float>(value));
  return dtype == DType::F64 ? value : std::trunc(value);
}

/// As op convert: towards zero, saturating, 0 for NaN.
double whole_number(double value) {
  using Limits = std::numeric_limits<std::int32_t>;
  if (std::isnan(value)) return 0;
  return std::clamp(std::trunc(value), double{Limits::min()}, double{Limits::max()});
}

void load(const void* memory, const Leaf& leaf, double* to) {
  switch (leaf.dtype) {
    case DType::F32:
      std::copy_n(static_cast<const float*>(memory), leaf.count, to);
      break;
    case DType::F64:
      std::copy_n(static_cast<const double*>(memory), leaf.count, to);
      break;
    case DType::I32:
      std::copy_n(static_cast<const std::int32_t*>(memory), leaf.count, to);
      break;
  }
}

void store(const double* from, const Leaf& leaf, void* memory) {
  for (std::size_t i = 0; i < leaf.count; ++i) {
    switch (leaf.dtype) {
      case DType::F32:
        static_cast<float*>(memory)[i] = static_cast<float>(from[i]);
        break;
      case DType::F64:
        static_cast<double*>(memory)[i] = from[i];
        break;
      case DType::I32:  // sums and products of two i32 fit 64 bits, and wrap
        static_cast<std::int32_t*>(memory)[i] =
            static_cast<std::int32_t>(static_cast<std::int64_t>(from[i]));
        break;
    }
  }
}

double value_of(const PlainStep& s, const double* numbers, std::size_t i) {
  const auto operand = [&](std::size_t k) {
    return numbers[s.in[k].first + s.in[k].elements.of(i)];
  };
  switch (s.how) {
    case How::Unary:
      return s.unary(operand(0));
    case How::Parametric:
      return s.binary(operand(0), s.parameter);
    case How::Binary:
      return s.binary(operand(0), operand(1));
    case How::Where:
      return operand(0) != 0 ? operand(1) : operand(2);
    case How::Whole:
      return whole_number(operand(0));
    default:
      return operand(0);
  }
}

/// The elements of input 0 of a fold go to the result's elements that `in[0]` lists.
void fold(const PlainStep& s, double* numbers) {
  double* y = numbers + s.out;
  const double* x = numbers + s.in[0].first;
  std::fill_n(y, s.count, s.how == How::Sum ? 0 : -std::numeric_limits<double>::infinity());
  for (std::size_t i = 0; i < s.in[0].elements.listed.size(); ++i) {
    double& total = y[s.in[0].elements.listed[i]];
    if (s.how == How::Sum) {
      total += x[i];
    } else if (x[i] > total || std::isnan(x[i])) {
      total = x[i];
    }
  }
}

class PlainKernel final : public Kernel {
 public:
  std::size_t scratch_bytes() const override { return numbers_.size() * sizeof(double); }
  /// Every input is read before anything is written.
  bool may_overwrite(int, int) const override { return true; }

  void run(const KernelCall& call) override {
    double* numbers = static_cast<double*>(call.scratch);
    std::ranges::copy(numbers_, numbers);
    for (const Leaf& leaf : inputs_) load(call.in[leaf.index], leaf, numbers + leaf.first);
    for (const PlainStep& s : steps_) {
      if (s.how == How::Sum || s.how == How::Max) {
        fold(s, numbers);
      } else {
        for (std::size_t i = 0; i < s.count; ++i) numbers[s.out + i] = value_of(s, numbers, i);
      }
      if (s.dtype == DType::F64) continue;
      for (std::size_t i = 0; i < s.count; ++i)
        numbers[s.out + i] = rounded(numbers[s.out + i], s.dtype);
    }
    for (const Leaf& leaf : outputs_) store(numbers + leaf.first, leaf, call.out[leaf.index]);
  }

  /// Returns why the body cannot be run so, or "".
  std::string read(const Graph& body) {
    for (const Node* node : body.topological_order()) {
      std::string wrong = read_node(*node);
      if (!wrong.empty()) return wrong;
    }
    for (const auto& [name, value] : body.outputs())
      outputs_.push_back(leaf(outputs_.size(), first_.at(value.node), value.type()));
    first_.clear();
    return numbers_.size() > kMostNumbers ? "too many values" : "";
  }

 private:
  static Leaf leaf(std::size_t index, std::size_t first, const Type& type) {
    return {index, first, static_cast<std::size_t>(type.shape.elements()), type.dtype};
  }

  std::string read_node(const Node& node) {
    const Type& type = node.out_type();
    const auto count = static_cast<std::size_t>(type.shape.elements());
    if (count > kMostElements) return fmt::format("{} elements, at most {}", count, kMostElements);
    const std::size_t first = first_[&node] = numbers_.size();
    numbers_.resize(first + count);
    if (node.is("input")) {
      inputs_.push_back(leaf(std::stoul(node.attrs_as<LeafAttrs>().name), first, type));
      return "";
    }
    if (node.is("constant")) {
      const auto& values = node.attrs_as<ConstantAttrs>().values;
      for (std::size_t i = 0; i < count; ++i)
        numbers_[first + i] = rounded(values[values.size() == 1 ? 0 : i], type.dtype);
      return "";
    }
    PlainStep step{.out = first, .count = count, .dtype = type.dtype};
    for (const Value& v : node.inputs())
      step.in.push_back({first_.at(v.node), elements_of(v.shape(), type.shape)});
    if (!choose(node, step)) return "no formula for " + node.op().name;
    steps_.push_back(std::move(step));
    return "";
  }

  static Elements elements_of(const Shape& operand, const Shape& out) {
    if (operand == out) return {1, {}};
    if (operand.elements() == 1) return {0, {}};
    if (operand.rank() != out.rank()) return {1, {}};  // of a fold, which lists its own
    Elements elements{-1, {}};
    const auto strides = stretched_strides(operand, out);
    for_each_index(out, [&](const auto& index) {
      std::int64_t offset = 0;
      for (std::size_t axis = 0; axis < static_cast<std::size_t>(out.rank()); ++axis)
        offset += index[axis] * strides[axis];
      elements.listed.push_back(static_cast<std::uint16_t>(offset));
    });
    return elements;
  }

  static bool choose(const Node& node, PlainStep& step) {
    const std::string& op = node.op().name;
    for (const auto rows : {function_rows(), activation_rows()}) {
      for (const UnaryRow& row : rows) {
        if (op != row.name) continue;
        step.how = How::Unary;
        step.unary = row.f;
      }
    }
    for (const auto rows : {arithmetic_rows(), compare_rows()}) {
      for (const BinaryRow& row : rows) {
        if (op != row.name) continue;
        step.how = How::Binary;
        step.binary = row.f;
      }
    }
    if (step.unary != nullptr || step.binary != nullptr) return true;
    if (op == "leaky_relu" || op == "elu") {
      const bool leaky = op == "leaky_relu";
      step.how = How::Parametric;
      step.binary = leaky ? leaky_relu_of : elu_of;
      step.parameter =
          leaky ? node.attrs_as<LeakyReluAttrs>().slope : node.attrs_as<EluAttrs>().alpha;
      return true;
    }
    if (op == "sum" || op == "reduce_max") {
      step.how = op == "sum" ? How::Sum : How::Max;
      step.in[0].elements = {-1, {}};
      for_each_reduced(node.in(0).shape(), node.attrs_as<ReduceAttrs>().axes,
                       [&](std::int64_t, std::int64_t o) {
                         step.in[0].elements.listed.push_back(static_cast<std::uint16_t>(o));
                       });
      return true;
    }
    if (op == "where") step.how = How::Where;
    if (op == "convert" && node.out_type().dtype == DType::I32) step.how = How::Whole;
    return op == "where" || op == "convert" || op == "broadcast" || op == "stop_gradient";
  }

  std::vector<double> numbers_;                         // constants in their places
  std::unordered_map<const Node*, std::size_t> first_;  // while reading
  std::vector<Leaf> inputs_, outputs_;
  std::vector<PlainStep> steps_;
};

}  // namespace

Candidate plain_fused(const Node& node) {
  const auto body = fused_body(node);
  auto kernel = std::make_unique<PlainKernel>();
  if (std::string wrong = kernel->read(*body); !wrong.empty()) return Candidate::refused(wrong);
  return Candidate(std::move(kernel));
}

}  // namespace agon
