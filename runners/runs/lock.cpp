#include "runners/runs/lock.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <set>

#include "graphs/document/writer.h"
#include "runners/data/file_bytes.h"
#include "runners/runs/machine.h"

namespace agon {

using Json = nlohmann::ordered_json;

namespace {
Json file_record(const DataFile& file) {
  return {{"path", file.path}, {"bytes", file.bytes}, {"sha256", file.sha256}};
}

Json sets_of(const Sources& sources) {
  Json sets = Json::array();
  for (const Sources::Opened& opened : sources.opened()) {
    const DataSpec& spec = sources.experiment().data[opened.source];
    Json files = Json::array();
    for (const DataFile& file : opened.set->files()) files.push_back(file_record(file));
    Json record;
    if (!spec.name.empty()) record["name"] = spec.name;
    record["source"] = spec.source;
    record["split"] = name_of(opened.split);
    record["count"] = opened.set->count();
    record["files"] = std::move(files);
    sets.push_back(std::move(record));
  }
  return sets;
}

Json weights_record(const Experiment& experiment) {
  Json files = Json::array();
  for (const Named<NetworkSection>& network : experiment.sections.networks) {
    const auto it = experiment.weights.find(network.name);
    if (it == experiment.weights.end()) continue;
    Json record = {{"network", network.name}, {"weights", network.value.weights->text}};
    record.update(file_record(described_file(it->second)));
    files.push_back(std::move(record));
  }
  return files;
}

/// Paths of a key that is one text or a list of them.
void set_texts(Yaml* node, std::string_view key, const std::vector<std::string>& values) {
  Yaml* written = node == nullptr ? nullptr : node->find(key);
  if (written == nullptr) return;
  if (written->is_scalar() && values.size() == 1) {
    *written = Yaml::scalar(values[0], written->place);
  }
  for (std::size_t i = 0; i < std::min(written->items.size(), values.size()); ++i)
    written->items[i] = Yaml::scalar(values[i], written->items[i].place);
}

void set_text(Yaml* node, std::string_view key, const std::string& value) {
  if (node == nullptr || value.empty()) return;
  if (Yaml* written = node->find(key)) *written = Yaml::scalar(value, written->place);
}
}  // namespace

Json versions_record() {
  return {{"numerics", kNumericsVersion}, {"random", kRandomVersion},
          {"initial", kInitialVersion},   {"order", kOrderVersion},
          {"augment", kAugmentVersion},   {"preprocessing", kPreprocessingVersion}};
}

Json data_record(const std::vector<std::unique_ptr<Sources>>& stages) {
  Json all = Json::array();
  for (const auto& sources : stages) {
    for (const Json& record : sets_of(*sources)) {
      if (std::find(all.begin(), all.end(), record) == all.end()) all.push_back(record);
    }
  }
  return all;
}

Json device_record(const Backend& backend) {
  const DeviceChoice& device = backend.device();
  Json record;
  record["device"] = device_name(device.placement, device.placement.rest);
  record["accelerator"] = Json::object();
  if (const Accelerator* accelerator = backend.accelerator()) {
    record["accelerator"]["name"] = accelerator->name();
    for (const auto& [name, value] : accelerator->facts()) record["accelerator"][name] = value;
  }
  if (!device.why.empty()) record["device_chosen"] = device.why;
  return record;
}

Means means_of(const Json& lock) {
  const Json lanes = lock.value("lanes", Json()), device = lock.value("device", Json());
  return {lanes.is_number_integer() ? std::max(1, lanes.get<int>()) : Lanes::automatic(),
          device.is_string() ? device.get<std::string>() : "cpu"};
}

Json lock_record(const Experiment& experiment, const std::vector<std::unique_ptr<Sources>>& sources,
                 const Backend& backend) {
  Json lock;
  lock["lock"] = 1;
  lock["name"] = experiment.name;
  lock["started"] = fmt::format(
      "{:%Y-%m-%dT%H:%M:%SZ}",
      fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
  std::error_code ignored;
  lock["config"] = {
      {"hash", experiment.hash},
      {"directory", std::filesystem::absolute(experiment.directory, ignored).string()},
      {"text", to_yaml(with_absolute_paths(experiment))}};
  lock["seed"] = experiment.seed;
  lock["steps"] = experiment.steps;
  lock["batch"] = experiment.batch;
  lock.update(device_record(backend));
  lock["lanes"] = backend.lanes.count();
  lock["precision"] = experiment.sections.precision.text;
  lock["determinism"] = experiment.sections.determinism.text;
  lock["versions"] = versions_record();
  lock.update(machine_record());
  lock["data"] = data_record(sources);
  lock["weights"] = weights_record(experiment);
  lock["lineage"] = Json::array();
  return lock;
}

Yaml with_absolute_paths(const Experiment& experiment) {
  Yaml document = experiment.document;
  for (const DataSpec& spec : experiment.data) {
    Yaml* data = document.find("data");
    Yaml* source = data == nullptr || spec.name.empty() ? data : data->find(spec.name);
    set_text(source, "path", spec.path);
    set_text(source, "test", spec.test);
    set_texts(source, "labels", spec.labels);
  }
  Yaml* networks = document.find("networks");
  for (const auto& [network, path] : experiment.weights) {
    if (networks != nullptr) set_text(networks->find(network), "weights", path);
  }
  return document;
}

}  // namespace agon
