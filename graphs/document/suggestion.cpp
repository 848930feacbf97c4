#include "graphs/document/suggestion.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

namespace agon {

namespace {

/// Optimal string alignment distance: insertions, deletions, changes and swaps of neighbours.
int edit_distance(std::string_view a, std::string_view b) {
  const std::size_t columns = b.size() + 1;
  std::vector<int> before(columns), last(columns), row(columns);
  std::iota(last.begin(), last.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int change = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

/// What PyTorch, Keras and NumPy call a thing whose name here is too far from it for a distance.
struct Synonym {
  std::string_view written;
  std::string_view meant;
};
constexpr std::array kSynonyms = {
    Synonym{"avg_pool", "average_pool"},
    Synonym{"avgpool2d", "average_pool"},
    Synonym{"axis", "over"},
    Synonym{"batch_normalization", "batch_norm"},
    Synonym{"batch_size", "batch"},
    Synonym{"batchnorm2d", "batch_norm"},
    Synonym{"binary_cross_entropy", "bce"},
    Synonym{"binary_cross_entropy_with_logits", "bce_with_logits"},
    Synonym{"cat", "concat"},
    Synonym{"clamp", "clip"},
    Synonym{"conv2d_transpose", "conv_transpose"},
    Synonym{"convtranspose2d", "conv_transpose"},
    Synonym{"dataset", "data"},
    Synonym{"detach", "stop_gradient"},
    Synonym{"dim", "over"},
    Synonym{"embedding_dim", "dimension"},
    Synonym{"index_select", "gather"},
    Synonym{"kaiming", "he_normal"},
    Synonym{"kaiming_normal", "he_normal"},
    Synonym{"kaiming_uniform", "he_uniform"},
    Synonym{"kernel_size", "kernel"},
    Synonym{"l1_loss", "mae"},
    Synonym{"learning_rate", "lr"},
    Synonym{"linear", "dense"},
    Synonym{"loss", "losses"},
    Synonym{"maximum", "max"},
    Synonym{"maxpool2d", "max_pool"},
    Synonym{"minimum", "min"},
    Synonym{"mse_loss", "mse"},
    Synonym{"negative_slope", "slope"},
    Synonym{"num_embeddings", "rows"},
    Synonym{"out_channels", "filters"},
    Synonym{"out_features", "units"},
    Synonym{"permute", "transpose"},
    Synonym{"pixelshuffle", "depth_to_space"},
    Synonym{"rand", "uniform"},
    Synonym{"randn", "normal"},
    Synonym{"squeeze", "reshape"},
    Synonym{"swish", "silu"},
    Synonym{"take", "gather"},
    Synonym{"trainable", "frozen"},
    Synonym{"training", "train"},
    Synonym{"upsampling2d", "upsample"},
    Synonym{"view", "reshape"},
    Synonym{"xavier", "glorot_uniform"},
    Synonym{"xavier_normal", "glorot_normal"},
    Synonym{"xavier_uniform", "glorot_uniform"},
};

/// The candidate that another framework calls `name`.
std::optional<std::string> translated(std::string_view name,
                                      std::span<const std::string> candidates) {
  std::string written = lower(name);
  written.erase(0, written.rfind('.') + 1);  // torch.mean, F.leaky_relu
  const auto known = std::ranges::find(kSynonyms, written, &Synonym::written);
  if (known == kSynonyms.end()) return std::nullopt;
  const auto meant = std::ranges::find(candidates, known->meant);
  return meant == candidates.end() ? std::nullopt : std::optional(*meant);
}

}  // namespace

std::optional<std::string> nearest_name(std::string_view name,
                                        std::span<const std::string> candidates) {
  if (name.size() > 64) return std::nullopt;
  if (auto known = translated(name, candidates)) return known;
  std::optional<std::string> best;
  const int length = static_cast<int>(name.size());
  // a name changed in every letter is another name
  int best_distance = std::min(std::max(1, length / 3) + 1, std::max(1, length));
  for (const std::string& candidate : candidates) {
    const int distance = edit_distance(lower(name), lower(candidate));
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string suggestion(std::string_view name, std::span<const std::string> candidates) {
  const auto near = nearest_name(name, candidates);
  return near ? fmt::format("; did you mean '{}'?", *near) : "";
}

}  // namespace agon
