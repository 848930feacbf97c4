#include <array>

#include "engine/autodiff/differentiate.h"
#include "engine/base/error.h"
#include "graphs/words/function_tables.h"
#include "ops/pointwise/pointwise.h"

namespace agon {

namespace {

Term build_grad(const FunctionCall& call) {
  const Tensor& y = call.tensor(0);
  const Tensor& x = call.tensor(1);
  expect_real(y);
  expect_real(x);
  const std::array xs = {x.value};
  const Value dx = differentiate(y.value, xs)[0];
  if (!dx) throw GraphError("its first argument does not depend on its second");
  return like(x, dx);
}

Term build_stop_gradient(const FunctionCall& call) {
  if (call.term(0).number() != nullptr) return call.term(0);
  const Tensor& x = call.tensor(0);
  Tensor y = like(x, stop_gradient(x.value));
  y.made_by = x.made_by;
  y.bounds = x.bounds;
  y.bounds_from = x.bounds_from;
  return y;
}

}  // namespace

std::vector<FunctionDef> gradient_functions() {
  return {
      {.name = "grad",
       .doc =
           "gradient of sum(y) with respect to x, of the shape of x; can be differentiated again",
       .parameters = {"y", "x"},
       .build = build_grad},
      {.name = "stop_gradient",
       .doc = "x, but no gradient passes",
       .parameters = {"x"},
       .build = build_stop_gradient},
  };
}

}  // namespace agon
