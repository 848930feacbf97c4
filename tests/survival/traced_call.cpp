#include "tests/survival/traced_call.h"

#include <fcntl.h>

namespace agon {

bool changes_files(const TracedCall& call) {
  if (call.kind == CallKind::Open) return (call.flags & (O_CREAT | O_TRUNC)) != 0;
  return call.kind != CallKind::Read;
}

std::string to_text(const TracedCall& call) {
  std::string text = call.name + " " + call.path;
  if (!call.other.empty()) text += " " + call.other;
  if (call.kind == CallKind::Write)
    text += " (" + std::to_string(call.size) + " bytes at " + std::to_string(call.offset) + ")";
  return text;
}

}  // namespace agon
