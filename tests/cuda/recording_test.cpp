#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>
#include <set>

#include "engine/base/error.h"
#include "tests/cuda/accelerator_tests.h"
#include "tests/cuda/giving_driver.h"

namespace agon {
namespace {

constexpr int kQueues = 3;
constexpr std::size_t kArrays = 5;

/// array[y] = mix(array[a], array[b]), put into a queue.
struct Step {
  std::size_t a, b, y;
  int queue;
  bool touches(std::size_t array) const { return a == array || b == array || y == array; }
  /// Whether `later` has to come after this.
  bool is_before(const Step& later) const { return later.touches(y) || touches(later.y); }
};

std::vector<Step> random_steps(std::uint64_t seed, int count) {
  std::mt19937_64 random(seed);
  std::vector<Step> steps;
  for (int i = 0; i < count; ++i) {
    steps.push_back({random() % kArrays, random() % kArrays, random() % kArrays,
                     static_cast<int>(random() % kQueues)});
  }
  return steps;
}

/// The steps one after another on the processors.
void do_steps(const std::vector<Step>& steps, std::vector<Integers>& arrays) {
  for (const Step& s : steps) {
    Integers y;
    for (std::size_t i = 0; i < kElements; ++i)
      y.push_back(TestGraph::mixed(arrays[s.a][i], arrays[s.b][i]));
    arrays[s.y] = y;
  }
}

class Recordings : public EmulatedDevice {
 protected:
  Recordings() {
    for (std::size_t i = 0; i < kArrays; ++i) {
      expected_.push_back(counted(static_cast<std::int32_t>(10 * i)));
      arrays_.push_back(std::make_unique<DeviceArray>(*accelerator_, expected_[i]));
    }
    accelerator_->load();
  }

  void put_step(const Step& s, Queues& queues) {
    put(*kernel_, queues.queue(s.queue), arrays_[s.a]->memory, arrays_[s.b]->memory,
        arrays_[s.y]->memory);
  }
  /// Ordered where one step needs another.
  std::unique_ptr<Recording> record(const std::vector<Step>& steps, bool ordered = true) {
    return accelerator_->record(kQueues, [&](Queues& queues) {
      for (std::size_t i = 0; i < steps.size(); ++i) {
        std::set<int> after;
        for (std::size_t k = 0; k < i; ++k)
          if (steps[k].is_before(steps[i])) after.insert(steps[k].queue);
        for (int queue : after)
          if (ordered) queues.order(queue, steps[i].queue);
        put_step(steps[i], queues);
      }
    });
  }
  std::vector<Integers> values() const {
    std::vector<Integers> all;
    for (const auto& array : arrays_) all.push_back(array->values());
    return all;
  }

  TestGraph test_;
  std::unique_ptr<Accelerator> accelerator_ = emulated(giving_driver());
  std::unique_ptr<Kernel> kernel_ = test_.mix_kernel(cuda_context(*accelerator_));
  std::vector<Integers> expected_;
  std::vector<std::unique_ptr<DeviceArray>> arrays_;
};

TEST_F(Recordings, DoNothingUntilTheyAreLaunched) {
  emulation::take_counts();
  const auto recording = record(random_steps(1, 10));
  EXPECT_EQ(emulation::take_counts().kernels, 0);
  recording->wait();  // for nothing
  recording->launch();
  recording->wait();
  const emulation::Counts counts = emulation::take_counts();
  EXPECT_EQ(counts.kernels, 10);
  EXPECT_EQ(counts.graphs, 1);
}

TEST_F(Recordings, GiveTheSameInEveryOrderThatIsAllowed) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    emulation::set_order(seed);
    const std::vector<Step> steps = random_steps(seed + 100, 25);
    const auto recording = record(steps);
    for (int launch = 0; launch < 3; ++launch) {
      recording->launch();
      do_steps(steps, expected_);
    }
    recording->wait();
    ASSERT_EQ(values(), expected_) << "order " << seed;
  }
}

