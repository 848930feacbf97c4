#pragma once
#include <stdexcept>
#include <string>

#include "engine/base/error.h"

namespace agon {

/// Reads one input. A reader may refuse it with an Error a user can understand; whatever else it
/// throws, an InternalError included, goes on to whoever runs the target.
template <class Read>
void allow_refusal(Read read) {
  try {
    read();
  } catch (const Error& refusal) {
    if (refusal.code() == ExitCode::Internal) throw;
    if (*refusal.what() == '\0') throw std::logic_error("a refusal without a word");
  }
}

/// For what must hold of every input that was read.
inline void require(bool holds, const std::string& promise) {
  if (!holds) throw std::logic_error("broken: " + promise);
}

}  // namespace agon
