#include "runners/reproduce/recording.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <sstream>

#include "engine/base/error.h"
#include "engine/base/json_bounds.h"
#include "engine/base/sha256.h"
#include "engine/base/text.h"
#include "engine/runtime/durable_file.h"

namespace agon {

using Json = nlohmann::ordered_json;

namespace {
constexpr std::uint64_t kMostBytes = std::uint64_t{64} << 20;

Json to_json(const Measures& measures) {
  Json json = Json::object();
  // the shortest text of a float32 value, as in metrics.jsonl
  for (const auto& [name, value] : measures) {
    const auto single = static_cast<float>(value);
    json[name] = std::isfinite(single) ? Json::parse(fmt::format("{}", single)) : Json();
  }
  return json;
}

Measures measures_of(const Json& json) {
  Measures measures;
  for (const auto& [name, value] : json.items())
    measures.emplace_back(name, value.is_null() ? NAN : value.get<double>());
  return measures;
}

/// "8c1f03aa 00b7...": 32 bits of each are enough to say which one differs; that all are equal is
/// the whole's to prove.
std::string words_of(const NamedFingerprints& all) {
  std::vector<std::string> words;
  for (const auto& [name, value] : all) words.push_back(fmt::format("{:08x}", value >> 32));
  return joined(words, " ");
}

std::vector<std::string> names_of(const NamedFingerprints& all) {
  std::vector<std::string> names;
  for (const auto& [name, value] : all) names.push_back(name);
  return names;
}

/// Without names where there are none.
NamedFingerprints fingerprints_of(const std::string& text, const std::vector<std::string>& names) {
  NamedFingerprints found;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    std::uint64_t number = 0;
    const char* end = word.data() + word.size();
    if (std::from_chars(word.data(), end, number, 16).ptr != end || word.size() != 8)
      throw Error(ExitCode::Data, "'" + printable(word) + "' is no fingerprint");
    found.emplace_back(found.size() < names.size() ? names[found.size()] : "", number << 32);
  }
  return found;
}

/// `names` are those of the variables of the last step that had any.
Json to_json(std::int64_t number, const RecordedStep& step, std::vector<std::string>& names) {
  Json json = {{"step", number}};
  if (!step.fingerprint.empty()) json["fingerprint"] = step.fingerprint;
  if (!step.measures.empty()) json["measures"] = to_json(step.measures);
  if (!step.spread.empty()) json["spread"] = to_json(step.spread);
  if (!step.variables.empty()) {
    if (names_of(step.variables) != names) json["names"] = names = names_of(step.variables);
    json["variables"] = words_of(step.variables);
  }
  // a rerun that has as many has the same ones, and knows what they are
  if (!step.instructions.empty()) json["instructions"] = words_of(step.instructions);
  return json;
}

/// Refuses 1e20, of which get() would make some step.
std::int64_t step_number(const Json& json) {
  return json.get_ref<const std::int64_t&>();
}

RecordedStep step_of(const Json& json, std::vector<std::string>& names) {
  RecordedStep step;
  step.measures = measures_of(json.value("measures", Json::object()));
  step.spread = measures_of(json.value("spread", Json::object()));
  step.fingerprint = json.value("fingerprint", "");
  names = json.value("names", names);
  step.variables = fingerprints_of(json.value("variables", ""), names);
  step.instructions = fingerprints_of(json.value("instructions", ""), {});
  return step;
}

TrainingRecord recording_of(const Json& json) {
  TrainingRecord recording;
  recording.pinned = json.at("pinned");
  recording.set = json.value("set", std::vector<std::string>());
  recording.last = step_number(json.at("last"));
  std::vector<std::string> names;
  for (const Json& step : json.at("steps"))
    recording.steps[step_number(step.at("step"))] = step_of(step, names);
  for (const auto& [name, hash] : json.at("pictures").items())
    recording.pictures[name] = hash.get<std::string>();
  return recording;
}
}  // namespace

std::string to_text(const TrainingRecord& recording) {
  Json pictures = Json::object();
  for (const auto& [name, hash] : recording.pictures) pictures[name] = hash;
  std::vector<std::string> steps;
  std::vector<std::string> names;
  for (const auto& [number, step] : recording.steps)
    steps.push_back(to_json(number, step, names).dump());
  return fmt::format(
      "{{\"recording\": 1,\n\"set\": {},\n\"last\": {},\n\"pinned\": {},\n\"pictures\": {},\n"
      "\"steps\": [\n{}\n]}}\n",
      Json(recording.set).dump(), recording.last, recording.pinned.dump(), pictures.dump(),
      joined(steps, ",\n"));
}

TrainingRecord read_recording(const std::string& path) {
  const Buffer bytes = read_file(path, kMostBytes);
  const std::string_view text(static_cast<const char*>(bytes.data()), bytes.bytes());
  try {
    const std::string beyond = beyond_json_bounds(text, kMostOrderedNames);
    if (!beyond.empty()) throw Error(ExitCode::Data, beyond);
    const Json json = Json::parse(text);
    if (json.at("recording") != 1) throw Error(ExitCode::Data, "expected \"recording\": 1");
    return recording_of(json);
  } catch (const nlohmann::json::exception& failure) {
    throw Error(ExitCode::Data,
                fmt::format("'{}': not a recording: {}", printable(path), failure.what()));
  } catch (const Error& failure) {
    throw Error(ExitCode::Data,
                fmt::format("'{}': not a recording: {}", printable(path), failure.what()));
  }
}

std::string pixel_hash(const Picture& picture) {
  Sha256 hash;
  hash.update(fmt::format("{} {} {}\n", picture.height, picture.width, picture.channels));
  return hex_text(hash.update(std::as_bytes(std::span(picture.bytes))).finish());
}

}  // namespace agon