TEST_F(Recordings, GiveSomethingElseWhereAnOrderIsForgotten) {
  bool shown = false;
  for (std::uint64_t seed = 1; seed < 20 && !shown; ++seed) {
    emulation::set_order(seed);
    const std::vector<Step> steps = random_steps(seed, 25);
    expected_ = values();
    const auto recording = record(steps, false);
    recording->launch();
    recording->wait();
    do_steps(steps, expected_);
    shown = values() != expected_;
  }
  EXPECT_TRUE(shown) << "the test above proves nothing";
}

TEST_F(Recordings, ComeOneAfterAnother) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    emulation::set_order(seed);
    const std::vector<Step> first = random_steps(2 * seed, 12), second = random_steps(7 + seed, 9);
    const auto one = record(first), two = record(second);
    for (int i = 0; i < 3; ++i) {
      one->launch();
      do_steps(first, expected_);
      two->launch();
      do_steps(second, expected_);
    }
    two->wait();
    ASSERT_EQ(values(), expected_) << "order " << seed;
  }
}

TEST_F(Recordings, AreWaitedForOneByOne) {
  emulation::set_order(2);  // streams do nothing before somebody waits
  const auto one = record(random_steps(1, 4)), two = record(random_steps(2, 9));
  emulation::take_counts();
  one->launch();
  two->launch();
  one->wait();
  EXPECT_EQ(emulation::take_counts().kernels, 4);
  two->wait();
  EXPECT_EQ(emulation::take_counts().kernels, 9);
}

TEST_F(Recordings, ComeBetweenCopiesAndRuns) {
  for (const std::uint64_t seed : {0, 1, 2, 3}) {
    emulation::set_order(seed);
    const std::vector<Step> steps = {{0, 1, 2, 1}, {2, 0, 0, 1}};
    const auto recording = record(steps);
    expected_[1] = counted(77);
    accelerator_->copy_to_device(arrays_[1]->memory, expected_[1].data(), DeviceArray::kBytes);
    recording->launch();
    do_steps(steps, expected_);
    accelerator_->run([&](void* queue) {
      put(*kernel_, queue, arrays_[0]->memory, arrays_[0]->memory, arrays_[3]->memory);
    });
    do_steps({{0, 0, 3, 0}}, expected_);
    EXPECT_EQ(arrays_[3]->values(), expected_[3]);
    ASSERT_EQ(values(), expected_) << "order " << seed;
  }
}

TEST_F(Recordings, MayBeEmptyAndOfOneQueue) {
  for (const int queues : {1, 2, 7}) {
    const auto empty = accelerator_->record(queues, [](Queues&) {});
    empty->launch();
    empty->wait();
    const auto last = accelerator_->record(queues, [&](Queues& of) {
      put(*kernel_, of.queue(queues - 1), arrays_[0]->memory, arrays_[1]->memory,
          arrays_[2]->memory);
      of.order(queues - 1, queues - 1);
    });
    last->launch();
    last->wait();
    do_steps({{0, 1, 2, 0}}, expected_);
    EXPECT_EQ(values(), expected_);
  }
}

TEST_F(Recordings, RefuseQueuesThatAreNotThere) {
  record(random_steps(1, 5));
  EXPECT_THROW(accelerator_->record(0, [](Queues&) {}), InternalError);
  EXPECT_THROW(accelerator_->record(2, [](Queues& queues) { queues.queue(2); }), InternalError);
  EXPECT_THROW(accelerator_->record(2, [](Queues& queues) { queues.order(-1, 0); }), InternalError);
}

TEST_F(Recordings, BeginAnewAfterAFailure) {
  const std::vector<Step> steps = random_steps(3, 10);
  EXPECT_THROW(accelerator_->record(kQueues,
                                    [&](Queues& queues) {
                                      put_step(steps[0], queues);
                                      throw Error(ExitCode::Stopped, "stopped");
                                    }),
               Error);
  EXPECT_EQ(values(), expected_) << "something was done";
  const auto recording = record(steps);
  recording->launch();
  recording->wait();
  do_steps(steps, expected_);
  EXPECT_EQ(values(), expected_);
}

