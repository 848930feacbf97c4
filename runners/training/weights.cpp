#include "runners/training/weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <span>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/runtime/safetensors_header.h"
#include "graphs/document/suggestion.h"
#include "graphs/experiment/system.h"
#include "runners/data/failure.h"
#include "runners/data/file_bytes.h"

namespace agon {

namespace {
using Entries = std::vector<SafetensorsEntry>;

/// Variables of a network that begin from its file.
struct Begun {
  std::string network, path;
  std::vector<const VariableDecl*> variables;
};

std::vector<Begun> begun_networks(const TrainingGraphs& training,
                                  const std::function<bool(const VariableDecl&)>& is_wanted) {
  std::vector<Begun> all;
  for (const VariableDecl& decl : training.variables) {
    if (decl.weights_file.empty() || !is_wanted(decl)) continue;
    auto begun = std::ranges::find(all, decl.network, &Begun::network);
    if (begun == all.end()) begun = all.insert(begun, {decl.network, decl.weights_file, {}});
    begun->variables.push_back(&decl);
  }
  return all;
}

/// Where the network says what it begins from.
Origin place_of(const Experiment& experiment, const std::string& network) {
  for (const auto& section : experiment.sections.networks) {
    if (section.name == network && section.value.weights) return section.value.weights->origin;
  }
  return {};
}

/// Calls `read` for each; what it throws about a file is a finding at its network.
std::vector<CodedFinding> findings_of(const Experiment& experiment, const std::vector<Begun>& all,
                                      const std::function<void(const Begun&)>& read) {
  std::vector<CodedFinding> found;
  for (const Begun& begun : all) {
    try {
      try {
        read(begun);
      } catch (const Error& failure) {
        fail_again_at(place_of(experiment, begun.network), failure);
      }
    } catch (const InputError& failure) {
      found.insert(found.end(), failure.findings().begin(), failure.findings().end());
    }
  }
  return found;
}

/// The tensors of a file, of which its header alone is read.
Entries entries_in(const std::string& path) {
  std::uint64_t length = 0;
  const std::vector<std::uint8_t> start = read_prefix(path, sizeof length);
  const auto bytes = static_cast<std::uint64_t>(file_size(path));
  if (start.size() == sizeof length) std::memcpy(&length, start.data(), sizeof length);
  if (length == 0 || length > SafetensorsFile::kMaxHeader || length + sizeof length > bytes)
    return SafetensorsFile(path).entries();  // says what is wrong with it
  const auto header = read_prefix(path, static_cast<std::int64_t>(sizeof length + length));
  const std::string json(header.begin() + sizeof length, header.end());
  return parse_safetensors_header(json, bytes - sizeof length - length, path).entries;
}

/// The tensor's entry: in the state of a run under the network's name, its average first.
const SafetensorsEntry* entry_of(const VariableDecl& decl, const Entries& entries) {
  const std::string own = decl.network + "." + decl.weights_name;
  for (const std::string& name : {average_name(own), own, decl.weights_name}) {
    const auto entry = std::ranges::find(entries, name, &SafetensorsEntry::name);
    if (entry != entries.end()) return &*entry;
  }
  return nullptr;
}

const Shape& shape_in_files(const VariableDecl& decl) {
  return decl.file == FileForm{} ? decl.type.shape : decl.file.shape;
}

std::string listed(const char* what, const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 8;
  if (names.empty()) return "";
  const std::size_t count = std::min(names.size(), kShown);
  return fmt::format(
      "; {}: {}{}", what, joined(std::span(names).first(count)),
      names.size() > kShown ? fmt::format(" and {} more", names.size() - kShown) : "");
}

/// The names there, those of the same network alone where there are such.
std::vector<std::string> names_there(const std::string& network, const Entries& entries) {
  std::vector<std::string> names, own;
  for (const SafetensorsEntry& entry : entries) {
    names.push_back(printable(entry.name));
    if (names.back().starts_with(network + "."))
      own.push_back(names.back().substr(network.size() + 1));
  }
  if (!own.empty()) names = own;
  std::sort(names.begin(), names.end());
  return names;
}

/// Averages may be absent or of another shape: they then begin as what they are of.
void refuse_misfit(const Begun& begun, const Entries& entries) {
  std::vector<std::string> missing, changed;
  for (const VariableDecl* decl : begun.variables) {
    if (decl->role == VariableDecl::Role::Average) continue;
    const SafetensorsEntry* entry = entry_of(*decl, entries);
    if (entry == nullptr) {
      missing.push_back(decl->weights_name);
    } else if (!(entry->shape == shape_in_files(*decl))) {
      changed.push_back(fmt::format("{}: expected {}, got {}", entry->name,
                                    to_text(shape_in_files(*decl)), to_text(entry->shape)));
    }
  }
  if (missing.empty() && changed.empty()) return;
  const std::vector<std::string> names = names_there(begun.network, entries);
  const std::string hint =
      missing.size() == 1 ? suggestion(missing[0], names) : listed("there", names);
  throw Error(ExitCode::Data,
              fmt::format("'{}' does not fit network '{}'{}{}{}", printable(begun.path),
                          begun.network, listed("missing", missing), listed("changed", changed),
                          missing.empty() ? "" : hint));
}

/// One such number makes every loss that sees it one.
void refuse_not_finite(const NdArray& array, const std::string& where) {
  const auto& values = array.values;
  const auto bad =
      std::find_if(values.begin(), values.end(), [](double x) { return !std::isfinite(x); });
  if (bad == values.end()) return;
  std::int64_t left = bad - values.begin();
  std::vector<std::int64_t> index(static_cast<std::size_t>(array.type.shape.rank()));
  for (int axis = array.type.shape.rank() - 1; axis >= 0; --axis) {
    index[static_cast<std::size_t>(axis)] = left % array.type.shape[axis];
    left /= array.type.shape[axis];
  }
  throw Error(ExitCode::Data, fmt::format("{}: {} at {}", where, std::isnan(*bad) ? "nan" : "inf",
                                          list_text(index)));
}

void read_begun(const Begun& begun, const SafetensorsFile& file, Variables& variables) {
  refuse_misfit(begun, file.entries());
  for (const VariableDecl* decl : begun.variables) {
    const SafetensorsEntry* entry = entry_of(*decl, file.entries());
    if (entry == nullptr || !(entry->shape == shape_in_files(*decl))) continue;
    const NdArray array = file.array(*entry);
    refuse_not_finite(array, fmt::format("'{}': tensor '{}'", printable(begun.path), entry->name));
    variables.set_file_array(*variables.find(decl->name), array);
  }
}
}  // namespace

void check_weights(const Experiment& experiment, const std::vector<Plan>& plans) {
  std::map<std::string, Entries> headers;
  std::vector<CodedFinding> all;
  for (const Plan& plan : plans) {
    const auto begun = begun_networks(plan.training, [](const VariableDecl&) { return true; });
    const auto found = findings_of(experiment, begun, [&](const Begun& network) {
      if (!headers.contains(network.path)) headers[network.path] = entries_in(network.path);
      refuse_misfit(network, headers[network.path]);
    });
    for (const CodedFinding& coded : found) {
      const bool said = std::ranges::any_of(
          all, [&](const CodedFinding& other) { return other.finding == coded.finding; });
      if (!said) all.push_back(coded);
    }
  }
  if (!all.empty()) throw InputError(std::move(all));
}

void read_weights(const Experiment& experiment, const TrainingGraphs& training,
                  const std::set<std::string>& wanted, Variables& variables) {
  std::map<std::string, std::unique_ptr<SafetensorsFile>> files;
  const auto begun = begun_networks(
      training, [&](const VariableDecl& decl) { return wanted.contains(decl.name); });
  auto found = findings_of(experiment, begun, [&](const Begun& network) {
    auto& file = files[network.path];
    if (!file) file = std::make_unique<SafetensorsFile>(network.path);
    read_begun(network, *file, variables);
  });
  if (!found.empty()) throw InputError(std::move(found));
}

}  // namespace agon
