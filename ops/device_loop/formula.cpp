#include "ops/device_loop/formula.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "engine/runtime/cuda/device_function.h"
#include "ops/pointwise/tables.h"

namespace agon {

namespace {

bool is_function(const std::string& op) {
  for (const auto rows : {function_rows(), activation_rows()}) {
    for (const UnaryRow& row : rows)
      if (op == row.name) return true;
  }
  for (const auto rows : {arithmetic_rows(), compare_rows()}) {
    for (const BinaryRow& row : rows)
      if (op == row.name) return true;
  }
  constexpr std::array<std::string_view, 4> kOthers = {"leaky_relu", "elu", "where", "whole"};
  return std::ranges::find(kOthers, op) != kOthers.end();
}

}  // namespace

std::string number_text(double number, bool is_double) {
  const std::string end = is_double ? "" : "f";
  if (!is_double) number = static_cast<double>(static_cast<float>(number));
  std::string text;
  if (std::isnan(number)) {
    text = is_double ? "kNaN" : "static_cast<float>(kNaN)";
  } else if (std::isinf(number)) {
    text = is_double ? "kInfinity" : "static_cast<float>(kInfinity)";
  } else {
    const double size = std::abs(number);
    text = is_double ? fmt::format("{}", size) : fmt::format("{}", static_cast<float>(size));
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    text += end;
  }
  return std::signbit(number) && !std::isnan(number) ? "(-" + text + ")" : text;
}

std::string formula_text(const std::string& op, const std::vector<std::string>& operands) {
  if (op == "neg") return "-" + operands[0];
  constexpr std::array<std::pair<std::string_view, char>, 4> kSigns = {
      {{"add", '+'}, {"sub", '-'}, {"mul", '*'}, {"div", '/'}}};
  for (const auto& [name, sign] : kSigns) {
    if (op == name) return fmt::format("{} {} {}", operands[0], sign, operands[1]);
  }
  if (!is_function(op)) return "";
  return fmt::format("{}_of({})", op, fmt::join(operands, ", "));
}

std::string stored_text(DType dtype, const std::string& value, bool is_double) {
  if (dtype == DType::I32) return fmt::format("wrapped({})", value);
  if (dtype == DType::F32 && is_double) return fmt::format("static_cast<float>({})", value);
  return value;
}

std::string declaration_text(const DeviceTensor& tensor) {
  if (tensor.scratch < 0) return "";
  const std::string_view type = device_type(tensor.dtype);
  return fmt::format("{}* const {} = reinterpret_cast<{}*>(scratch + {});", type, tensor.name, type,
                     tensor.scratch);
}

}  // namespace agon
