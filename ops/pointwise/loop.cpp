#include "ops/pointwise/loop.h"

#include <algorithm>
#include <vector>

#include "engine/runtime/cpu/lanes.h"
#include "ops/pointwise/stretch.h"

namespace agon {

namespace {

constexpr std::int64_t kGrain = 16384;  // elements of a piece; below, splitting costs more

struct Operand {
  bool whole = true;                                  // as many elements as the output
  std::size_t bytes = 4;                              // of an element
  std::int64_t step = 0;                              // along a row: 0 or 1
  std::array<std::int64_t, Shape::kMaxRank> outer{};  // along the outer axes
};

/// The output as rows of `row` elements under at most five outer axes.
struct Geometry {
  std::int64_t elements = 1;
  std::int64_t row = 1;
  std::vector<std::int64_t> outer;
  std::vector<Operand> operands;
};

/// Axes that need separate loops, outermost first: neighbours of which every operand goes on where
/// it ended, or stands still, are merged.
Geometry geometry_of(const Node& node) {
  const Shape& shape = node.out_type().shape;
  const std::size_t count = node.inputs().size();
  std::vector<std::array<std::int64_t, Shape::kMaxRank>> strides;
  for (const Value& v : node.inputs()) strides.push_back(stretched_strides(v.shape(), shape));
  std::vector<std::int64_t> sizes;
  std::vector<std::vector<std::int64_t>> steps;  // of each merged axis, one for each operand
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] == 1) continue;
    std::vector<std::int64_t> step;
    for (const auto& s : strides) step.push_back(s[static_cast<std::size_t>(axis)]);
    bool merges = !sizes.empty();
    for (std::size_t i = 0; merges && i < count; ++i)
      merges = steps.back()[i] == step[i] * shape[axis];
    if (merges) {
      sizes.back() *= shape[axis];
      steps.back() = step;
    } else {
      sizes.push_back(shape[axis]);
      steps.push_back(step);
    }
  }
  Geometry g;
  g.elements = shape.elements();
  if (!sizes.empty()) {
    g.row = sizes.back();
    g.outer.assign(sizes.begin(), sizes.end() - 1);
  }
  for (std::size_t i = 0; i < count; ++i) {
    Operand operand;
    operand.bytes = bytes_of(node.in(static_cast<int>(i)).dtype());
    operand.whole = node.in(static_cast<int>(i)).shape().elements() == g.elements;
    for (std::size_t axis = 0; axis < g.outer.size(); ++axis) operand.outer[axis] = steps[axis][i];
    operand.step = sizes.empty() ? 1 : steps.back()[i];
    g.operands.push_back(operand);
  }
  return g;
}

/// Element offset of row `row` of an operand.
std::int64_t row_offset(const Geometry& g, const Operand& operand, std::int64_t row) {
  std::int64_t offset = 0;
  for (std::size_t axis = g.outer.size(); axis-- > 0;) {
    offset += row % g.outer[axis] * operand.outer[axis];
    row /= g.outer[axis];
  }
  return offset;
}

const char* at(const void* memory, std::int64_t element, std::size_t bytes) {
  return static_cast<const char*>(memory) + element * static_cast<std::int64_t>(bytes);
}

class PointwiseKernel final : public Kernel {
 public:
  PointwiseKernel(const Node& node, RowFunction row, double parameter)
      : g_(geometry_of(node)),
        out_bytes_(bytes_of(node.out_type().dtype)),
        row_(std::move(row)),
        parameter_(parameter) {}

  void run(const KernelCall& call) override {
    parallel_for(g_.elements, kGrain,
                 [&](std::int64_t begin, std::int64_t end) { run_rows(call, begin, end); });
  }

  bool may_overwrite(int i, int) const override {
    const Operand& operand = g_.operands[static_cast<std::size_t>(i)];
    return operand.whole && operand.bytes == out_bytes_;
  }

 private:
  void run_rows(const KernelCall& call, std::int64_t begin, std::int64_t end) const {
    while (begin < end) {
      const std::int64_t r = begin / g_.row;
      const std::int64_t column = begin % g_.row;
      PointwiseRow row;
      row.count = std::min(g_.row - column, end - begin);
      row.out = const_cast<char*>(at(call.out[0], begin, out_bytes_));
      for (std::size_t i = 0; i < g_.operands.size(); ++i) {
        const Operand& operand = g_.operands[i];
        row.single[i] = operand.step == 0;
        row.in[i] =
            at(call.in[i], row_offset(g_, operand, r) + column * operand.step, operand.bytes);
      }
      row_(row, parameter_);
      begin += row.count;
    }
  }

  Geometry g_;
  std::size_t out_bytes_;
  RowFunction row_;
  double parameter_;
};

double load_number(const void* memory, DType dtype, std::int64_t i) {
  switch (dtype) {
    case DType::F32:
      return static_cast<double>(static_cast<const float*>(memory)[i]);
    case DType::F64:
      return static_cast<const double*>(memory)[i];
    case DType::I32:
      return static_cast<double>(static_cast<const std::int32_t*>(memory)[i]);
  }
  return 0;
}

void store_number(void* memory, DType dtype, std::int64_t i, double value) {
  switch (dtype) {
    case DType::F32:
      static_cast<float*>(memory)[i] = static_cast<float>(value);
      break;
    case DType::F64:
      static_cast<double*>(memory)[i] = value;
      break;
    case DType::I32:  // sums and products of two i32 fit 64 bits, and wrap
      static_cast<std::int32_t*>(memory)[i] =
          static_cast<std::int32_t>(static_cast<std::int64_t>(value));
      break;
  }
}

double parameter_of(const std::function<double(const Node&)>& parameter, const Node& node) {
  return parameter ? parameter(node) : 0;
}

}  // namespace

std::unique_ptr<Kernel> pointwise_kernel(const Node& node, RowFunction row, double parameter) {
  return std::make_unique<PointwiseKernel>(node, std::move(row), parameter);
}

KernelDef plain_candidate(const std::string& op, Formula formula,
                          std::function<double(const Node&)> parameter) {
  return {op, "plain:" + op,
          [formula = std::move(formula), parameter = std::move(parameter)](const Node& node) {
            std::vector<DType> in;
            for (const Value& v : node.inputs()) in.push_back(v.dtype());
            const DType out = node.out_type().dtype;
            const auto row = [formula, in, out](const PointwiseRow& r, double p) {
              std::array<double, PointwiseRow::kMaxOperands> operands{};
              for (std::int64_t i = 0; i < r.count; ++i) {
                for (std::size_t k = 0; k < in.size(); ++k)
                  operands[k] = load_number(r.in[k], in[k], r.single[k] ? 0 : i);
                store_number(r.out, out, i, formula(std::span(operands).first(in.size()), p));
              }
            };
            return Candidate(pointwise_kernel(node, row, parameter_of(parameter, node)));
          }};
}

}  // namespace agon
