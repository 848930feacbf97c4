#pragma once
#include <map>
#include <string>
#include <vector>

#include "graphs/experiment/training.h"

namespace agon {

using Arrays = std::map<std::string, NdArray>;

const OpRegistry& all_ops();

/// An experiment of a few numbers, built; sources as drawn_facts.h says. Throws ConfigError.
Plan plan_of(const std::string& text, const std::vector<std::string>& set = {},
             const Drawing* drawing = nullptr);

/// The warnings of a plan, a line each.
std::string warnings_of(const Plan& plan);

NdArray numbers(const Shape& shape, std::vector<double> values, DType dtype = DType::F32);
/// `updates` ("update:<name>") taken over into `variables`.
void take_updates(const Arrays& updates, Arrays& variables);

/// A training whose variables are carried in a map from draw to draw, every draw by the judge.
class CarriedTraining {
 public:
  /// `inputs`: data that variables begin from.
  explicit CarriedTraining(const Plan& plan, const Arrays& inputs = {});

  /// Computes anew what follows from frozen networks, after one was changed here.
  void derive();
  /// Runs all draws of step `step` on `inputs` (data.point, ...); gives the losses logged.
  std::map<std::string, double> step(std::int64_t step, const Arrays& inputs = {});

  NdArray& operator[](const std::string& name) { return variables_.at(name); }
  double at(const std::string& name, std::int64_t i = 0) const { return variables_.at(name)[i]; }
  Arrays& variables() { return variables_; }

 private:
  const Plan& plan_;
  Arrays variables_;
};

/// What outputs and updates need, by op name: nodes not made by differentiation, and all.
int forward_count(const Graph& graph, const std::string& op);
int whole_count(const Graph& graph, const std::string& op);
/// Streams of the random numbers that outputs and updates need, sorted.
std::vector<std::string> streams_of(const Graph& graph);

}  // namespace agon
