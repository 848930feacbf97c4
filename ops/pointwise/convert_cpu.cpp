#include <algorithm>
#include <limits>

#include "engine/ir/op_def.h"
#include "ops/pointwise/loop.h"
#include "ops/pointwise/tables.h"

namespace agon {

namespace {

template <class To, class From>
To converted(From v) {
  if constexpr (std::is_same_v<To, std::int32_t> && !std::is_same_v<From, std::int32_t>) {
    if (!(v == v)) return 0;
    if (v <= static_cast<From>(-2147483648.0)) return std::numeric_limits<To>::min();
    if (v >= static_cast<From>(2147483648.0)) return std::numeric_limits<To>::max();
  }
  return static_cast<To>(v);
}

template <class To, class From>
void convert_row(const PointwiseRow& row, double) {
  std::transform(static_cast<const From*>(row.in[0]),
                 static_cast<const From*>(row.in[0]) + row.count, static_cast<To*>(row.out),
                 converted<To, From>);
}

template <class To>
RowFunction convert_row_to(DType from) {
  switch (from) {
    case DType::F32:
      return convert_row<To, float>;
    case DType::F64:
      return convert_row<To, double>;
    case DType::I32:
      return convert_row<To, std::int32_t>;
  }
  return nullptr;
}

RowFunction convert_row_of(DType from, DType to) {
  switch (to) {
    case DType::F32:
      return convert_row_to<float>(from);
    case DType::F64:
      return convert_row_to<double>(from);
    case DType::I32:
      return convert_row_to<std::int32_t>(from);
  }
  return nullptr;
}

}  // namespace

void register_convert_cpu(KernelRegistry& kernels) {
  kernels.add({"convert", "cpu:convert", [](const Node& n) {
                 return Candidate(
                     pointwise_kernel(n, convert_row_of(n.in(0).dtype(), n.out_type().dtype)));
               }});
  kernels.add({"stop_gradient", "cpu:stop_gradient",
               [](const Node& n) { return Candidate(copy_kernel(n.out_type().bytes())); }});
}

}  // namespace agon
