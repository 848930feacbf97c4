#include "tests/graphs/words_bench.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/base/error.h"
#include "engine/runtime/executor.h"
#include "ops/ops.h"

namespace agon::words_test {

const OpRegistry& all_ops() {
  static const auto ops = [] {
    auto made = std::make_unique<OpRegistry>();
    register_all_ops(*made);
    return made;
  }();
  return *ops;
}

std::vector<double> wiggly(std::int64_t count, double phase) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < count; ++i)
    values.push_back(
        std::sin(1.7 * static_cast<double>(i * i) + 0.9 * static_cast<double>(i) + phase));
  return values;
}

std::vector<double> channels_last_values(const Shape& s, const std::vector<double>& values) {
  if (s.rank() != 4) return values;
  std::vector<double> kept(values.size());
  std::size_t i = 0;
  for_each_index(s, [&](const auto& at) {
    kept[static_cast<std::size_t>(offset_of(engine_shape(s), {at[0], at[2], at[3], at[1]}))] =
        values[i++];
  });
  return kept;
}

Tensor CountedDraws::uniform(const std::string& word, const Shape& shape) {
  words.push_back(word);
  std::vector<double> values;
  const std::int64_t count = shape.elements();
  for (std::int64_t i = 0; i < count; ++i)
    values.push_back((static_cast<double>(i) + 0.5) / static_cast<double>(count));
  return picture_or_plain(graph_.constant(values, DType::F32, engine_shape(shape)));
}

Tensor CountedDraws::normal(const std::string& word, const Shape& shape) {
  return uniform(word, shape);
}

Bench::Bench(std::int64_t batch)
    : graph_(std::make_unique<Graph>(all_ops())), batch_(batch), draws_(*graph_) {}

void Bench::give(const std::string& name, const Shape& shape, const std::vector<double>& values,
                 DType dtype) {
  const Type type{dtype, engine_shape(shape)};
  inputs_[name] = NdArray(type, channels_last_values(shape, values));
  names_.insert_or_assign(name, picture_or_plain(graph_->input(name, type)));
}

void Bench::change(const std::string& name, std::int64_t index, double by) {
  inputs_.at(name)[index] += by;
}

Term Bench::term(const std::string& text) {
  return evaluate_term(parse_expression(text, {"test.yaml", 1, 1, ""}), *this);
}

std::string Bench::failure(const std::string& text) {
  try {
    term(text);
  } catch (const ConfigError& e) {
    return e.diagnostics().front().message;
  } catch (const GraphError& e) {
    return e.what();
  }
  return "";
}

NdArray Bench::numbers(const Term& term) {
  if (const double* number = term.number()) return NdArray(Type{DType::F64, {}}, {*number});
  graph_->set_output("result", as_plain(*term.as_tensor()).value);
  return run_reference(*graph_, inputs_, {}).at("result");
}

Term Bench::name(const Expr& e) {
  if (e.name == "batch") return static_cast<double>(batch_);
  const auto it = names_.find(e.name);
  if (it == names_.end()) throw GraphError("unknown name " + e.name);
  return it->second;
}

void expect_numbers(const NdArray& got, const Shape& shape, const std::vector<double>& expected,
                    const std::string& what, double tolerance) {
  ASSERT_EQ(to_text(got.type.shape), to_text(shape)) << what;
  ASSERT_EQ(got.values.size(), expected.size()) << what;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(got.values[i], expected[i], tolerance * std::max(1.0, std::abs(expected[i])))
        << what << ", element " << i;
  }
}

}  // namespace agon::words_test
