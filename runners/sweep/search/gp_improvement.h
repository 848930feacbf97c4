#pragma once
#include "engine/base/philox.h"
#include "runners/sweep/search/gp_encoding.h"
#include "runners/sweep/search/gp_model.h"
#include "runners/sweep/search/settings.h"

namespace agon {

/// log of E[max(-z, 0)] for z of mean `z` and variance 1: what is to be gained, in its logarithm so
/// that it has a slope where it is all but 0 (Ament and others, "Unexpected improvements to
/// expected improvement", NeurIPS 2023). `slope`: with respect to z.
double log_gain(double z, double& slope);

/// The new setting with the largest expected improvement (Jones, Schonlau, Welch 1998) found: many
/// are drawn, evenly and near the `best` ones; the most promising climb, by gradients in real
/// numbers and step by step in the others. Nothing where every one drawn was proposed before.
std::optional<Point> most_improving(const Space& space, const GpModel& model,
                                    const GpEncoding& encoding, const std::vector<Point>& best,
                                    const Proposed& proposed, RandomStream& random);

}  // namespace agon
