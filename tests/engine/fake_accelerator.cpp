#include "tests/engine/fake_accelerator.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>

#include "engine/base/error.h"

namespace agon {

void FakeQueue::put(FakeWork work) {
  work.after = last_;
  last_ = {all_.size()};
  all_.push_back(std::move(work));
}

void FakeQueue::wait_for(const FakeQueue& other) {
  last_.insert(last_.end(), other.last_.begin(), other.last_.end());
}

namespace {
std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

using Marks = std::map<std::size_t, std::int64_t>;

class FakeQueues final : public Queues {
 public:
  FakeQueues(int count, std::vector<FakeWork>& all, Marks& marks) : marks_(marks) {
    for (int i = 0; i < count; ++i) queues_.emplace_back(all);
  }
  void* queue(int number) override { return &queues_.at(static_cast<std::size_t>(number)); }
  void order(int earlier, int later) override {
    queues_.at(static_cast<std::size_t>(later))
        .wait_for(queues_.at(static_cast<std::size_t>(earlier)));
  }
  void mark(int queue, std::size_t number) override {
    if (!marks_.emplace(number, 0).second) throw InternalError("a mark is used twice");
    std::int64_t& at = marks_[number];
    queues_.at(static_cast<std::size_t>(queue)).put({[&at] { at = now(); }, {}});
  }

 private:
  Marks& marks_;
  std::deque<FakeQueue> queues_;
};
}  // namespace

class FakeAccelerator::Recorded final : public Recording {
 public:
  Recorded(FakeAccelerator& owner, int queues, const std::function<void(Queues&)>& put)
      : owner_(owner) {
    FakeQueues all(queues, work, marks_);
    put(all);
  }
  ~Recorded() override { owner_.finish(this); }
  void launch() override { owner_.launch(*this); }
  void wait() override { owner_.finish(this); }
  std::int64_t marked(std::size_t number) override { return marks_.at(number) - owner_.clock_; }

  std::vector<FakeWork> work;

 private:
  FakeAccelerator& owner_;
  Marks marks_;
};

FakeAccelerator::FakeAccelerator(std::uint64_t seed, Pace pace)
    : random_(static_cast<std::int64_t>(seed), "replay"), pace_(pace) {}

FakeAccelerator::~FakeAccelerator() = default;

std::unique_ptr<Recording> FakeAccelerator::record(int queues,
                                                   const std::function<void(Queues&)>& put) {
  if (loads_ == 0) throw InternalError("recorded before anything was loaded");
  ++recordings_;
  return std::make_unique<Recorded>(*this, queues, put);
}

void FakeAccelerator::launch(Recorded& recording) {
  for (const FakeWork& work : recording.work) memory_.use(work.shared, 1);
  pending_.push_back({&recording, std::move(brought_)});
  brought_.clear();
  most_pending_ = std::max(most_pending_, pending_.size());
  if (pace_ == Pace::AtOnce) finish(&recording);
  while (pace_ == Pace::Drawn && is_busy() && random_.below(2) == 0) finish_first();
}

void FakeAccelerator::finish_first() {
  Pending next = std::move(pending_.front());
  pending_.pop_front();
  carry_out(next.before);
  replay(next.recording->work);
  for (const FakeWork& work : next.recording->work) memory_.use(work.shared, -1);
}

/// Everything launched up to the last launch of this one, if it is not done already; all for null.
void FakeAccelerator::finish(const Recorded* last) {
  auto left = std::ranges::count(pending_, last, &Pending::recording);
  while (last == nullptr ? is_busy() : left > 0) {
    left -= pending_.front().recording == last ? 1 : 0;
    finish_first();
  }
}

void FakeAccelerator::bring(void* to, const void* from, std::size_t bytes) {
  memory_.expect(MemoryKind::Own, to, bytes, "bring to");
  memory_.expect(MemoryKind::Staged, from, bytes, "bring from");
  brought_.push_back({to, from, bytes});
  if (pace_ == Pace::AtOnce || (pace_ == Pace::Drawn && random_.below(2) == 0)) carry_out(brought_);
}

void FakeAccelerator::carry_out(std::vector<Bringing>& bringings) {
  memory_.open(true);
  for (const Bringing& one : bringings) std::memcpy(one.to, one.from, one.bytes);
  memory_.open(false);
  bringings.clear();
}

void FakeAccelerator::start_clock() {
  finish(nullptr);
  clock_ = now();
}

void FakeAccelerator::replay(const std::vector<FakeWork>& work) {
  std::vector<char> done(work.size(), 0);
  std::vector<std::size_t> left(work.size());
  for (std::size_t i = 0; i < left.size(); ++i) left[i] = i;
  memory_.open(true);
  while (!left.empty()) {
    const auto at = left.begin() + random_.below(static_cast<std::uint32_t>(left.size()));
    const std::size_t i = *at;
    if (std::ranges::any_of(work[i].after, [&](std::size_t e) { return done[e] == 0; })) continue;
    work[i].run();
    done[i] = 1;
    left.erase(at);
  }
  memory_.open(false);
}

void FakeAccelerator::run(const std::function<void(void* queue)>& put) {
  if (loads_ == 0) throw InternalError("run before anything was loaded");
  finish(nullptr);
  carry_out(brought_);
  std::vector<FakeWork> work;
  FakeQueue queue(work);
  put(&queue);
  replay(work);
}

void FakeAccelerator::copy_to_host(void* to, const void* from, std::size_t bytes) {
  finish(nullptr);
  memory_.expect(MemoryKind::Own, from, bytes, "copy_to_host");
  memory_.open(true);
  std::memcpy(to, from, bytes);
  memory_.open(false);
}

void FakeAccelerator::copy_to_device(void* to, const void* from, std::size_t bytes) {
  finish(nullptr);
  memory_.expect(MemoryKind::Own, to, bytes, "copy_to_device");
  memory_.open(true);
  std::memcpy(to, from, bytes);
  memory_.open(false);
}

}  // namespace agon
