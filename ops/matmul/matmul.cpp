#include "ops/matmul/matmul.h"

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/ir/op_def.h"
#include "ops/matmul/geometry.h"

namespace agon {

Value matmul(Value a, Value b, MatmulAttrs attrs) {
  return a.graph().add("matmul", {a, b}, attrs);
}

namespace {

std::string operand_text(const char* name, const Shape& shape, bool transposed) {
  return fmt::format("{} {}{}", name, to_text(shape), transposed ? " transposed" : "");
}

std::vector<Type> infer(std::span<const Type> in, const MatmulAttrs& attrs) {
  const Shape &a = in[0].shape, &b = in[1].shape;
  if (a.rank() != b.rank() || a.rank() < 2 || a.rank() > 3) {
    throw GraphError(fmt::format("expects two matrices or two batches of matrices, got {} and {}",
                                 to_text(a), to_text(b)));
  }
  if (!is_floating(in[0].dtype) || in[0].dtype != in[1].dtype) {
    throw GraphError(fmt::format("expects inputs of one floating type, got {} and {}",
                                 to_text(in[0]), to_text(in[1])));
  }
  if (a.rank() == 3 && a[0] != b[0])
    throw GraphError(fmt::format("expects equal batches, got {} and {}", a[0], b[0]));
  const MatmulGeometry g(a, b, attrs);
  if (g.k != g.b_k) {
    throw GraphError(fmt::format("expects equal inner sizes, got {} ({}) and {} ({})", g.k,
                                 operand_text("a", a, attrs.transpose_a), g.b_k,
                                 operand_text("b", b, attrs.transpose_b)));
  }
  return {Type{in[0].dtype, a.rank() == 2 ? Shape{g.m, g.n} : Shape{g.batch, g.m, g.n}}};
}

void gradient(Grad& g, const MatmulAttrs& attrs) {
  const auto [ta, tb] = attrs;
  const Value a = g.in(0), b = g.in(1), dy = g.out_grad();
  if (g.wants(0)) g.set(0, ta ? matmul(b, dy, {tb, true}) : matmul(dy, b, {false, !tb}));
  if (g.wants(1)) g.set(1, tb ? matmul(dy, a, {true, ta}) : matmul(a, dy, {!ta, false}));
}

void reference(const ReferenceCall& call, const MatmulAttrs& attrs) {
  const NdArray &a = *call.in[0], &b = *call.in[1];
  const MatmulGeometry g(a.type.shape, b.type.shape, attrs);
  for (std::int64_t batch = 0; batch < g.batch; ++batch) {
    for (std::int64_t i = 0; i < g.m; ++i) {
      for (std::int64_t j = 0; j < g.n; ++j) {
        double total = 0;
        for (std::int64_t k = 0; k < g.k; ++k) {
          const std::int64_t at_a = attrs.transpose_a ? k * g.m + i : i * g.k + k;
          const std::int64_t at_b = attrs.transpose_b ? j * g.k + k : k * g.n + j;
          total += a[batch * g.m * g.k + at_a] * b[batch * g.k * g.n + at_b];
        }
        call.out[0][(batch * g.m + i) * g.n + j] = total;
      }
    }
  }
}

double flops(const Node& node) {
  const MatmulGeometry g(node.in(0).shape(), node.in(1).shape(), node.attrs_as<MatmulAttrs>());
  return 2.0 * static_cast<double>(g.batch * g.m) * static_cast<double>(g.n * g.k);
}

}  // namespace

void register_matmul(OpRegistry& ops) {
  ops.add(Op<MatmulAttrs>{
      .name = "matmul",
      .doc = "y[i, j] = sum over k of a[i, k] b[k, j]; transpose_a and transpose_b read an operand "
             "stored the other way round; of rank 3, batch by batch",
      .inputs = {"a", "b"},
      .infer = infer,
      .gradient = gradient,
      .reference = reference,
      .flops = flops});
}

}  // namespace agon
