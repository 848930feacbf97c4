// What the pointwise ops do to float32 vectors, compiled once for each target: F::apply(d,
// operands, parameter). The parameter is the op's number (a slope), unused where it has none.
#if defined(AGON_OPS_POINTWISE_APPLY_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef AGON_OPS_POINTWISE_APPLY_INL_H_
#undef AGON_OPS_POINTWISE_APPLY_INL_H_
#else
#define AGON_OPS_POINTWISE_APPLY_INL_H_
#endif

#include <hwy/highway.h>

#include "ops/pointwise/math-inl.h"
#include "ops/pointwise/tables.h"

HWY_BEFORE_NAMESPACE();
namespace agon {
namespace HWY_NAMESPACE {
namespace apply {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
using M = hn::Mask<D>;

struct Add {
  static HWY_INLINE V apply(D, V a, V b, V) { return hn::Add(a, b); }
};
struct Sub {
  static HWY_INLINE V apply(D, V a, V b, V) { return hn::Sub(a, b); }
};
struct Mul {
  static HWY_INLINE V apply(D, V a, V b, V) { return hn::Mul(a, b); }
};
struct Div {
  static HWY_INLINE V apply(D, V a, V b, V) { return hn::Div(a, b); }
};
struct Min {
  static HWY_INLINE V apply(D, V a, V b, V) {
    return hn::IfThenElse(hn::Or(hn::Le(a, b), hn::IsNaN(a)), a, b);
  }
};
struct Max {
  static HWY_INLINE V apply(D, V a, V b, V) {
    return hn::IfThenElse(hn::Or(hn::Ge(a, b), hn::IsNaN(a)), a, b);
  }
};
struct Square {
  static HWY_INLINE V apply(D, V a, V, V) { return hn::Mul(a, a); }
};
struct SquareRoot {
  static HWY_INLINE V apply(D, V a, V, V) { return hn::Sqrt(a); }
};

struct Neg {
  static HWY_INLINE V apply(D, V x, V) { return hn::Neg(x); }
};
struct Sqrt {
  static HWY_INLINE V apply(D, V x, V) { return hn::Sqrt(x); }
};
struct Abs {
  static HWY_INLINE V apply(D, V x, V) { return hn::Abs(x); }
};
struct Sign {
  static HWY_INLINE V apply(D d, V x, V) {
    const V size_one = hn::CopySign(hn::Set(d, 1.0f), x);
    return hn::IfThenElse(hn::Ne(hn::Abs(x), hn::Zero(d)), math::OrNaN(x, size_one), x);
  }
};
struct Floor {
  static HWY_INLINE V apply(D, V x, V) { return hn::Floor(x); }
};
template <V (*f)(D, V)>
struct Of {
  static HWY_INLINE V apply(D d, V x, V) { return f(d, x); }
};

struct Relu {
  static HWY_INLINE V apply(D d, V x, V) { return hn::IfThenZeroElse(hn::Lt(x, hn::Zero(d)), x); }
};
struct LeakyRelu {
  static HWY_INLINE V apply(D d, V x, V slope) {
    return hn::IfThenElse(hn::Gt(x, hn::Zero(d)), x, hn::Mul(x, slope));
  }
};
struct Elu {
  static HWY_INLINE V apply(D d, V x, V alpha) {
    return hn::IfThenElse(hn::Gt(x, hn::Zero(d)), x, hn::Mul(alpha, math::Expm1OfNegative(d, x)));
  }
};
struct Selu {
  static HWY_INLINE V apply(D d, V x, V) {
    return hn::IfThenElse(
        hn::Gt(x, hn::Zero(d)), hn::Mul(x, math::Number(d, kSeluScale)),
        hn::Mul(math::Number(d, kSeluScale * kSeluAlpha), math::Expm1OfNegative(d, x)));
  }
};
struct Gelu {
  static HWY_INLINE V apply(D d, V x, V) { return math::Gelu(d, x); }
};
struct Silu {
  static HWY_INLINE V apply(D d, V x, V) { return hn::Mul(x, math::Sigmoid(d, x)); }
};

HWY_INLINE V OneWhere(D d, M mask) {
  return hn::IfThenElseZero(mask, hn::Set(d, 1.0f));
}
struct Equal {
  static HWY_INLINE V apply(D d, V a, V b, V) { return OneWhere(d, hn::Eq(a, b)); }
};
struct NotEqual {
  static HWY_INLINE V apply(D d, V a, V b, V) {
    return hn::Sub(hn::Set(d, 1.0f), OneWhere(d, hn::Eq(a, b)));
  }
};
struct Less {
  static HWY_INLINE V apply(D d, V a, V b, V) { return OneWhere(d, hn::Lt(a, b)); }
};
struct LessEqual {
  static HWY_INLINE V apply(D d, V a, V b, V) { return OneWhere(d, hn::Le(a, b)); }
};
struct Greater {
  static HWY_INLINE V apply(D d, V a, V b, V) { return OneWhere(d, hn::Gt(a, b)); }
};
struct GreaterEqual {
  static HWY_INLINE V apply(D d, V a, V b, V) { return OneWhere(d, hn::Ge(a, b)); }
};
struct Where {
  static HWY_INLINE V apply(D d, V c, V a, V b, V) {
    return hn::IfThenElse(hn::Eq(c, hn::Zero(d)), b, a);
  }
};

}  // namespace apply
}  // namespace HWY_NAMESPACE
}  // namespace agon
HWY_AFTER_NAMESPACE();
#endif
