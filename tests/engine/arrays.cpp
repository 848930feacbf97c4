#include "tests/engine/arrays.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "engine/ir/op_def.h"

namespace agon {

Arrays drawn_arrays(const Graph& graph, const char* op, int step) {
  Arrays arrays;
  for (const auto& node : graph.nodes()) {
    if (!node->is(op)) continue;
    const auto& leaf = node->attrs_as<LeafAttrs>();
    NdArray array(node->out_type());
    for (std::int64_t i = 0; i < array.size(); ++i)
      array[i] = std::sin(static_cast<double>(i + std::int64_t{7} * step) +
                          static_cast<double>(node->id()));
    array.round_to_type();
    arrays[leaf.name] = array;
  }
  return arrays;
}

void expect_same(const NdArray& got, const NdArray& expected, const std::string& what) {
  ASSERT_EQ(got.type, expected.type) << what;
  for (std::int64_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(std::bit_cast<std::uint64_t>(got[i]), std::bit_cast<std::uint64_t>(expected[i]))
        << what << "[" << i << "]: " << got[i] << " against " << expected[i];
  }
}

}  // namespace agon
