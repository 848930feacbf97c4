#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "graphs/terms/tensor.h"

namespace agon {

/// What a network call gives: its plain value (none where the network has `outputs`), its outputs
/// and named layers.
struct CallResult {
  std::string network;
  std::optional<Tensor> plain;
  std::map<std::string, Tensor> outputs;
  std::map<std::string, Tensor> layers;
};

struct Term;
using TermList = std::vector<Term>;

/// What an expression over values can mean: a number known now, a tensor, a network's result, a
/// list.
struct Term {
  std::variant<double, Tensor, std::shared_ptr<const CallResult>, TermList> held;

  Term(double number) : held(number) {}                                        // NOLINT
  Term(Tensor tensor) : held(std::move(tensor)) {}                             // NOLINT
  Term(std::shared_ptr<const CallResult> result) : held(std::move(result)) {}  // NOLINT
  Term(TermList list) : held(std::move(list)) {}                               // NOLINT

  const double* number() const { return std::get_if<double>(&held); }
  const Tensor* tensor() const { return std::get_if<Tensor>(&held); }
  const TermList* list() const { return std::get_if<TermList>(&held); }
  const CallResult* result() const;
  /// The tensor, or the plain value of a result; null for the rest.
  const Tensor* as_tensor() const;
  /// "a number", "[64, 3, 64, 64]", "the outputs of encoder (mu, logvar)".
  std::string described() const;
};

/// A number as an engine scalar of `like`'s dtype; a tensor as it is. Throws GraphError for the
/// rest.
Tensor tensor_of(const Term& term, const Tensor& like);

/// Pointwise arithmetic between terms: numbers fold, tensors are aligned and the op added. `op` is
/// an engine op of two inputs.
Term pointwise(std::string_view op, const Term& a, const Term& b);

}  // namespace agon
