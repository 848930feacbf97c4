#pragma once
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "engine/ir/graph.h"
#include "graphs/keys/sections.h"

namespace agon {

/// The numbers of an update rule, evaluated; defaults are PyTorch's.
struct UpdateNumbers {
  double beta1 = 0.9, beta2 = 0.999;
  double eps = 1e-8;
  double momentum = 0.9;
  double alpha = 0.99;
  double weight_decay = 0;
};

/// What a rule sees of one parameter. `lr` is an f32 scalar, `t` an f64 scalar: this update's
/// number from 1.
struct ParameterUpdate {
  Value parameter;
  Value gradient;
  Value lr;
  Value t;
  UpdateNumbers numbers;
  /// State kept from update to update, zero at first, of the parameter's type; set once.
  std::function<Value(const std::string& slot)> state;
  std::function<void(const std::string& slot, Value value)> set_state;
};

/// An update rule: the new parameter as graph. Formulas as PyTorch writes them.
struct OptimizerDef {
  std::string word;
  std::string doc;
  std::function<Value(const ParameterUpdate& update)> apply;
};

std::span<const OptimizerDef> optimizers();
const OptimizerDef* find_optimizer(std::string_view word);

/// Gradients scaled so that their common Euclidean norm is at most `limit` (as torch
/// clip_grad_norm_: limit / (norm + 1e-6)).
std::vector<Value> clipped_by_norm(const std::vector<Value>& gradients, double limit);

}  // namespace agon
