#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/origin.h"

namespace agon {

/// How a training batch chooses examples.
enum class Pick { Shuffle, Replacement, Order };

/// One entry of `data:` as written, paths made absolute. The readers (runners/data) take it from
/// here.
struct DataSpec {
  std::string name;                    // "" for the only source
  std::string source;                  // digits, faces, rings, mnist, cifar10, folder
  std::string path;                    // absolute; empty for drawn sets
  std::string test;                    // absolute folder of a folder's test set, or empty
  std::optional<std::int64_t> height;  // `size`, one number or [height, width]
  std::optional<std::int64_t> width;
  std::optional<std::int64_t> channels;  // 1 or 3
  std::optional<std::int64_t> count;     // drawn sets: how many for training
  double low = -1;                       // `range`: what byte 0 becomes
  double high = 1;                       // and byte 255
  Pick pick = Pick::Shuffle;
  double hold_out = 0;   // share of the examples kept for the test split
  double validate = 0;   // share kept for the validation split
  Origin origin;         // of the section
  Origin source_origin;  // of the value of `source`
  Origin path_origin;    // of the value of `path`
};

/// What a source is, known before any example is read.
struct DataFacts {
  bool points = false;  // data.point [2] instead of data.image
  std::int64_t channels = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t classes = 0;  // 0: no labels
  std::int64_t count = 0;    // training examples
  std::int64_t test_count = 0;
  std::vector<std::string> class_names;  // empty or `classes` of them
};

}  // namespace agon
