#pragma once
#include <string>
#include <vector>

#include "engine/ir/type.h"
#include "ops/device_loop/loop.h"

namespace agon {

/// A number with all its digits: "0.25f", "(-1.0)", of float or double.
std::string number_text(double number, bool is_double);

/// An op of ops/pointwise, or `whole`, applied to operands in text: "v1 + v2", "tanh_of(v3)".
/// "" where there is no such op.
std::string formula_text(const std::string& op, const std::vector<std::string>& operands);

/// A value of type float or double as something of the dtype: "static_cast<float>(v3)".
std::string stored_text(DType dtype, const std::string& value, bool is_double);

/// "float* const whole0 = reinterpret_cast<float*>(scratch + 64);", "" for a parameter.
std::string declaration_text(const DeviceTensor& tensor);

}  // namespace agon
