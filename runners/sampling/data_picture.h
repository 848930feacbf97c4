#pragma once
#include "runners/data/data_set.h"
#include "runners/data/picture.h"

namespace agon {

/// The first examples of a set: pictures by class, a row for each of up to ten classes, otherwise
/// as they come; points as a plot.
Picture data_picture(const DataSet& set);

}  // namespace agon
