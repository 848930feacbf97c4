#include <fmt/format.h>

#include "ops/gemm/library_product_cuda.h"
#include "ops/matmul/geometry.h"
#include "ops/matmul/matmul.h"
#include "ops/matmul/tiles_cuda.h"

namespace agon {

namespace {

MatmulGeometry geometry(const Node& node) {
  return {node.in(0).shape(), node.in(1).shape(), node.attrs_as<MatmulAttrs>()};
}

}  // namespace

TileProduct matmul_tiles(const Node& node) {
  const auto& attrs = node.attrs_as<MatmulAttrs>();
  const MatmulGeometry g = geometry(node);
  const auto of_batch = [&](std::int64_t elements) {
    return g.batch == 1 ? std::string() : fmt::format("batch * {} + ", elements);
  };
  const std::string a = of_batch(g.m * g.k), b = of_batch(g.k * g.n), c = of_batch(g.m);
  TileProduct p{.dtype = node.out_type().dtype,
                .batches = g.batch,
                .rows = g.m,
                .columns = g.n,
                .terms = g.k};
  p.left.input = "in0";
  p.left.along_terms = !attrs.transpose_a;
  p.left.run = attrs.transpose_a ? g.m : g.k;
  p.left.index =
      a + (attrs.transpose_a ? fmt::format("k * {} + row", g.m) : fmt::format("row * {} + k", g.k));
  p.right.input = "in1";
  p.right.along_terms = attrs.transpose_b;
  p.right.run = attrs.transpose_b ? g.k : g.n;
  p.right.index = b + (attrs.transpose_b ? fmt::format("column * {} + k", g.k)
                                         : fmt::format("k * {} + column", g.n));
  p.result_row = c + "row";
  return p;
}

MatmulProblem matmul_problem(const Node& node) {
  const auto& attrs = node.attrs_as<MatmulAttrs>();
  const MatmulGeometry g = geometry(node);
  return {.m = g.m,
          .n = g.n,
          .k = g.k,
          .batch = g.batch,
          .stride_a = g.m * g.k,
          .stride_b = g.k * g.n,
          .stride_c = g.m * g.n,
          .transpose_a = attrs.transpose_a,
          .transpose_b = attrs.transpose_b};
}

void register_matmul_cuda(KernelRegistry& kernels, CudaContext& context) {
  kernels.add({.op = "matmul",
               .name = "cublaslt:matmul",
               .prepare =
                   [&context](const Node& node) {
                     return library_product(context, node, matmul_problem(node));
                   },
               .device = Device::Gpu});
  kernels.add({.op = "matmul",
               .name = "cuda:matmul",
               .prepare =
                   [&context](const Node& node) {
                     return generated(context, node, tile_kernel(node, matmul_tiles(node)));
                   },
               .device = Device::Gpu});
}

}  // namespace agon
