#include "tests/engine/fake_accelerator.h"

#include <algorithm>
#include <cstring>

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
class FakeQueues final : public Queues {
 public:
  FakeQueues(int count, std::vector<FakeWork>& all) {
    for (int i = 0; i < count; ++i) queues_.emplace_back(all);
  }
  void* queue(int number) override { return &queues_.at(static_cast<std::size_t>(number)); }
  void order(int earlier, int later) override {
    queues_.at(static_cast<std::size_t>(later))
        .wait_for(queues_.at(static_cast<std::size_t>(earlier)));
  }

 private:
  std::deque<FakeQueue> queues_;
};
}  // namespace

class FakeAccelerator::Recorded final : public Recording {
 public:
  Recorded(FakeAccelerator& owner, int queues, const std::function<void(Queues&)>& put)
      : owner_(owner) {
    FakeQueues all(queues, work);
    put(all);
  }
  void launch() override { owner_.launch(*this); }
  void wait() override { owner_.finish(this); }

  std::vector<FakeWork> work;

 private:
  FakeAccelerator& owner_;
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
  pending_.push_back(&recording);
  if (pace_ == Pace::AtOnce) finish(&recording);
  while (pace_ == Pace::Drawn && is_busy() && random_.below(2) == 0) finish(pending_.front());
}

/// Everything launched up to the last launch of this one, if it is not done already; all for null.
void FakeAccelerator::finish(const Recorded* last) {
  auto left = std::ranges::count(pending_, last);
  while (last == nullptr ? is_busy() : left > 0) {
    const Recorded* next = pending_.front();
    pending_.pop_front();
    replay(next->work);
    for (const FakeWork& work : next->work) memory_.use(work.shared, -1);
    left -= next == last ? 1 : 0;
  }
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
