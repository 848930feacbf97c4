#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/runtime/variables.h"
#include "graphs/words/layer.h"
#include "graphs/words/spectral_norm.h"
#include "tests/graphs/words_bench.h"

namespace agon::words_test {

/// A layer applied to one value, its parameters and statistics filled with wiggly() numbers in the
/// file's order (statistics positive).
class Site final : public LayerCall {
 public:
  struct Declared {
    Type type;
    FileForm file;
    Initial initial;
    std::vector<double> in_file;
  };
  struct Moved {
    Value value;
    double momentum;
  };

  explicit Site(bool training = true);

  /// The current value, or one more under another name; numbers in the language's order.
  void give(const std::string& name, const Shape& shape, const std::vector<double>& values,
            DType dtype = DType::F64);
  /// Makes `t` the current value.
  void become(const Tensor& t) { values_[first_] = t; }
  /// Applies `layer` ("conv: {filters: 2, kernel: 3}") to the value named first.
  Tensor apply(const std::string& layer);
  /// Numbers of a tensor in the language's order; sets what was declared as variables.
  NdArray numbers(const Tensor& t);
  /// The message of the first error that reading or applying `layer` gives; "" if none.
  std::string failure(const std::string& layer);

  /// Put before the names of what the layers declare, so that several can stand in one site.
  std::string prefix;
  std::map<std::string, Declared> declared;
  std::map<std::string, Moved> moved;
  std::map<std::string, double> params;
  /// What the layer after this one makes of its numbers.
  std::optional<Shape> becomes;

  Graph& graph() override { return *graph_; }
  const Tensor& current() override { return values_.at(first_); }
  std::string current_name() override { return first_; }
  Tensor named(const Text& name) override { return values_.at(name.text); }
  const NumberScope& scope() override { return scope_; }
  std::optional<Shape> next_picture() override { return becomes; }
  Term evaluate(const Expr&) override { return 0.0; }
  bool training() override { return training_; }
  Value parameter(const std::string& name, const Type& type, const FileForm& file,
                  const Initial& initial) override;
  Value statistic(const std::string& name, const Type& type, double initial) override;
  void move_statistic(const std::string& name, Value value, double momentum) override;
  SingularVectors singular_vectors(const WeightMatrix& matrix, const Type& weight) override;
  DrawSource& draws() override { return draws_; }

 private:
  BuildLayer read(const std::string& layer);

  bool training_;
  std::unique_ptr<Graph> graph_;
  CountedDraws draws_;
  NumberScope scope_;
  std::string first_;
  std::map<std::string, Tensor> values_;
  std::map<std::string, NdArray> inputs_;
};

/// Plain loops over the language's order: cross-correlation of x [n, c, h, w] with w [o, c, kh,
/// kw], zeros outside, the first window `top`, `left` in front of x.
NdArray plain_conv(const NdArray& x, const NdArray& w, std::int64_t stride, std::int64_t top,
                   std::int64_t left, std::int64_t out_h, std::int64_t out_w);
/// Its transpose: x [n, i, h, w], w [i, o, kh, kw].
NdArray plain_conv_transpose(const NdArray& x, const NdArray& w, std::int64_t stride,
                             std::int64_t top, std::int64_t left, std::int64_t out_h,
                             std::int64_t out_w);

}  // namespace agon::words_test
