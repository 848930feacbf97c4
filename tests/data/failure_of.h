#pragma once
#include <gtest/gtest.h>

#include <string>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace agon {

/// What `act` fails with: "65 message", or "none".
template <typename Act>
std::string failure_of(Act act) {
  try {
    act();
  } catch (const Error& error) {
    return std::to_string(static_cast<int>(error.code())) + " " + error.what();
  }
  return "none";
}

/// Whether `text` has `part`, shown whole when not.
inline testing::AssertionResult has(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << "'" << printable(text) << "' has no '" << printable(part) << "'";
}

}  // namespace agon
