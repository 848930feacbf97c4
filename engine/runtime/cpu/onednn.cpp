#include "engine/runtime/cpu/onednn.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "engine/base/error.h"

namespace agon::onednn {

const dnnl::engine& engine() {
  static const dnnl::engine the_engine(dnnl::engine::kind::cpu, 0);
  return the_engine;
}

dnnl::stream& stream() {
  static dnnl::stream the_stream(engine());
  return the_stream;
}

dnnl::primitive_attr attributes() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
#if DNNL_VERSION_MAJOR > 3 || (DNNL_VERSION_MAJOR == 3 && DNNL_VERSION_MINOR >= 4)
  attributes.set_deterministic(true);  // older versions have no other mode
#endif
  return attributes;
}

dnnl::memory::data_type data_type(DType dtype) {
  switch (dtype) {
    case DType::F32:
      return dnnl::memory::data_type::f32;
    case DType::F64:
      return dnnl::memory::data_type::f64;
    case DType::I32:
      return dnnl::memory::data_type::s32;
  }
  throw InternalError("unknown dtype");
}

dnnl::memory::desc dense(const Type& type, std::initializer_list<int> axes) {
  const auto strides = type.shape.strides();
  dnnl::memory::dims sizes;
  dnnl::memory::dims steps;
  for (const int axis : axes) {
    sizes.push_back(type.shape[axis]);
    steps.push_back(strides[static_cast<std::size_t>(axis)]);
  }
  return {sizes, data_type(type.dtype), steps};
}

std::string layout_text(const dnnl::memory::desc& desc) {
  const auto strides = desc.get_strides();
  const auto blocks = desc.get_inner_blks();
  const auto blocked = desc.get_inner_idxs();
  std::vector<std::size_t> axes(strides.size());
  std::iota(axes.begin(), axes.end(), std::size_t{0});
  std::ranges::stable_sort(axes, std::ranges::greater(), [&](std::size_t i) { return strides[i]; });
  std::string text;
  for (const std::size_t axis : axes) {
    const bool split = std::ranges::count(blocked, static_cast<dnnl::memory::dim>(axis)) > 0;
    text += static_cast<char>((split ? 'A' : 'a') + static_cast<char>(axis));
  }
  for (std::size_t i = 0; i < blocks.size(); ++i)
    text += std::to_string(blocks[i]) + static_cast<char>('a' + blocked[i]);
  return text;
}

bool is_reference(const std::string& implementation) {
  return implementation.starts_with("ref") || implementation.find("ref:") != std::string::npos;
}

std::string refusal_of_slow(const std::string& implementation) {
  return is_reference(implementation) ? "only " + implementation + " here" : "";
}

}  // namespace agon::onednn
