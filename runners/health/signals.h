#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace agon {

/// The numbers behind health signals, each of one batch, in double precision.

/// Share of values above, or at most, a boundary.
double share_above(std::span<const float> values, double boundary);
/// Share of logits whose sigmoid is below 1e-4: where log(1 - sigmoid) has no slope left.
double share_vanished(std::span<const float> logits);
double standard_deviation(std::span<const float> values);
double mean_of(std::span<const float> values);
/// The mean of each of `rows` equally long rows.
std::vector<float> row_means(std::span<const float> values, std::int64_t rows);

/// A number, and the standard error with which so many examples show it.
struct Estimate {
  double value = 0;
  double error = std::numeric_limits<double>::infinity();
};

/// r_v = (E trained_on - E held_out) / (E trained_on - E generated) of a discriminator's scores
/// (Karras 2020, Training GANs with Limited Data, eq. 1): 0 where it judges held-out examples like
/// those it is trained on, 1 where it judges them like generated ones. The error is to first order,
/// scores taken as independent; not finite where trained_on is not above generated, or where there
/// are fewer than two scores of a kind.
Estimate overfitting(std::span<const float> trained_on, std::span<const float> held_out,
                     std::span<const float> generated);

/// Sums over all numbers of (after - before)^2 and of before^2.
struct SquaredChange {
  double moved = 0, length = 0;
};
SquaredChange squared_change(const float* before, const float* after, std::int64_t count);

/// A batch of examples, one row each; pictures channels-last with their sizes.
struct Examples {
  std::span<const float> values;
  std::int64_t count = 0;
  std::int64_t height = 0, width = 0, channels = 0;  // 0 where they are no pictures

  std::int64_t numbers() const { return count == 0 ? 0 : std::ssize(values) / count; }
};

/// Pictures larger than 16x16 as means over a 16x16 grid of equal areas (sizes that 16 does not
/// divide: areas that differ by a pixel); anything else as it is.
std::vector<float> coarse(const Examples& examples);

/// The mean Euclidean distance between two examples, over all pairs, seen coarsely.
double mean_distance(const Examples& examples);
/// The mean distance between rows i of two batches, over rows where `counts` is true.
double mean_distance(const Examples& a, const Examples& b, const std::vector<bool>& counts);

/// Share of numbers in the outer 0.5 % of [low, high] on either side: |x| > 0.99 for [-1, 1].
double share_saturated(std::span<const float> values, double low, double high);
/// Share of an example's numbers that differ by less than `within` over all examples.
double share_still(const Examples& examples, double within);

/// Share of code units whose mean varies over examples by more than 0.01 (active units: Burda,
/// Grosse, Salakhutdinov 2016, Importance Weighted Autoencoders, 5.2). `means`: [count, units].
double share_active(std::span<const float> means, std::int64_t count);
/// KL(N(mean, exp(logvar)) || N(0, 1)) of an example in nats, summed over units, the mean over
/// examples.
double mean_divergence(std::span<const float> means, std::span<const float> logvars,
                       std::int64_t count);

}  // namespace agon
