#include "engine/ir/same_attrs.h"

#include <functional>
#include <string>
#include <string_view>

#include "engine/ir/op_def.h"

namespace agon {

namespace {
std::string_view bytes_of(const ConstantAttrs& constant) {
  return {reinterpret_cast<const char*>(constant.values.data()),
          constant.values.size() * sizeof(double)};
}
}  // namespace

bool same_attrs(const Node& a, const Node& b) {
  if (!a.is("constant") || !b.is("constant")) return a.attrs().text() == b.attrs().text();
  const auto& x = a.attrs_as<ConstantAttrs>();
  const auto& y = b.attrs_as<ConstantAttrs>();
  return x.dtype == y.dtype && x.shape == y.shape && bytes_of(x) == bytes_of(y);
}

std::size_t hash_of_attrs(const Node& node) {
  if (!node.is("constant")) return std::hash<std::string>()(node.attrs().text());
  return std::hash<std::string_view>()(bytes_of(node.attrs_as<ConstantAttrs>()));
}

}  // namespace agon
