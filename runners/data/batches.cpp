#include "runners/data/batches.h"

#include <fmt/format.h>

#include <algorithm>

#include "runners/data/failure.h"
#include "runners/data/permutation.h"

namespace agon {
namespace {

// Keeps the words of replacement apart from those of the permutation's rounds.
constexpr std::uint32_t kReplacementWord = 0x80000000u;

std::int64_t with_replacement(PhiloxKey key, std::int64_t count, std::uint64_t position) {
  const auto bound = static_cast<std::uint64_t>(count);
  const std::uint64_t unbiased = UINT64_MAX - UINT64_MAX % bound;
  for (std::uint32_t attempt = 0;; ++attempt) {
    const PhiloxCounter words =
        philox({static_cast<std::uint32_t>(position), static_cast<std::uint32_t>(position >> 32),
                attempt, kReplacementWord},
               key);
    const std::uint64_t value = std::uint64_t{words[0]} << 32 | words[1];
    if (value < unbiased) return static_cast<std::int64_t>(value % bound);
  }
}

void to_numbers(std::span<const std::uint8_t> bytes, const std::vector<float>& table,
                std::span<float> values) {
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = table[bytes[i]];
}

/// Reads one example; `bytes` is room for one picture.
void read_example(const DataSet& set, const std::vector<float>& table, std::int64_t index,
                  std::span<float> values, std::vector<std::uint8_t>& bytes) {
  if (set.facts().points) {
    set.point(index, values);
    return;
  }
  bytes.resize(values.size());
  set.image(index, bytes);
  to_numbers(bytes, table, values);
}

}  // namespace

ExampleOrder::ExampleOrder(Pick pick, std::int64_t count, std::int64_t seed,
                           std::string_view stream)
    : pick_(pick),
      count_(count),
      key_(stream_key(seed, fmt::format("{}/{}", stream, kOrderVersion))) {
  if (count < 1) throw InternalError("an order of no examples");
}

std::int64_t ExampleOrder::at(std::int64_t epoch, std::int64_t position) const {
  switch (pick_) {
    case Pick::Order:
      return position;
    case Pick::Replacement:
      return with_replacement(key_, count_, static_cast<std::uint64_t>(epoch * count_ + position));
    case Pick::Shuffle:
      return permuted(key_, static_cast<std::uint64_t>(epoch), count_, position);
  }
  throw InternalError("unknown pick");
}

std::string order_stream(const DataSpec& spec) {
  return spec.name.empty() || spec.paired ? "data/order" : fmt::format("data.{}/order", spec.name);
}

std::vector<float> range_table(double low, double high) {
  std::vector<float> table(256);
  for (std::size_t b = 0; b < 256; ++b) {
    table[b] = byte_value(static_cast<std::uint8_t>(b), low, high);
  }
  return table;
}

std::int64_t example_size(const DataFacts& facts) {
  return facts.points ? 2 : facts.height * facts.width * facts.channels;
}

BatchBuffers::BatchBuffers(const DataFacts& facts, std::int64_t batch)
    : values(static_cast<std::size_t>(batch * example_size(facts))) {
  for (const LabelFacts& list : facts.labels)
    labels.emplace_back(static_cast<std::size_t>(batch * list.numbers()));
}

void BatchBuffers::set_labels(const DataFacts& facts, std::size_t example,
                              std::span<const std::int32_t> numbers) {
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto n = static_cast<std::size_t>(facts.labels[i].numbers());
    std::copy_n(numbers.begin(), n, labels[i].begin() + static_cast<std::ptrdiff_t>(example * n));
    numbers = numbers.subspan(n);
  }
}

Batch BatchBuffers::view() const {
  return {values, {labels.begin(), labels.end()}};
}

std::size_t batch_bytes(const DataFacts& facts, std::int64_t batch) {
  const auto one = static_cast<std::size_t>(example_size(facts)) * sizeof(float) +
                   static_cast<std::size_t>(facts.label_numbers()) * sizeof(std::int32_t);
  return static_cast<std::size_t>(batch) * one;
}

