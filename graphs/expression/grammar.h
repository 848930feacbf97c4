#pragma once
#include <span>
#include <string_view>

#include "graphs/expression/expression.h"

namespace agon {

/// How tightly an operator binds; the parser and canonical_text read the same table.
struct OperatorFacts {
  Operator op;
  std::string_view text;
  int level;
};

inline constexpr int kNotLevel = 2;
inline constexpr int kComparisonLevel = 3;
inline constexpr int kUnaryLevel = 6;
inline constexpr int kPowerLevel = 7;
inline constexpr int kOperandLevel = 8;

std::span<const OperatorFacts> operator_table();

}  // namespace agon
