#include "engine/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>

namespace agon {

std::string number_text(double value) {
  if (std::isfinite(value) && value == std::trunc(value) && std::abs(value) < 1e15) {
    return fmt::format("{}", static_cast<std::int64_t>(value));
  }
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

std::optional<double> parse_number(std::string_view text) {
  std::string digits;
  const auto is_digit = [&](std::size_t i) {
    return i < text.size() && text[i] >= '0' && text[i] <= '9';
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '_') {
      if (i == 0 || !is_digit(i - 1) || !is_digit(i + 1)) return std::nullopt;
      continue;
    }
    const bool sign =
        (c == '-' || c == '+') && (i == 0 || text[i - 1] == 'e' || text[i - 1] == 'E');
    if (!sign && !is_digit(i) && c != '.' && c != 'e' && c != 'E') return std::nullopt;
    digits += c;
  }
  const char* begin = digits.data();
  const char* end = begin + digits.size();
  if (begin != end && *begin == '+') ++begin;
  double value = 0;
  const auto [stop, failure] = std::from_chars(begin, end, value);
  if (failure != std::errc() || stop != end || begin == end) return std::nullopt;
  return value;
}

std::string joined(std::span<const std::string> parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts.begin(), parts.end(), separator));
}

std::string list_text(std::span<const std::int64_t> values) {
  return fmt::format("[{}]", fmt::join(values.begin(), values.end(), ", "));
}

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

namespace {
std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}
}  // namespace

namespace {

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
    Synonym{"cat", "concat"},
    Synonym{"clamp", "clip"},
    Synonym{"conv2d_transpose", "conv_transpose"},
    Synonym{"convtranspose2d", "conv_transpose"},
    Synonym{"detach", "stop_gradient"},
    Synonym{"dim", "over"},
    Synonym{"embedding_dim", "dimension"},
    Synonym{"kernel_size", "kernel"},
    Synonym{"l1_loss", "mae"},
    Synonym{"learning_rate", "lr"},
    Synonym{"linear", "dense"},
    Synonym{"maxpool2d", "max_pool"},
    Synonym{"mse_loss", "mse"},
    Synonym{"negative_slope", "slope"},
    Synonym{"num_embeddings", "rows"},
    Synonym{"out_channels", "filters"},
    Synonym{"out_features", "units"},
    Synonym{"permute", "transpose"},
    Synonym{"rand", "uniform"},
    Synonym{"randn", "normal"},
    Synonym{"swish", "silu"},
    Synonym{"trainable", "frozen"},
    Synonym{"view", "reshape"},
};

/// The candidate that another framework calls `name`.
std::optional<std::string> translated(std::string_view name,
                                      std::span<const std::string> candidates) {
  const auto known = std::ranges::find(kSynonyms, lower(name), &Synonym::written);
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

std::size_t utf8_length(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned char lead = byte(i);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length == 0 || i + length > text.size()) return 0;
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte(i + k) & 0xC0) != 0x80) return 0;
  }
  if (length == 3 && ((lead == 0xE0 && byte(i + 1) < 0xA0) || (lead == 0xED && byte(i + 1) > 0x9F)))
    return 0;
  if (length == 4 && ((lead == 0xF0 && byte(i + 1) < 0x90) || (lead == 0xF4 && byte(i + 1) > 0x8F)))
    return 0;
  return length;
}

std::string printable(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t length = utf8_length(text, i);
    const bool control =
        c < 0x20 || c == 0x7F ||
        (c == 0xC2 && length == 2 && static_cast<unsigned char>(text[i + 1]) < 0xA0);
    if (length == 0 || control) {
      result += fmt::format("\\x{:02x}", c);
      ++i;
    } else {
      result += text.substr(i, length);
      i += length;
    }
  }
  return result;
}

std::string bytes_text(double bytes) {
  static constexpr std::array kUnits = {"B",   "KiB", "MiB", "GiB", "TiB",
                                        "PiB", "EiB", "ZiB", "YiB"};
  std::size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  const int decimals = unit == 0 || bytes >= 100 ? 0 : 1;
  return fmt::format("{:.{}f} {}", bytes, decimals, kUnits[unit]);
}

std::string thousands_text(std::int64_t value) {
  std::string digits = fmt::format("{}", value < 0 ? -value : value);
  for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3) {
    digits.insert(static_cast<std::size_t>(i), ",");
  }
  return (value < 0 ? "-" : "") + digits;
}

}  // namespace agon
