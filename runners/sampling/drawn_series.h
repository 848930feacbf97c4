#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "runners/data/picture.h"
#include "runners/data/png.h"
#include "runners/training/backend.h"
#include "runners/training/sources.h"

namespace agon {

/// A spec of `sample:` as a Drawing asks: `total` examples, batch by batch, from the current
/// variables. The same numbers each time.
class DrawnSeries {
 public:
  /// Everything given must outlive it; `arena` as for Trainer. Throws Error(Config) for points, and
  /// where the split has fewer examples than are drawn.
  DrawnSeries(const SampleGraph& spec, const Program& program, Backend& backend,
              Variables& variables, Sources& sources, Arena& arena);

  const SampleGraph& spec() const { return spec_; }

  struct Example {
    std::int64_t index = 0;
    std::vector<Picture> pictures;      // as the spec lists them
    std::optional<std::int32_t> label;  // where the spec knows it
  };
  /// Calls `take` for each example in order.
  void draw(const std::function<void(const Example&)>& take);

  /// All pictures as the spec's grid.
  Picture grid();
  /// The first picture of each example as DIR/000000.png, or DIR/<class>/000000.png where classes
  /// are known: a folder that `source: folder` reads back. Throws Error(CantCreate) where DIR holds
  /// something.
  void write_folder(const std::string& directory, const PngTexts& texts);

 private:
  void set_inputs(std::int64_t first);
  /// How much of each key point example `index` is.
  void set_walk(std::int64_t index, float* weights) const;
  std::string class_name(std::int32_t label) const;

  const SampleGraph& spec_;
  Sources& sources_;
  ExampleFeed feed_;
  Executor executor_;
  std::int64_t across_ = 1;           // examples in a row of the grid
  std::vector<Program::Port> ports_;  // image0, image1, ...
  std::vector<std::int32_t> row_, column_;
  std::vector<float> walk_;
  double draw_ = 0;
};

}  // namespace agon
