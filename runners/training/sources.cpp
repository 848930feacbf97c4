#include "runners/training/sources.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/error.h"
#include "graphs/experiment/scope.h"

namespace agon {

Split split_named(const std::string& word) {
  if (word == "train") return Split::Train;
  if (word == "validate") return Split::Validate;
  if (word == "test") return Split::Test;
  throw InternalError("no split named '" + word + "'");
}

std::string name_of(Split split) {
  switch (split) {
    case Split::Train:
      return "train";
    case Split::Validate:
      return "validate";
    case Split::Test:
      return "test";
  }
  throw InternalError("unknown split");
}

std::vector<DataPort> data_ports(const Program& program, const Experiment& experiment) {
  std::vector<DataPort> ports;
  for (const Program::Port& input : program.inputs) {
    if (!input.name.starts_with("data.")) continue;
    const auto part = data_part(experiment, input.name);
    if (!part) throw InternalError("no source for input '" + input.name + "'");
    DataPort port{input.name, part->source, std::nullopt};
    if (part->kind == DataPart::Kind::Label) port.list = part->list;
    ports.push_back(std::move(port));
  }
  return ports;
}

const DataSet& Sources::set(std::size_t source, Split split) {
  auto& slot = sets_[{source, split}];
  if (!slot) slot = open_data(experiment_.data[source], split);
  return *slot;
}

std::vector<Sources::Opened> Sources::opened() const {
  std::vector<Opened> all;
  for (const auto& [key, set] : sets_) {
    if (set) all.push_back({key.first, key.second, set.get()});
  }
  return all;
}

TrainingFeed::TrainingFeed(Sources& sources,
                           const std::vector<std::unique_ptr<const Program>>& programs,
                           std::int64_t first_batch) {
  const Experiment& experiment = sources.experiment();
  loaders_.resize(experiment.data.size());
  current_.resize(experiment.data.size());
  for (const auto& program : programs) {
    ports_.push_back(data_ports(*program, experiment));
    for (const DataPort& port : ports_.back()) {
      if (loaders_[port.source]) continue;
      const DataSet& set = sources.set(port.source, Split::Train);
      loaders_[port.source] = std::make_unique<BatchLoader>(
          set, experiment.data[port.source], experiment.batch, experiment.seed, first_batch);
      bytes_ += batch_bytes(set.facts(), experiment.batch);
    }
  }
  // A single picture is in the graphs already; it is opened for the record of files.
  for (std::size_t i = 0; i < experiment.data.size(); ++i) {
    if (experiment.facts[i].picture != nullptr) sources.set(i, Split::Train);
  }
}

void TrainingFeed::next() {
  for (std::size_t source = 0; source < loaders_.size(); ++source) {
    if (loaders_[source]) current_[source] = &loaders_[source]->next();
  }
}

void TrainingFeed::bind(std::size_t program, Executor& executor) const {
  for (const DataPort& port : ports_[program]) {
    executor.bind_input(port.name, port.of(*current_[port.source]));
  }
}

std::size_t TrainingFeed::bytes() const {
  return bytes_;
}

ExampleFeed::ExampleFeed(Sources& sources, const Program& program, const std::string& split,
                         std::int64_t batch)
    : sources_(sources), batch_(batch), ports_(data_ports(program, sources.experiment())) {
  for (const DataPort& port : ports_) {
    if (buffers_.contains(port.source)) continue;
    const DataSet& set = sources.set(port.source, split_named(split));
    Buffer& buffer =
        buffers_.emplace(port.source, Buffer{&set, BatchBuffers(set.facts(), batch), {}})
            .first->second;
    buffer.batch = buffer.room.view();
  }
}

std::optional<std::int64_t> ExampleFeed::count() const {
  std::optional<std::int64_t> least;
  for (const auto& [source, buffer] : buffers_)
    least = std::min(least.value_or(buffer.set->count()), buffer.set->count());
  return least;
}

void ExampleFeed::read(std::int64_t first) {
  for (auto& [source, buffer] : buffers_) {
    read_examples(*buffer.set, sources_.experiment().data[source], first, batch_, buffer.room);
  }
}

void ExampleFeed::bind(Executor& executor) const {
  for (const DataPort& port : ports_) {
    executor.bind_input(port.name, port.of(buffers_.at(port.source).batch));
  }
}

}  // namespace agon
