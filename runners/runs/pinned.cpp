#include "runners/runs/pinned.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>
#include <string_view>

#include "engine/base/text.h"
#include "runners/runs/machine.h"

namespace agon {

using Json = nlohmann::ordered_json;
using nlohmann::literals::operator""_json_pointer;

namespace {
/// What a lock holds about the machine, as JSON pointers.
constexpr std::array<const char*, 8> kOfMachine = {"/versions", "/libraries",  "/cpu/model",
                                                   "/cpu/isa",  "/device",     "/accelerator",
                                                   "/lanes",    "/environment"};

constexpr std::array<const char*, 4> kOfExperiment = {"/config/hash", "/seed", "/precision",
                                                      "/determinism"};
std::string plain(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// "/cpu/isa" -> "cpu.isa".
std::string dotted(const std::string& pointer) {
  std::string text = pointer.substr(1);
  std::ranges::replace(text, '/', '.');
  return text;
}

/// Null where there is none, or `json` is no object.
Json member(const Json& json, const char* key) {
  return json.is_object() ? json.value(key, Json()) : Json();
}

using Items = std::map<std::string, std::string>;

/// Every value below a pointer, by its dotted path.
void collect(const Json& record, const std::string& pointer, Items& items) {
  const Json::json_pointer at(pointer);
  if (!record.contains(at)) return;
  const Json& value = record[at];
  if (!value.is_object()) {
    items[dotted(pointer)] = plain(value);
    return;
  }
  for (const auto& [key, inner] : value.items()) items[dotted(pointer) + "." + key] = plain(inner);
}

/// Sets and their files by what they are, not by where they lie. A record that was written by
/// anything else may hold anything.
Items data_items(const Json& record) {
  Items items;
  for (const Json& set : member(record, "data")) {
    const Json name = member(set, "name");
    const std::string where =
        fmt::format("data.{}/{}", plain(name.is_null() ? member(set, "source") : name),
                    plain(member(set, "split")));
    items[where + " examples"] = plain(member(set, "count"));
    std::size_t number = 0;
    for (const Json& file : member(set, "files")) {
      items[fmt::format("{} file {}", where, ++number)] = fmt::format(
          "{} bytes, SHA-256 {}", plain(member(file, "bytes")), plain(member(file, "sha256")));
    }
  }
  for (const Json& file : member(record, "weights"))
    items["weights." + plain(member(file, "network"))] = "SHA-256 " + plain(member(file, "sha256"));
  return items;
}

/// Of the files in a list, and in those of its entries.
void forget_paths(Json& list) {
  for (Json& entry : list) {
    if (!entry.is_object()) continue;
    entry.erase("path");
    if (entry.contains("files")) forget_paths(entry["files"]);
  }
}

/// Items of either side, `only` or not, whose texts are not the same.
std::vector<PinnedDifference> compared(const Items& expected, const Items& found) {
  std::set<std::string> names;
  for (const Items* items : {&expected, &found}) {
    for (const auto& [name, text] : *items) names.insert(name);
  }
  const auto text_in = [](const Items& items, const std::string& name) {
    const auto it = items.find(name);
    return it == items.end() ? std::string("nothing") : it->second;
  };
  std::vector<PinnedDifference> differences;
  for (const std::string& name : names) {
    PinnedDifference difference{name, text_in(expected, name), text_in(found, name)};
    if (difference.expected != difference.found) differences.push_back(std::move(difference));
  }
  return differences;
}
/// Of everything below the pointers that `now` has.
std::vector<PinnedDifference> differences_at(std::span<const char* const> pointers,
                                             const Json& lock, const Json& now) {
  Items expected, found;
  for (const char* pointer : pointers) {
    if (!now.contains(Json::json_pointer(pointer))) continue;
    collect(lock, pointer, expected);
    collect(now, pointer, found);
  }
  return compared(expected, found);
}
}  // namespace

std::vector<PinnedDifference> machine_differences(const Json& lock, const Json& now) {
  Json recorded = lock;
  // what was recorded before there was another device
  if (recorded.is_object() && !recorded.contains("device")) recorded["device"] = "cpu";
  auto found = differences_at(kOfMachine, recorded, now);
  std::erase_if(found, [](const PinnedDifference& difference) {
    constexpr std::string_view kEnvironment = "environment.";
    return difference.item.starts_with(kEnvironment) &&
           !changes_bits(difference.item.substr(kEnvironment.size()));
  });
  return found;
}

std::vector<PinnedDifference> experiment_differences(const Json& lock, const Json& now) {
  return differences_at(kOfExperiment, lock, now);
}

Json pinned_part(const Json& lock) {
  Json part;
  part["config"]["hash"] = lock.value("/config/hash"_json_pointer, std::string());
  for (const char* key : {"seed", "device", "accelerator", "lanes", "precision", "determinism",
                          "versions", "program", "libraries", "cpu", "data", "weights"})
    part[key] = lock.value(key, Json());
  if (part["accelerator"].is_null()) part["accelerator"] = Json::object();
  part["environment"] = Json::object();
  const Json environment = lock.value("environment", Json::object());
  for (const auto& [name, value] : environment.items()) {
    if (changes_bits(name)) part["environment"][name] = value;
  }
  for (const char* key : {"data", "weights"}) forget_paths(part[key]);
  return part;
}

std::vector<PinnedDifference> data_differences(const Json& lock, const Json& now) {
  Items expected = data_items(lock);
  Items found = data_items(now);
  if (!now.contains("data"))
    std::erase_if(expected, [](const auto& i) { return i.first.starts_with("data."); });
  if (!now.contains("weights"))
    std::erase_if(expected, [](const auto& i) { return i.first.starts_with("weights."); });
  return compared(expected, found);
}

std::string list_text(const std::vector<PinnedDifference>& differences) {
  constexpr std::size_t kMost = 5;
  std::vector<std::string> texts;
  for (const PinnedDifference& difference : differences) {
    if (texts.size() == kMost) break;
    texts.push_back(fmt::format("{}: expected {}, got {}", difference.item, difference.expected,
                                difference.found));
  }
  if (differences.size() > kMost)
    texts.push_back(fmt::format("{} more", differences.size() - kMost));
  return printable(joined(texts, "; "));
}

}  // namespace agon
