#pragma once
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/base/philox.h"
#include "runners/data/augment.h"
#include "runners/data/data_set.h"

namespace agon {

/// Which example stands at each position of a run: a pure function of (seed, stream name, epoch,
/// position), so that no state need be saved. Changing it changes every run: `kOrderVersion`.
class ExampleOrder {
 public:
  /// `stream` names the source: order_stream(spec).
  ExampleOrder(Pick pick, std::int64_t count, std::int64_t seed, std::string_view stream);

  /// 0 <= position < count.
  std::int64_t at(std::int64_t epoch, std::int64_t position) const;
  /// Position counted from the start of the run, across epoch borders.
  std::int64_t at(std::int64_t position) const { return at(position / count_, position % count_); }

 private:
  Pick pick_;
  std::int64_t count_;
  PhiloxKey key_;
};

inline constexpr int kOrderVersion = 1;

/// "data/order", or "data.<name>/order" with several sources that are not paired.
std::string order_stream(const DataSpec& spec);

/// byte_value of every byte.
std::vector<float> range_table(double low, double high);

/// One batch: images float32 [batch, height, width, channels], or points [batch, 2], and of each
/// list of labels a row for each example: [batch], or [batch, length].
struct Batch {
  std::span<const float> values;
  std::vector<std::span<const std::int32_t>> labels;
};

/// Room for the examples of a batch.
struct BatchBuffers {
  BatchBuffers(const DataFacts& facts, std::int64_t batch);

  /// Writes an example's numbers of all lists, one list after another, to their places.
  void set_labels(const DataFacts& facts, std::size_t example,
                  std::span<const std::int32_t> numbers);
  /// What is in the buffers now.
  Batch view() const;

  std::vector<float> values;
  std::vector<std::vector<std::int32_t>> labels;  // by list
};

/// Reads examples `first`, `first` + 1, ... in plain order, as many as `into` has room for.
/// Examples past the end of the set start again at its beginning, so a last short batch is full.
void read_examples(const DataSet& set, const DataSpec& spec, std::int64_t first, std::int64_t batch,
                   BatchBuffers& into);

/// Numbers in one example: height * width * channels, or 2 for points.
std::int64_t example_size(const DataFacts& facts);

/// Memory of BatchBuffers.
std::size_t batch_bytes(const DataFacts& facts, std::int64_t batch);

/// Batches a BatchLoader holds: one in use, three ahead.
inline constexpr std::size_t kLoaderBuffers = 4;

/// Reads ahead on a thread of its own, into a fixed number of buffers. `set` and `spec` must
/// outlive the loader. Batch n holds positions n * batch ... of ExampleOrder, across epoch borders,
/// changed as `augment` says.
class BatchLoader {
 public:
  /// Throws ConfigError at spec.origin when `batch` is larger than the set.
  BatchLoader(const DataSet& set, const DataSpec& spec, std::int64_t batch, std::int64_t seed,
              std::int64_t first_batch = 0);
  ~BatchLoader();
  BatchLoader(const BatchLoader&) = delete;
  BatchLoader& operator=(const BatchLoader&) = delete;

  /// The next batch; valid until the following call. What the reading thread threw is thrown here,
  /// at the batch where it happened.
  const Batch& next();

 private:
  struct Slot {
    BatchBuffers buffers;
    Batch batch;  // of `buffers`
    std::exception_ptr error;
  };

  void read_ahead(std::int64_t first_batch);
  void fill(Slot& slot, std::int64_t number);

  const DataSet& set_;
  std::int64_t batch_;
  ExampleOrder order_;
  Augmenter augmenter_;
  std::vector<float> table_;
  std::vector<std::uint8_t> bytes_;    // one picture, of the reading thread
  std::vector<std::int32_t> numbers_;  // labels of one example, likewise
  std::vector<Slot> slots_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t filled_ = 0;      // batches ever filled
  std::uint64_t taken_ = 0;       // batches ever handed out
  std::uint64_t given_back_ = 0;  // of those, how many the consumer is done with
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace agon
