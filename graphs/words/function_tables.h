#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "graphs/words/function.h"

/// The tables that make up functions(), one for each functions_<theme>.cpp, and what they share.
namespace agon {

std::vector<FunctionDef> loss_functions();
std::vector<FunctionDef> draw_functions();
std::vector<FunctionDef> reduce_functions();
std::vector<FunctionDef> shape_functions();
std::vector<FunctionDef> pointwise_functions();
std::vector<FunctionDef> activation_functions();
std::vector<FunctionDef> gradient_functions();
std::vector<FunctionDef> picture_functions();
std::vector<FunctionDef> state_functions();

/// Throws GraphError "expects real values, got labels [64]; real(x) makes labels real".
void expect_real(const Tensor& x);

/// Throws GraphError "9 outputs serve the labels 0 to 8, got labels 0 to 9 (data.label has 10
/// classes)" where labels are known to lie outside; `what`: "outputs".
void expect_labels_within(const Tensor& labels, std::int64_t count, std::string_view what);

/// The axis that `over=` names (batch, channels or a number), `otherwise` where it is not given.
/// Throws GraphError "no axis 4 in [64, 10]".
int named_axis(const Tensor& x, std::string_view over, int otherwise);

/// A tensor around `rest`, which is x with `axes` (the language's) dropped; what is left is put
/// into the language's order.
Tensor without_axes(const Tensor& x, const std::vector<int>& axes, Value rest);

/// `over=example | batch | channels | <axis>`, as reductions take it.
FunctionOption over_option();

/// `over=batch | channels | <axis>`: the one axis that a function works along.
FunctionOption along_option(const std::string& otherwise = "channels");

/// The largest (or smallest) along `over`.
Tensor largest(const Tensor& x, std::string_view over);
Tensor smallest(const Tensor& x, std::string_view over);

/// e^x / sum of e^x along an axis of the language, the largest taken off first.
Tensor softmax(const Tensor& x, int axis);

/// [batch, ...] -> [batch, numbers of an example] in the language's order.
Tensor flattened(const Tensor& x);

/// [batch, ...] -> `shape` in the language's order. Throws GraphError "[64, 1, 28, 28] needs 50176
/// numbers, got 64 in [64, 1]".
Tensor reshaped(const Tensor& x, const Shape& shape);

/// Joined along an axis of the language. Throws GraphError where other axes differ.
Tensor joined_along(const std::vector<Tensor>& xs, int axis);

}  // namespace agon
