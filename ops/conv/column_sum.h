#pragma once
#include <cstdint>
#include <vector>

namespace agon {

/// How a row of pixels is added up from the columns of a transposed convolution: what each pixel of
/// the smaller picture adds through one row of the kernel is a run of `run` floats, those of
/// neighbours lie `pitch` apart and are added `step` floats apart, the first at `-left`.
///
/// For each vector of the row the runs that reach it and the elements they reach are listed once,
/// so that adding up is loads under masks alone: nothing is written and read again.
class ColumnSum {
 public:
  using Function = void (*)(const ColumnSum&, const float* const* columns, std::int64_t count,
                            float* to);
  struct Geometry {
    std::int64_t pixels, pitch, run, step, left;
    std::int64_t row;  // floats
  };
  explicit ColumnSum(const Geometry& geometry);

  /// to[0, row) = the sums over `count` rows of columns, each from its first pixel's run.
  void add_up(const float* const* columns, std::int64_t count, float* to) const {
    function_(*this, columns, count, to);
  }

  /// Whether this processor has vectors for it (AVX2).
  static bool available();

  static constexpr std::int64_t kGroup = 16;
  struct Run {
    std::int32_t offset;  // of the group's first element, from the first run
    std::uint8_t reached[2];
  };
  const std::vector<Run>& runs() const { return runs_; }
  /// Of the groups of kGroup floats; one more than there are.
  const std::vector<std::int32_t>& first_runs() const { return first_; }
  std::int64_t row() const { return row_; }

 private:
  std::vector<Run> runs_;
  std::vector<std::int32_t> first_;
  std::int64_t row_;
  Function function_;
};

}  // namespace agon
