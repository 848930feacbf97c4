#include "tests/survival/run_results.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "tests/survival/scratch.h"

namespace agon {

namespace fs = std::filesystem;

namespace {
std::string first_words(const std::string& text) {
  std::istringstream lines(text);
  std::string words;
  for (std::string line; std::getline(lines, line);) words += line.substr(0, line.find(',')) + "\n";
  return words;
}

std::string newest_checkpoint(const std::string& folder) {
  std::string newest;
  long highest = -1;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    const std::string name = entry.path().filename().string();
    if (name.find(".tmp-") != std::string::npos) continue;
    const long step = std::stol(name.substr(name.find('-') + 1));
    if (step > highest) newest = name;
    highest = std::max(highest, step);
  }
  return newest;
}
}  // namespace

RunResults results_of(const std::string& run) {
  RunResults results;
  for (const char* name : {"metrics.jsonl", "metrics-spec.json", "experiment.yaml"})
    results[name] = text_of(run + "/" + name);
  results["timing.jsonl"] = first_words(text_of(run + "/timing.jsonl"));
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(run + "/samples", none))
    results["samples/" + entry.path().filename().string()] = text_of(entry.path().string());
  const std::string newest = newest_checkpoint(run + "/checkpoints");
  for (const char* name : {"/variables.safetensors", "/manifest.json"})
    results[newest + name] = text_of(run + "/checkpoints/" + newest + name);
  return results;
}

std::vector<std::string> differing(const RunResults& found, const RunResults& expected) {
  std::vector<std::string> names;
  for (const auto& [name, bytes] : expected) {
    const auto it = found.find(name);
    if (it == found.end() || it->second != bytes) names.push_back(name);
  }
  for (const auto& [name, bytes] : found) {
    if (!expected.contains(name)) names.push_back(name);
  }
  return names;
}

std::vector<std::string> leftovers_in(const std::string& run) {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : fs::recursive_directory_iterator(run, none)) {
    const std::string path = entry.path().string();
    if (path.find(".tmp-") != std::string::npos) names.push_back(path.substr(run.size() + 1));
  }
  return names;
}

}  // namespace agon
