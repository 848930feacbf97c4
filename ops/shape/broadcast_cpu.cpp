#include <algorithm>
#include <cstring>

#include "ops/pointwise/loop.h"

namespace agon {

namespace {

template <class Bits>
void copy_row_of(const PointwiseRow& row, double) {
  const auto count = static_cast<std::size_t>(row.count);
  if (row.single[0]) {
    std::fill_n(static_cast<Bits*>(row.out), count, *static_cast<const Bits*>(row.in[0]));
  } else {
    std::memcpy(row.out, row.in[0], count * sizeof(Bits));
  }
}

}  // namespace

void register_broadcast_cpu(KernelRegistry& kernels) {
  kernels.add({"broadcast", "cpu:broadcast", [](const Node& node) {
                 const bool wide = bytes_of(node.out_type().dtype) == 8;
                 return Candidate(pointwise_kernel(
                     node, wide ? copy_row_of<std::uint64_t> : copy_row_of<std::uint32_t>));
               }});
}

}  // namespace agon
