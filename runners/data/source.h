#pragma once
#include <memory>
#include <string_view>

#include "runners/data/data_set.h"

namespace agon {

/// One word of `source:`. Training and test examples as the source has them; the shares that
/// `hold_out` and `validate` take are cut off by open_data.
struct Source {
  std::string_view name;
  DataFacts (*inspect)(const DataSpec& spec);
  /// `facts` as inspect gave them.
  std::unique_ptr<DataSet> (*open)(const DataSpec& spec, const DataFacts& facts, bool test);
};

extern const Source kDigits;
extern const Source kFaces;
extern const Source kRings;
extern const Source kGrid;
extern const Source kMovingDigits;
extern const Source kShapes;
extern const Source kMnist;
extern const Source kCifar10;
extern const Source kFolder;
extern const Source kImage;

}  // namespace agon
