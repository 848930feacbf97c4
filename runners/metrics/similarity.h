#pragma once
#include <cstdint>
#include <vector>

namespace agon {

/// A channel of a picture in double precision, row by row.
struct Plane {
  std::int64_t height = 0, width = 0;
  std::vector<double> at;
};

/// Channel `channel` of a picture [height, width, channels].
Plane channel_of(const float* picture, std::int64_t height, std::int64_t width,
                 std::int64_t channels, std::int64_t channel);

/// Means over all places where the window lies inside the picture.
struct Similarity {
  double whole = 0;      // (2 mx my + c1)(2 sxy + c2) / ((mx^2 + my^2 + c1)(sx^2 + sy^2 + c2))
  double structure = 0;  // its second factor alone, contrast and structure
};

/// Structural similarity of two planes (Wang, Bovik, Sheikh, Simoncelli: "Image quality assessment:
/// from error visibility to structural similarity", IEEE TIP 2004): Gaussian window of 11 x 11 with
/// sigma 1.5, c1 = (0.01 range)^2, c2 = (0.03 range)^2, biased variances. Sides of at least 11.
Similarity similarity(const Plane& x, const Plane& y, double range);

inline constexpr std::int64_t kSimilarityWindow = 11;

}  // namespace agon
