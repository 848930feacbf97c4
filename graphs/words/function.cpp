#include "graphs/words/function.h"

#include <fmt/format.h>

#include <cmath>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "graphs/words/function_tables.h"
#include "graphs/words/markdown.h"

namespace agon {

namespace {

std::vector<FunctionDef> all_functions() {
  std::vector<FunctionDef> all;
  for (const auto table :
       {loss_functions, draw_functions, reduce_functions, pointwise_functions, activation_functions,
        shape_functions, picture_functions, gradient_functions, state_functions}) {
    for (FunctionDef& def : table()) all.push_back(std::move(def));
  }
  return all;
}

std::string signature(const FunctionDef& def) {
  std::vector<std::string> parts = def.parameters;
  for (const FunctionOption& o : def.options) {
    const std::string values = o.words.empty() ? "" : joined(o.words, " | ");
    parts.push_back(o.name + "=" + values);
  }
  return fmt::format("{}({})", def.name, joined(parts));
}

}  // namespace

const Tensor& FunctionCall::tensor(std::size_t i) const {
  if (const Tensor* t = arguments_[i].as_tensor()) return *t;
  throw GraphError(
      fmt::format("expects a tensor as argument {}, got {}", i + 1, arguments_[i].described()));
}

double FunctionCall::number(std::size_t i) const {
  if (const double* number = arguments_[i].number()) return *number;
  throw GraphError(
      fmt::format("expects a number as argument {}, got {}", i + 1, arguments_[i].described()));
}

namespace {

std::int64_t checked_whole(double x, std::int64_t low) {
  // beyond 2^53 a double no longer counts one by one
  if (x != std::floor(x) || x < static_cast<double>(low) || x > 9007199254740992.0) {
    throw GraphError(
        fmt::format("expects a whole number of at least {}, got {}", low, number_text(x)));
  }
  return static_cast<std::int64_t>(x);
}

}  // namespace

std::int64_t FunctionCall::whole(std::size_t i, std::int64_t low) const {
  return checked_whole(number(i), low);
}

std::vector<std::int64_t> whole_numbers(const Term& term, std::int64_t low) {
  const TermList* list = term.list();
  std::vector<std::int64_t> numbers;
  for (const Term& item : list == nullptr ? TermList{term} : *list) {
    if (item.number() == nullptr)
      throw GraphError("expects whole numbers, got " + item.described());
    numbers.push_back(checked_whole(*item.number(), low));
  }
  if (numbers.empty()) throw GraphError("expects a number, got an empty list");
  return numbers;
}

std::vector<std::int64_t> FunctionCall::wholes(std::size_t i, std::int64_t low) const {
  return whole_numbers(arguments_[i], low);
}

Shape FunctionCall::shape(std::size_t i) const {
  const TermList* list = arguments_[i].list();
  if (list == nullptr) {
    throw GraphError(fmt::format("expects a shape like [batch, 10] as argument {}, got {}", i + 1,
                                 arguments_[i].described()));
  }
  std::vector<std::int64_t> sizes;
  for (const Term& item : *list) {
    if (item.number() == nullptr) {
      throw GraphError(fmt::format("expects whole numbers in a shape, got {}", item.described()));
    }
    sizes.push_back(checked_whole(*item.number(), 1));
  }
  return Shape(sizes);
}

Tensor FunctionCall::beside(std::size_t i, const Tensor& like) const {
  return tensor_of(arguments_[i], like);
}

const Term* FunctionCall::option(std::string_view name) const {
  const auto it = options_.find(std::string(name));
  return it == options_.end() ? nullptr : &it->second;
}

double FunctionCall::number_option(std::string_view name, double otherwise) const {
  const Term* term = option(name);
  if (term == nullptr) return otherwise;
  if (const double* number = term->number()) return *number;
  throw GraphError(fmt::format("expects a number as {}=, got {}", name, term->described()));
}

std::string FunctionCall::word(std::string_view name) const {
  const auto it = words_.find(std::string(name));
  return it == words_.end() ? "" : it->second;
}

std::span<const FunctionDef> functions() {
  static const std::vector<FunctionDef> all = all_functions();
  return all;
}

const FunctionDef* find_function(std::string_view name) {
  for (const FunctionDef& def : functions()) {
    if (def.name == name) return &def;
  }
  return nullptr;
}

std::string functions_markdown() {
  std::string text = "| function | what comes out |\n|---|---|\n";
  for (const FunctionDef& def : functions()) {
    std::string doc = def.doc;
    for (const FunctionOption& o : def.options) doc += fmt::format("; `{}=`: {}", o.name, o.doc);
    text += fmt::format("| `{}` | {} |\n", table_cell(signature(def)), table_cell(doc));
  }
  return text;
}

}  // namespace agon
