#include "runners/zoo/zoo_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "graphs/words/markdown.h"
#include "runners/runs/opened_run.h"
#include "runners/terminal/text.h"

namespace agon {

namespace fs = std::filesystem;

namespace {

/// Sample grids of a run's last step, as they are named: step-000500.png, step-000500-prior.png.
std::vector<fs::path> last_samples(const RunDirectory& run) {
  std::set<fs::path> all;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(run.samples(), failure)) {
    if (entry.path().extension() == ".png") all.insert(entry.path());
  }
  if (all.empty()) return {};
  constexpr std::size_t kStep = std::char_traits<char>::length("step-000000");
  const std::string last = all.rbegin()->stem().string().substr(0, kStep);
  std::erase_if(all, [&](const fs::path& p) { return !p.stem().string().starts_with(last); });
  return {all.begin(), all.end()};
}

std::string copied_samples(const ZooEntry& entry, const fs::path& folder) {
  if (entry.runs.empty()) return "";
  std::string stem = entry.config;
  std::replace(stem.begin(), stem.end(), '/', '-');
  std::string cell;
  for (const fs::path& from : last_samples(entry.runs.front().directory)) {
    const std::string spec = from.stem().string().substr(std::string("step-000000").size());
    const std::string name = stem + spec + ".png";
    fs::create_directories(folder);
    fs::copy_file(from, folder / name, fs::copy_options::overwrite_existing);
    cell += fmt::format("{}[{}]({}/{})", cell.empty() ? "" : " ",
                        spec.empty() ? "grid" : spec.substr(1), folder.filename().string(), name);
  }
  return cell;
}

std::string measures_cell(const std::vector<FinishedRun>& runs, bool failed) {
  std::vector<std::string> parts;
  if (failed) parts.emplace_back("failed");
  if (runs.empty()) return joined(parts);
  for (const auto& [name, first] : runs.front().measures.items()) {
    std::vector<double> values;
    for (const FinishedRun& run : runs) {
      if (run.measures.contains(name)) values.push_back(run.measures[name].get<double>());
    }
    parts.push_back(fmt::format("{} {}", name, spread_text(values)));
  }
  return joined(parts);
}

/// "3,000", or "2,100 of 3,000" where the limit came first.
std::string steps_cell(const ZooEntry& entry) {
  if (entry.steps == 0) return "";  // the config could not be read
  std::int64_t least = entry.steps;
  for (const FinishedRun& run : entry.runs) least = std::min(least, run.step);
  const std::string all = thousands_text(entry.steps);
  return least == entry.steps ? all : fmt::format("{} of {}", thousands_text(least), all);
}

std::string row(const ZooEntry& entry, const fs::path& folder) {
  double minutes = 0;
  for (const FinishedRun& run : entry.runs)
    minutes += run.minutes / static_cast<double>(entry.runs.size());
  return fmt::format("| `{}` | {} | {} | {} | {} | {} | {} | {} |\n", entry.config,
                     table_cell(entry.paper), entry.set, steps_cell(entry),
                     entry.runs.empty() ? "" : fmt::format("{:.1f}", minutes), entry.runs.size(),
                     measures_cell(entry.runs, entry.failed), copied_samples(entry, folder));
}

/// "AMD EPYC, 2 lanes", of every machine the runs were made on.
std::string machines(const std::vector<ZooEntry>& entries) {
  std::set<std::string> found;
  for (const ZooEntry& entry : entries) {
    for (const FinishedRun& run : entry.runs) {
      const auto lock = read_lock(run.directory);
      const std::string model = lock.value("/cpu/model"_json_pointer, std::string("unknown"));
      found.insert(fmt::format("{}, {}", model, counted_text(lock["lanes"].get<int>(), "lane")));
    }
  }
  return joined(std::vector<std::string>(found.begin(), found.end()), "; ");
}

}  // namespace

std::string spread_text(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  double mean = 0, squares = 0;
  for (const double v : values) mean += v / n;
  for (const double v : values) squares += (v - mean) * (v - mean);
  if (values.size() < 2) return figure_text(mean);
  return figure_text(mean) + " ± " + fmt::format("{:.2g}", std::sqrt(squares / (n - 1)));
}

void write_zoo_page(const std::string& path, const std::string& command,
                    const std::vector<ZooEntry>& entries) {
  const fs::path folder = fs::path(path).parent_path() / fs::path(path).stem();
  std::string page = fmt::format(
      "# The zoo\n\nWhat every shipped config comes to; written by `{}`, which trains what is "
      "missing. Minutes are of training, samples and evaluation together, their mean over the "
      "seeds. Measures are those of `evaluate:` at the last step, otherwise the last losses: mean "
      "and deviation over the seeds.\n\nMachine: {}\n\n| config | paper | set | steps | minutes | "
      "seeds | measures | samples |\n|---|---|---|---|---|---|---|---|\n",
      command, machines(entries));
  for (const ZooEntry& entry : entries) page += row(entry, folder);
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << page;
  if (!out.flush()) throw Error(ExitCode::Io, fmt::format("cannot write '{}'", path));
}

}  // namespace agon
