#pragma once
#include <numeric>
#include <string>
#include <vector>

#include "runners/data/data_set.h"

namespace agon {

/// A source, or a style of faces.
inline DataSpec drawn(const std::string& source) {
  DataSpec spec;
  spec.source = source == "sketch" ? "faces" : source;
  if (source == "sketch") spec.style = source;
  spec.origin = {"a.yaml", 3, 1, "data"};
  spec.source_origin = {"a.yaml", 3, 9, "data.source"};
  return spec;
}

inline std::vector<std::uint8_t> picture(const DataSet& set, std::int64_t index) {
  const DataFacts& facts = set.facts();
  std::vector<std::uint8_t> bytes(
      static_cast<std::size_t>(facts.height * facts.width * facts.channels));
  set.image(index, bytes);
  return bytes;
}

inline std::vector<std::int32_t> labels(const DataSet& set, std::int64_t index) {
  std::vector<std::int32_t> all(static_cast<std::size_t>(set.facts().label_numbers()));
  set.labels(index, all);
  return all;
}

inline double mean(const std::vector<std::uint8_t>& bytes) {
  return std::accumulate(bytes.begin(), bytes.end(), 0.0) / static_cast<double>(bytes.size());
}

}  // namespace agon
