#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/runtime/executor.h"
#include "graphs/experiment/experiment.h"
#include "runners/data/batches.h"
#include "runners/data/data_set.h"

namespace agon {

/// "train", "validate" or "test". Throws InternalError for another word.
Split split_named(const std::string& word);
std::string name_of(Split split);

/// An input of a graph that is fed from a source: data.image, data.label, data.<source>.point ...
struct DataPort {
  std::string name;
  std::size_t source = 0;           // in Experiment::data
  std::optional<std::size_t> list;  // of labels; nothing: the batch's values

  const void* of(const Batch& batch) const {
    if (list) return batch.labels[*list].data();
    return batch.values.data();
  }
};

/// The data ports among a program's inputs.
std::vector<DataPort> data_ports(const Program& program, const Experiment& experiment);

/// The splits of an experiment's sources, opened at first use and kept.
class Sources {
 public:
  /// `experiment` must outlive it.
  explicit Sources(const Experiment& experiment) : experiment_(experiment) {}

  const Experiment& experiment() const { return experiment_; }
  const DataSet& set(std::size_t source, Split split);

  struct Opened {
    std::size_t source = 0;
    Split split = Split::Train;
    const DataSet* set = nullptr;
  };
  /// What was opened so far, by source and split.
  std::vector<Opened> opened() const;

 private:
  const Experiment& experiment_;
  std::map<std::pair<std::size_t, Split>, std::unique_ptr<DataSet>> sets_;
};

/// The next batch of every source that training reads, for each draw.
class TrainingFeed {
 public:
  /// `first_batch`: batches already used. Only sources with a port are read.
  TrainingFeed(Sources& sources, const std::vector<std::unique_ptr<const Program>>& programs,
               std::int64_t first_batch);

  void next();
  /// Points the inputs of `executor`, which runs programs[program], to the current batches.
  void bind(std::size_t program, Executor& executor) const;
  /// Memory of the batches read ahead and in use, about.
  std::size_t bytes() const;

 private:
  std::vector<std::vector<DataPort>> ports_;           // by program
  std::vector<std::unique_ptr<BatchLoader>> loaders_;  // by source; null where unused
  std::vector<const Batch*> current_;                  // by source
  std::size_t bytes_ = 0;
};

/// Fixed examples for sampling and evaluation: positions first .. first + batch - 1 of a split, in
/// its plain order.
class ExampleFeed {
 public:
  ExampleFeed(Sources& sources, const Program& program, const std::string& split,
              std::int64_t batch);

  /// The smallest number of examples among the sources read; nothing where none is.
  std::optional<std::int64_t> count() const;
  void read(std::int64_t first);
  void bind(Executor& executor) const;

 private:
  struct Buffer {
    const DataSet* set = nullptr;
    BatchBuffers room;
    Batch batch;  // of `room`
  };
  Sources& sources_;
  std::int64_t batch_;
  std::vector<DataPort> ports_;
  std::map<std::size_t, Buffer> buffers_;
};

}  // namespace agon
