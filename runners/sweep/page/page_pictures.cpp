#include "runners/sweep/page/page_pictures.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/runtime/durable_file.h"
#include "runners/runs/run_directory.h"
#include "runners/runs/step_name.h"
#include "runners/sweep/page/html.h"
#include "runners/sweep/page/page_data.h"

namespace agon {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostSettings = 6;
constexpr std::size_t kMostPictures = 3;  // of one setting
constexpr std::uint64_t kMostBytes = 512 << 10;

/// The pictures of a run's last step with any, shortest name first: those of its own specs before
/// walks drawn later.
std::vector<fs::path> last_samples(const RunDirectory& run) {
  std::vector<fs::path> last;
  std::int64_t newest = -1;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(run.samples(), failure)) {
    const fs::path& path = entry.path();
    const auto step = step_in(path.filename().string());
    if (!step || path.extension() != ".png" || *step < newest) continue;
    if (*step > newest) last.clear();
    newest = *step;
    last.push_back(path);
  }
  std::ranges::sort(last, {}, [](const fs::path& path) {
    return std::pair(path.native().size(), path.native());
  });
  if (last.size() > kMostPictures) last.resize(kMostPictures);
  return last;
}

std::string base64(const Buffer& bytes) {
  std::string text(4 * ((bytes.bytes() + 2) / 3) + 1, '\0');  // with the zero that is written too
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     static_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.bytes()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

/// Nothing for what cannot be shown.
std::optional<std::string> data_uri(const fs::path& path) {
  constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n";
  try {
    const Buffer bytes = read_file(path, kMostBytes);
    const std::string_view text(static_cast<const char*>(bytes.data()), bytes.bytes());
    if (!text.starts_with(kSignature)) return std::nullopt;
    return "data:image/png;base64," + base64(bytes);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string caption(const SweepFile& sweep, const SettingResult& result, const fs::path& picture) {
  std::vector<std::string> values;
  for (std::size_t i = 0; i < sweep.over.size(); ++i) {
    const Varied& varied = sweep.over[i];
    if (!result.point[i]) continue;
    if (varied.dimension.kind != Dimension::Kind::Choice) {
      values.push_back(fmt::format("{}={:.4g}", varied.dimension.name, *result.point[i]));
    } else {
      for (std::string& value : varied.settings(*result.point[i]))
        values.push_back(std::move(value));
    }
  }
  std::string text = fmt::format("setting {}: {}", result.number, joined(values));
  for (std::size_t i = 0; i < sweep.best.size(); ++i)
    text += fmt::format("; {} {}", sweep.best[i].measure, value_text(result, i));
  return text +
         fmt::format(" ({}, {})", run_name(result.trials.front().run), picture.stem().string());
}

}  // namespace

std::string page_pictures(const SweepFile& sweep, const std::vector<SettingResult>& results) {
  std::vector<std::size_t> best = ranked(sweep, results);
  if (best.size() > kMostSettings) best.resize(kMostSettings);
  std::string figures;
  for (const std::size_t i : best) {
    const SettingResult& result = results[i];
    if (result.trials.empty() || result.trials.front().run.empty()) continue;
    for (const fs::path& picture : last_samples(RunDirectory{result.trials.front().run})) {
      const auto uri = data_uri(picture);
      if (!uri) continue;
      figures += fmt::format(
          "<figure data-setting=\"{0}\"><img alt=\"samples of setting {0}\" src=\"{1}\">"
          "<figcaption>{2}</figcaption></figure>\n",
          result.number, *uri, html_text(caption(sweep, result, picture)));
    }
  }
  return figures;
}

}  // namespace agon
