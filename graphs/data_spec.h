#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/origin.h"

namespace agon {

/// How a training batch chooses examples.
enum class Pick { Shuffle, Replacement, Order };

/// One item of `augment:`.
struct Augment {
  enum class Kind { Flip, FlipVertical, Turn, Shift } kind = Kind::Flip;
  std::int64_t by = 0;  // Shift: at most so many pixels each way
  bool operator==(const Augment&) const = default;
};

/// One entry of `data:` as written, paths made absolute. The readers (runners/data) take it from
/// here.
struct DataSpec {
  std::string name;                    // "" for the only source
  std::string source;                  // a word of data_source_names()
  std::string path;                    // absolute; empty for drawn sets
  std::string test;                    // absolute folder of a folder's test set, or empty
  std::vector<std::string> labels;     // absolute: table of `path`, then that of `test`
  std::string style;                   // faces: how they are drawn; "" where not given
  std::optional<std::int64_t> height;  // `size`, one number or [height, width]
  std::optional<std::int64_t> width;
  std::optional<std::int64_t> channels;  // 1 or 3
  std::optional<std::int64_t> frames;    // moving_digits: pictures of an example
  std::optional<std::int64_t> count;     // drawn sets: how many for training
  double low = -1;                       // `range`: what byte 0 becomes
  double high = 1;                       // and byte 255
  Pick pick = Pick::Shuffle;
  bool paired = false;           // example i belongs to example i of the other sources
  std::vector<Augment> augment;  // of training batches, in order
  double hold_out = 0;           // share of the examples kept for the test split
  double validate = 0;           // share kept for the validation split
  Origin origin;                 // of the section
  Origin source_origin;          // of the value of `source`
  Origin path_origin;            // of the value of `path`
  std::map<std::string, Origin, std::less<>> key_origins;  // of each key that is written
};

/// Numbers that belong to each example: its class, or a row of words.
struct LabelFacts {
  std::string name;                      // data.<name>
  std::int64_t classes = 0;              // labels are 0 .. classes - 1
  std::int64_t length = 0;               // 0: one number an example; else a row of so many
  std::vector<std::string> class_names;  // empty or `classes` of them

  std::int64_t numbers() const { return length == 0 ? 1 : length; }
};

/// The Gaussians that points were drawn from, where the program drew them: of equal weight, label k
/// of the first list being centres[k].
struct PointModes {
  std::vector<std::array<double, 2>> centres;
  double deviation = 0;  // of x and of y
};

/// What a source is, known before any example is read.
struct DataFacts {
  bool points = false;        // data.point [2] instead of data.image
  std::int64_t channels = 0;  // 1 grey, 3 colour; with frames one for each
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t frames = 0;  // above 0: the channels are moments in grey
  std::int64_t count = 0;   // training examples
  std::int64_t test_count = 0;
  std::int64_t validate_count = 0;
  std::vector<LabelFacts> labels;  // empty: no labels
  PointModes modes;                // empty unless the program draws points
  /// `source: image`: the one picture, bytes [height, width, channels], which never changes.
  std::shared_ptr<const std::vector<std::uint8_t>> picture;
  /// Folders that are paired: names the examples are paired by, training and test, in order.
  std::vector<std::string> names, test_names;

  /// A list by name; null if there is none. `label` is the list of that name, else the first.
  const LabelFacts* list(std::string_view name) const {
    for (const LabelFacts& facts : labels) {
      if (facts.name == name) return &facts;
    }
    return name == "label" && !labels.empty() ? labels.data() : nullptr;
  }
  /// Of `data.label`; 0 where there are no labels.
  std::int64_t classes() const { return labels.empty() ? 0 : list("label")->classes; }
  /// Of all lists together, for one example.
  std::int64_t label_numbers() const {
    std::int64_t numbers = 0;
    for (const LabelFacts& facts : labels) numbers += facts.numbers();
    return numbers;
  }
};

/// Byte b as low + b * (high - low) / 255, with 0 -> low and 255 -> high exactly.
inline float byte_value(std::uint8_t byte, double low, double high) {
  if (byte == 255) return static_cast<float>(high);
  return static_cast<float>(low + static_cast<double>(byte) * (high - low) / 255);
}

}  // namespace agon
