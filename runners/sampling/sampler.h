#pragma once
#include <cstdint>
#include <string>

#include "runners/data/picture.h"
#include "runners/data/png.h"
#include "runners/training/backend.h"
#include "runners/training/sources.h"

namespace agon {

/// What every picture says about itself: config (hash), name, step, seed. Never run, path or time.
PngTexts picture_texts(const Experiment& experiment, std::int64_t step);

/// One spec of `sample:`, ready to draw from the current variables. The examples and random numbers
/// are the same each time.
class Sampler {
 public:
  /// Everything given must outlive it; `arena` as for Trainer.
  Sampler(const SampleGraph& spec, const Program& program, Backend& backend, Variables& variables,
          Sources& sources, Arena& arena);

  const SampleGraph& spec() const { return spec_; }
  /// The grid of pictures, or a plot of points.
  Picture draw();

 private:
  Picture plot() const;

  const SampleGraph& spec_;
  const Program& program_;
  ExampleFeed feed_;
  Executor executor_;
  PointModes modes_;  // of the data, to know how far a plot must reach
  double step_ = 0;
  bool fed_ = false;
};

}  // namespace agon
