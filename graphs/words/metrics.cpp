#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "graphs/words/markdown.h"
#include "graphs/words/metric.h"

namespace agon {

namespace {

const std::vector<MetricDef>& table() {
  using enum MetricNeeds;
  static const std::vector<MetricDef> defs = {
      {.name = "losses",
       .doc = "every loss of the file, a mean over the examples",
       .values = "the losses' own names",
       .needs = Losses},
      {.name = "l1", .doc = "mean of |fake - real|", .values = "`l1`", .needs = Pairs},
      {.name = "l2", .doc = "mean of (fake - real)^2", .values = "`l2`", .needs = Pairs},
      {.name = "psnr",
       .doc = "peak signal-to-noise ratio in dB: 10 log10(range^2 / mean (fake - real)^2) of each "
              "picture, at most 100, and the mean of that",
       .values = "`psnr`",
       .needs = Pictures},
      {.name = "ssim",
       .doc = "structural similarity (Wang 2004): Gaussian window of 11 x 11, sigma 1.5, each "
              "channel by itself",
       .values = "`ssim`",
       .needs = Pictures,
       .least_side = 11},
      {.name = "ms_ssim",
       .doc = "ssim over five scales (Wang 2003), each half the last",
       .values = "`ms_ssim`",
       .needs = Pictures,
       .least_side = 176},
      {.name = "statistics",
       .doc = "mean and standard deviation of all pixels of a channel (of a coordinate for "
              "points), fake and real, and how far they differ on average",
       .values = "`statistics.<channel>.fake_mean`, `real_mean`, `fake_std`, `real_std`, "
                 "`statistics.mean_difference`, `statistics.std_difference`",
       .needs = Values},
      {.name = "sliced_wasserstein",
       .doc = "sliced Wasserstein distance (Rabin 2012): root of the mean, over 128 seeded random "
              "directions, of the squared distance between the sorted projections",
       .values = "`sliced_wasserstein`",
       .needs = Values},
      {.name = "mode_coverage",
       .doc = "of points whose modes are known: modes with an example within 3 standard "
              "deviations, the share of such examples, and the divergence of their shares from "
              "even ones; of labelled data the same by a classifier's reading, and the smallest "
              "share of a class",
       .values = "`mode_coverage.modes`, `mode_coverage.good` or `mode_coverage.smallest`, "
                 "`mode_coverage.kl`",
       .needs = Modes},
      {.name = "fid",
       .doc = "Frechet distance of two Gaussians with the features' means and covariances (Heusel "
              "2017)",
       .values = "`fid`",
       .needs = Features,
       .more_than_features = true,
       .least_count = 2},
      {.name = "kid",
       .doc =
           "unbiased squared maximum mean discrepancy of the features with the kernel (x y / d + "
           "1)^3 (Binkowski 2018), the mean and deviation over 50 seeded subsets of "
           "min(500, count / 2)",
       .values = "`kid`, `kid.std`",
       .needs = Features,
       .least_count = 4},
      {.name = "precision_recall",
       .doc = "share of fake features within the 3rd-neighbour balls of the real ones, and the "
              "reverse (Kynkaanniemi 2019)",
       .values = "`precision`, `recall`",
       .needs = Features,
       .least_count = 4},
      {.name = "density_coverage",
       .doc = "how many 5th-neighbour balls of real features a fake one lies in, over 5, and the "
              "share of real ones with a fake one in theirs (Naeem 2020)",
       .values = "`density`, `coverage`",
       .needs = Features,
       .least_count = 6},
  };
  return defs;
}

}  // namespace

std::span<const MetricDef> metrics() {
  return table();
}

const MetricDef* find_metric(std::string_view name) {
  const auto it =
      std::ranges::find_if(table(), [&](const MetricDef& def) { return def.name == name; });
  return it == table().end() ? nullptr : &*it;
}

std::string metrics_markdown() {
  std::string text = "| metric | what it measures | values |\n|---|---|---|\n";
  for (const MetricDef& def : table()) {
    text +=
        fmt::format("| `{}` | {} | {} |\n", def.name, table_cell(def.doc), table_cell(def.values));
  }
  return text;
}

}  // namespace agon
