#pragma once
#include <span>
#include <vector>

#include "runners/sweep/search/search.h"

namespace agon {

/// The settings that have values, best first. One objective: by its value. Several: front by front
/// (what no other beats, then what no other of the rest beats, ...); within a front, each next one
/// adds most to the hypervolume of those before it, as Ozaki and others split their trials
/// ("Multiobjective tree-structured Parzen estimator", GECCO 2020). Only the first `wanted` places
/// are in that order for sure; what stands after them is merely not better.
std::vector<std::size_t> best_first(std::span<const Tried> tried, std::size_t wanted);

/// What `points` dominate up to `reference` (exact; by slices, so meant for few points).
double hypervolume(std::vector<std::vector<double>> points, const std::vector<double>& reference);

}  // namespace agon
