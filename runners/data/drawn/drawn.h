#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "runners/data/data_set.h"

namespace agon {

/// Drawn sets are the same data in every run, whatever the run's seed.
inline constexpr std::int64_t kDrawnSeed = 1;
inline constexpr std::int64_t kDrawnCount = 20000;
inline constexpr std::int64_t kDrawnTestCount = 4000;

/// "digits/train", "digits/test": the stream of random numbers a split is drawn from.
std::string drawn_stream(std::string_view source, bool test);

/// Label of a drawn example: every run of `classes` examples that starts at a multiple of it holds
/// each class once, in random order.
std::int32_t drawn_label(std::string_view stream, std::int64_t classes, std::int64_t index);

/// A list of labels that are named.
LabelFacts named_list(std::string name, std::vector<std::string> class_names,
                      std::int64_t length = 0);

/// Counts of a drawn set; throws ConfigError at keys that only sets of files have.
void set_drawn_counts(const DataSpec& spec, DataFacts& facts);

/// Size and channels of a drawn set of images, from the spec or the defaults given. Throws
/// ConfigError outside 8..1024 pixels, or for channels other than 1 or 3.
void set_drawn_shape(const DataSpec& spec, std::int64_t size, std::int64_t channels,
                     DataFacts& facts);

}  // namespace agon
