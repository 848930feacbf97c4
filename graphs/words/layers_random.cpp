#include "graphs/keys/forms.h"
#include "graphs/words/layer_tables.h"
#include "ops/pointwise/pointwise.h"

namespace agon {

namespace {

struct Dropout {
  Number p = 0.5;
  bool channels = false;
};

const Keys<Dropout>& dropout_keys() {
  static const Keys<Dropout> keys =
      Keys<Dropout>("dropout",
                    "numbers set to 0 with probability p, the others divided by 1 - p; nothing "
                    "where it infers",
                    {key("p", &Dropout::p, "0.5 where not given",
                         number({.low = 0, .high = 1, .high_open = true})),
                     key("channels", &Dropout::channels,
                         "whether each channel of a picture stays or goes as a whole; false where "
                         "not given",
                         boolean())})
          .argument("p");
  return keys;
}

Tensor build_dropout(LayerCall& call, const Dropout& attributes) {
  expect_real_current(call, "dropout");
  const double p = attributes.p.value(call.scope());
  if (!call.training() || p == 0) return call.current();
  const Tensor x = as_channels_last(call.current());
  Shape drawn = x.shape();
  if (attributes.channels && x.rank() == 4) drawn = drawn.with(2, 1).with(3, 1);
  const Tensor u = call.draws().uniform("dropout", drawn);
  const Value kept = greater_equal(u.value, call.graph().constant(p, u.dtype()));
  const auto [y, mask] = aligned(x, like(u, kept / (1 - p)));
  return like(y, y.value * mask.value);
}

}  // namespace

std::vector<LayerDef> dropout_layers() {
  return {layer<Dropout>("dropout", dropout_keys(), build_dropout)};
}

}  // namespace agon