void read_examples(const DataSet& set, const DataSpec& spec, std::int64_t first, std::int64_t batch,
                   BatchBuffers& into) {
  const std::vector<float> table = range_table(spec.low, spec.high);
  const auto size = static_cast<std::size_t>(example_size(set.facts()));
  std::vector<std::uint8_t> bytes;
  std::vector<std::int32_t> numbers(static_cast<std::size_t>(set.facts().label_numbers()));
  for (std::size_t i = 0; i < static_cast<std::size_t>(batch); ++i) {
    const std::int64_t index = (first + static_cast<std::int64_t>(i)) % set.count();
    read_example(set, table, index, std::span(into.values).subspan(i * size, size), bytes);
    set.labels(index, numbers);
    into.set_labels(set.facts(), i, numbers);
  }
}

BatchLoader::BatchLoader(const DataSet& set, const DataSpec& spec, std::int64_t batch,
                         std::int64_t seed, std::int64_t first_batch)
    : set_(set),
      batch_(batch),
      order_(spec.pick, set.count(), seed, order_stream(spec)),
      augmenter_(spec, set.facts(), seed),
      table_(range_table(spec.low, spec.high)),
      bytes_(set.facts().points ? 0 : static_cast<std::size_t>(example_size(set.facts()))),
      numbers_(static_cast<std::size_t>(set.facts().label_numbers())) {
  if (batch > set.count()) {
    fail_at(spec.origin, fmt::format("a batch of {} is larger than the set, which has {} examples",
                                     batch, set.count()));
  }
  slots_.reserve(kLoaderBuffers);
  for (std::size_t i = 0; i < kLoaderBuffers; ++i) {
    BatchBuffers buffers(set.facts(), batch);
    slots_.push_back({std::move(buffers), {}, nullptr});
    slots_.back().batch = slots_.back().buffers.view();
  }
  thread_ = std::thread([this, first_batch] { read_ahead(first_batch); });
}

BatchLoader::~BatchLoader() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void BatchLoader::fill(Slot& slot, std::int64_t number) {
  const std::span<float> values = slot.buffers.values;
  const std::size_t size = values.size() / static_cast<std::size_t>(batch_);
  for (std::size_t i = 0; i < static_cast<std::size_t>(batch_); ++i) {
    const std::int64_t position = number * batch_ + static_cast<std::int64_t>(i);
    const std::int64_t index = order_.at(position);
    const std::span<float> example = values.subspan(i * size, size);
    if (augmenter_.changes()) {
      set_.image(index, bytes_);
      augmenter_.apply(position, bytes_);
      to_numbers(bytes_, table_, example);
    } else {
      read_example(set_, table_, index, example, bytes_);
    }
    set_.labels(index, numbers_);
    slot.buffers.set_labels(set_.facts(), i, numbers_);
  }
}

void BatchLoader::read_ahead(std::int64_t first_batch) {
  for (std::uint64_t number = 0;; ++number) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stop_ || number < given_back_ + slots_.size(); });
      if (stop_) return;
    }
    Slot& slot = slots_[number % slots_.size()];
    try {
      fill(slot, first_batch + static_cast<std::int64_t>(number));
    } catch (...) {
      slot.error = std::current_exception();
    }
    const bool failed = slot.error != nullptr;
    {
      const std::lock_guard lock(mutex_);
      filled_ = number + 1;
    }
    changed_.notify_all();
    if (failed) return;
  }
}

const Batch& BatchLoader::next() {
  std::unique_lock lock(mutex_);
  given_back_ = taken_;
  changed_.notify_all();
  changed_.wait(lock, [&] { return filled_ > taken_; });
  const Slot& slot = slots_[taken_ % slots_.size()];
  // The thread has ended; a further call meets the same error again.
  if (slot.error) std::rethrow_exception(slot.error);
  ++taken_;
  return slot.batch;
}

}  // namespace agon
