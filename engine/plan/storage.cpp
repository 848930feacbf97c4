#include "engine/plan/storage.h"

#include "engine/ir/op_def.h"

namespace agon {

bool Storage::is_view(const Node& node) const {
  return views_ && node.op().is_view;
}

Value Storage::root(Value v) const {
  while (v.output == 0 && is_view(*v.node)) v = v.node->in(0);
  return v;
}

bool is_leaf(const Node& node) {
  return node.is("input") || node.is("variable") || node.is("constant");
}

}  // namespace agon