TEST_F(Recordings, BeginAnewAfterAFailureOfEachCall) {
  const std::vector<Step> steps = random_steps(5, 6);
  for (std::int64_t call = 1;; ++call) {
    emulation::fail_at(call, CUDA_ERROR_INVALID_VALUE);
    std::unique_ptr<Recording> first;
    try {
      first = record(steps);
    } catch (const InternalError&) {
    }
    const bool done = first != nullptr && call > 20;
    emulation::fail_at(0, CUDA_SUCCESS);
    const auto second = record(steps);
    second->launch();
    second->wait();
    do_steps(steps, expected_);
    ASSERT_EQ(values(), expected_) << "after call " << call;
    if (done) break;
  }
}

TEST_F(Recordings, BeginBehindWhatWasBrought) {
  const DeviceArray staged(*accelerator_, MemoryKind::Staged), free(*accelerator_);
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    emulation::set_order(seed);
    const std::vector<Step> steps = random_steps(seed, 8);
    const auto recording = record(steps);
    recording->launch();
    do_steps(steps, expected_);
    const auto other = accelerator_->record(1, [&](Queues& queues) {
      put(*kernel_, queues.queue(0), free.memory, free.memory, arrays_[0]->memory);
    });
    const Integers fresh = counted(static_cast<std::int32_t>(100 * seed));
    std::memcpy(staged.memory, fresh.data(), DeviceArray::kBytes);
    accelerator_->bring(free.memory, staged.memory, DeviceArray::kBytes);
    other->launch();
    for (std::size_t i = 0; i < kElements; ++i)
      expected_[0][i] = TestGraph::mixed(fresh[i], fresh[i]);
    other->wait();
    ASSERT_EQ(values(), expected_) << "order " << seed;
  }
}

TEST_F(Recordings, DoNotWaitForWhatIsBroughtLater) {
  const DeviceArray staged(*accelerator_, MemoryKind::Staged), free(*accelerator_);
  emulation::set_order(2);
  const auto recording = record(random_steps(1, 4));
  recording->launch();
  emulation::take_counts();
  accelerator_->bring(free.memory, staged.memory, DeviceArray::kBytes);
  recording->wait();
  const emulation::Counts counts = emulation::take_counts();
  EXPECT_EQ(counts.kernels, 4);
  EXPECT_EQ(counts.copies, 0);
}

TEST_F(Recordings, NoteWhenTheirMarksArePassed) {
  for (const std::uint64_t seed : {0, 1, 2, 3}) {
    emulation::set_order(seed);
    const auto recording = accelerator_->record(2, [&](Queues& queues) {
      for (const int q : {0, 1}) {
        const auto number = static_cast<std::size_t>(10 * q);
        queues.mark(q, number);
        put_step({0, 1, static_cast<std::size_t>(2 + q), q}, queues);
        queues.mark(q, number + 1);
      }
    });
    for (int launch = 0; launch < 2; ++launch) {
      accelerator_->start_clock();
      recording->launch();
      recording->wait();
      for (const std::size_t number : {0, 10}) {
        EXPECT_GE(recording->marked(number), 0) << "order " << seed;
        EXPECT_GT(recording->marked(number + 1), recording->marked(number)) << "order " << seed;
      }
    }
  }
  EXPECT_THROW(accelerator_->record(1,
                                    [](Queues& queues) {
                                      queues.mark(0, 3);
                                      queues.mark(0, 3);
                                    }),
               InternalError);
}

TEST_F(Recordings, MayEndWhileTheirWorkIsGoingOn) {
  emulation::set_order(2);
  const std::vector<Step> steps = random_steps(4, 10);
  auto recording = record(steps);
  emulation::take_counts();
  recording->launch();
  do_steps(steps, expected_);
  recording.reset();
  EXPECT_EQ(emulation::take_counts().kernels, 10) << "memory may be given back after it";
  EXPECT_EQ(values(), expected_);
}

}  // namespace
}  // namespace agon
