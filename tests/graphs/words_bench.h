#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/ir/ndarray.h"
#include "engine/ir/op_def.h"
#include "graphs/experiment/evaluator.h"

namespace agon::words_test {

const OpRegistry& all_ops();

/// Elements 0, 1, 2, ... through a fixed formula: irregular, in [-1, 1].
std::vector<double> wiggly(std::int64_t count, double phase = 0);

/// A picture's numbers in the language's order, as the engine keeps them (channels last).
std::vector<double> channels_last_values(const Shape& language, const std::vector<double>& values);

/// Draws that can be foretold: element i of a picture's memory or a plain tensor is (i + 0.5) /
/// count, the same for uniform and normal. Words asked for are recorded.
class CountedDraws final : public DrawSource {
 public:
  explicit CountedDraws(Graph& graph) : graph_(graph) {}
  Tensor uniform(const std::string& word, const Shape& shape) override;
  Tensor normal(const std::string& word, const Shape& shape) override;
  std::vector<std::string> words;

 private:
  Graph& graph_;
};

/// A graph with named values over which expressions are evaluated, by the reference.
class Bench final : public TermScope {
 public:
  explicit Bench(std::int64_t batch = 2);

  /// A value under a name, its numbers in the language's order.
  void give(const std::string& name, const Shape& shape, const std::vector<double>& values,
            DType dtype = DType::F64);
  void give(const std::string& name, Term term) { names_.insert_or_assign(name, std::move(term)); }
  /// Other numbers for a value given before.
  void change(const std::string& name, std::int64_t index, double by);

  /// The meaning of `text`; its errors pass.
  Term term(const std::string& text);
  /// The message of the error that `text` gives; "" if none.
  std::string failure(const std::string& text);
  /// Numbers in the language's order; a plain number is a scalar.
  NdArray numbers(const Term& term);
  NdArray numbers(const std::string& text) { return numbers(term(text)); }

  Graph& graph() override { return *graph_; }
  std::int64_t batch() override { return batch_; }
  Term name(const Expr& e) override;
  std::optional<Term> dotted(const std::string&, const Expr&) override { return std::nullopt; }
  std::optional<Term> call(const Expr&) override { return std::nullopt; }
  DrawSource& draw_source() override { return draws_; }
  CountedDraws& draws() { return draws_; }

 private:
  std::unique_ptr<Graph> graph_;
  std::int64_t batch_;
  CountedDraws draws_;
  std::map<std::string, Term> names_;
  std::map<std::string, NdArray> inputs_;
};

/// Fails with a readable message unless shape and numbers agree within `tolerance`.
void expect_numbers(const NdArray& got, const Shape& shape, const std::vector<double>& expected,
                    const std::string& what, double tolerance = 1e-9);

}  // namespace agon::words_test
