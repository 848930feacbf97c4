#include "graphs/keys/forms.h"
#include "graphs/words/pictures.h"

namespace agon {

namespace {

struct Pool {
  std::vector<Whole> kernel;
  std::vector<Whole> stride;  // empty: the kernel
  std::vector<Whole> padding = {Whole(0)};
  bool ceil = false;
};

Keys<Pool> pool_keys(const std::string& word, const std::string& doc) {
  return Keys<Pool>(
             word, doc,
             {key("kernel", &Pool::kernel, "size of a window, n or [height, width]",
                  extents_form(1))
                  .required(),
              key("stride", &Pool::stride, "steps between windows; the kernel where not given",
                  extents_form(1)),
              key("padding", &Pool::padding,
                  "pixels on each side, which never win a maximum and count as 0 in an average; 0 "
                  "where not given",
                  extents_form(0)),
              key("ceil", &Pool::ceil,
                  "whether a last window may hang over the end; false where not given", boolean())})
      .argument("kernel");
}

const Keys<Pool>& max_pool_keys() {
  static const Keys<Pool> keys = pool_keys("max_pool", "the largest of each window");
  return keys;
}

const Keys<Pool>& average_pool_keys() {
  static const Keys<Pool> keys = pool_keys("average_pool", "the mean of each window");
  return keys;
}

PoolWindows windows_of(const Pool& attributes, const NumberScope& scope) {
  const Extents kernel = extents(attributes.kernel, scope);
  return {.kernel = kernel,
          .stride = attributes.stride.empty() ? kernel : extents(attributes.stride, scope),
          .padding = extents(attributes.padding, scope),
          .ceil = attributes.ceil};
}

Tensor build_max_pool(LayerCall& call, const Pool& attributes) {
  return with_picture(call, "max_pool", [&](const PictureTensor& picture) {
    return max_pooled(picture, windows_of(attributes, call.scope()));
  });
}

Tensor build_average_pool(LayerCall& call, const Pool& attributes) {
  return with_picture(call, "average_pool", [&](const PictureTensor& picture) {
    return average_pooled(picture, windows_of(attributes, call.scope()));
  });
}

}  // namespace

std::vector<LayerDef> pool_layers() {
  return {layer<Pool>("max_pool", max_pool_keys(), build_max_pool),
          layer<Pool>("average_pool", average_pool_keys(), build_average_pool)};
}

}  // namespace agon
