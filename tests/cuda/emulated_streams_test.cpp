#include <gtest/gtest.h>

#include "tests/cuda/emulation.h"

namespace agon::emulation {
namespace {

const CudaDriver& d = driver();

/// Two streams, an event and four bytes of the device, each set by its own piece of work.
class EmulatedStreams : public testing::Test {
 protected:
  EmulatedStreams() {
    d.context_set(reinterpret_cast<CUcontext>(1));
    d.stream_create(&first_, 0);
    d.stream_create(&second_, 0);
    d.event_create(&event_, 0);
    d.allocate(&bytes_, 4);
    d.set_async(bytes_, 0, 4, nullptr);
  }
  ~EmulatedStreams() override {
    set_order(0);
    d.release(bytes_);
    d.event_destroy(event_);
    d.stream_destroy(first_);
    d.stream_destroy(second_);
    EXPECT_EQ(left_over(), "");
  }

  CUresult set(unsigned char value, CUstream stream) {
    return d.set_async(bytes_, value, 1, stream);
  }
  /// Without waiting for any stream, as nothing real can.
  int value() const {
    unsigned char got = 0;
    CUstream apart = nullptr;
    d.stream_create(&apart, 0);
    d.copy_async(reinterpret_cast<CUdeviceptr>(&got), bytes_, 1, apart);
    d.stream_destroy(apart);
    return got;
  }
  CUresult order(CUstream earlier, CUstream later) {
    const CUresult recorded = d.event_record(event_, earlier);
    return recorded == CUDA_SUCCESS ? d.stream_wait(later, event_, 0) : recorded;
  }
  CUresult begin() { return d.capture_begin(first_, CU_STREAM_CAPTURE_MODE_GLOBAL); }
  CUresult end() {
    CUgraph graph = nullptr;
    const CUresult result = d.capture_end(first_, &graph);
    if (graph != nullptr) d.graph_destroy(graph);
    return result;
  }

  CUstream first_ = nullptr, second_ = nullptr;
  CUevent event_ = nullptr;
  CUdeviceptr bytes_ = 0;
};

TEST_F(EmulatedStreams, KeepTimesOfWhatWasPassed) {
  set_order(2);
  CUevent later = nullptr, timeless = nullptr;
  d.event_create(&later, CU_EVENT_DEFAULT);
  d.event_create(&timeless, CU_EVENT_DISABLE_TIMING);
  float ms = -1;
  EXPECT_EQ(d.event_elapsed(&ms, event_, later), CUDA_ERROR_INVALID_HANDLE);
  d.event_record(event_, first_);
  set(3, first_);
  d.event_record(later, first_);
  d.event_record(timeless, first_);
  EXPECT_EQ(d.event_elapsed(&ms, event_, later), CUDA_ERROR_NOT_READY);
  d.event_synchronize(later);
  EXPECT_EQ(d.event_elapsed(&ms, event_, later), CUDA_SUCCESS);
  EXPECT_GT(ms, 0);
  EXPECT_EQ(d.event_elapsed(&ms, event_, timeless), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(d.event_record_as(later, first_, CU_EVENT_RECORD_EXTERNAL), CUDA_ERROR_INVALID_VALUE)
      << "outside of a capture";
  d.event_destroy(later);
  d.event_destroy(timeless);
}

TEST_F(EmulatedStreams, DoNothingBeforeSomebodyWaits) {
  set_order(2);
  EXPECT_EQ(set(1, first_), CUDA_SUCCESS);
  EXPECT_EQ(value(), 0);
  EXPECT_EQ(d.stream_synchronize(second_), CUDA_SUCCESS);
  EXPECT_EQ(value(), 0);
  EXPECT_EQ(d.stream_synchronize(first_), CUDA_SUCCESS);
  EXPECT_EQ(value(), 1);
  set_order(0);
  EXPECT_EQ(set(2, first_), CUDA_SUCCESS);
  EXPECT_EQ(value(), 2);
}

TEST_F(EmulatedStreams, KeepTheOrderThatEventsSay) {
  for (std::uint64_t seed = 2; seed < 40; seed += 4) {
    set_order(seed);
    EXPECT_EQ(set(1, first_), CUDA_SUCCESS);
    EXPECT_EQ(order(first_, second_), CUDA_SUCCESS);
    EXPECT_EQ(set(2, second_), CUDA_SUCCESS);
    EXPECT_EQ(d.stream_synchronize(second_), CUDA_SUCCESS);
    EXPECT_EQ(value(), 2);
  }
}

/// The same graph with and without an edge between two pieces of work that write the same byte.
TEST_F(EmulatedStreams, DoAGraphInAnyOrderThatItsEdgesAllow) {
  for (const bool ordered : {false, true}) {
    d.set_async(bytes_, 0, 4, nullptr);
    EXPECT_EQ(begin(), CUDA_SUCCESS);
    EXPECT_EQ(order(first_, second_), CUDA_SUCCESS);
    EXPECT_EQ(set(1, first_), CUDA_SUCCESS);
    if (ordered) {
      EXPECT_EQ(order(first_, second_), CUDA_SUCCESS);
    }
    EXPECT_EQ(set(2, second_), CUDA_SUCCESS);
    EXPECT_EQ(order(second_, first_), CUDA_SUCCESS);
    CUgraph graph = nullptr;
    ASSERT_EQ(d.capture_end(first_, &graph), CUDA_SUCCESS);
    EXPECT_EQ(value(), 0) << "capturing does nothing";
    CUgraphExec made = nullptr;
    ASSERT_EQ(d.graph_instantiate(&made, graph, 0), CUDA_SUCCESS);
    int twos = 0;
    for (std::uint64_t seed = 4; seed < 84; seed += 4) {
      set_order(seed);
      EXPECT_EQ(d.graph_launch(made, first_), CUDA_SUCCESS);
      twos += value() == 2 ? 1 : 0;
    }
    if (ordered) {
      EXPECT_EQ(twos, 20);
    } else {
      EXPECT_GT(twos, 0);
      EXPECT_LT(twos, 20);
    }
    d.graph_exec_destroy(made);
    d.graph_destroy(graph);
  }
}

TEST_F(EmulatedStreams, ACaptureEndsWithAllItsStreamsJoined) {
  EXPECT_EQ(begin(), CUDA_SUCCESS);
  EXPECT_EQ(order(first_, second_), CUDA_SUCCESS);
  EXPECT_EQ(end(), CUDA_ERROR_STREAM_CAPTURE_UNJOINED);
  EXPECT_EQ(begin(), CUDA_SUCCESS);
  EXPECT_EQ(order(first_, second_), CUDA_SUCCESS);
  EXPECT_EQ(order(second_, first_), CUDA_SUCCESS);
  EXPECT_EQ(end(), CUDA_SUCCESS);
}

TEST_F(EmulatedStreams, ACaptureForbidsWhatWaitsOrAllocates) {
  CUdeviceptr more = 0;
  EXPECT_EQ(begin(), CUDA_SUCCESS);
  EXPECT_EQ(d.allocate(&more, 4), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
  EXPECT_EQ(end(), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  EXPECT_EQ(begin(), CUDA_SUCCESS);
  EXPECT_EQ(d.stream_synchronize(first_), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
  EXPECT_EQ(end(), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  EXPECT_EQ(begin(), CUDA_SUCCESS);
  EXPECT_EQ(d.event_record(event_, first_), CUDA_SUCCESS);
  EXPECT_EQ(d.event_synchronize(event_), CUDA_ERROR_CAPTURED_EVENT);
  EXPECT_EQ(end(), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
}

TEST_F(EmulatedStreams, ACaptureDoesNotWaitForWhatIsOutside) {
  EXPECT_EQ(set(1, second_), CUDA_SUCCESS);
  EXPECT_EQ(d.event_record(event_, second_), CUDA_SUCCESS);
  EXPECT_EQ(begin(), CUDA_SUCCESS);
  EXPECT_EQ(d.stream_wait(first_, event_, 0), CUDA_ERROR_STREAM_CAPTURE_ISOLATION);
  EXPECT_EQ(set(3, second_), CUDA_SUCCESS);  // no part of the capture: done at once
  EXPECT_EQ(value(), 3);
  EXPECT_EQ(end(), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
}

TEST_F(EmulatedStreams, MemoryEndsWhereItsAllocationDoes) {
  EXPECT_EQ(d.set_async(bytes_, 0, 5, first_), CUDA_ERROR_ILLEGAL_ADDRESS);
  EXPECT_EQ(d.set_async(bytes_ + 3, 0, 2, first_), CUDA_ERROR_ILLEGAL_ADDRESS);
  EXPECT_EQ(d.set_async(bytes_ + 3, 0, 1, first_), CUDA_SUCCESS);
  unsigned char five[5];
  EXPECT_EQ(d.copy_async(reinterpret_cast<CUdeviceptr>(five), bytes_, 5, first_),
            CUDA_ERROR_ILLEGAL_ADDRESS);
  CUdeviceptr fresh = 0;
  EXPECT_EQ(d.allocate(&fresh, 5), CUDA_SUCCESS);
  EXPECT_EQ(d.copy_async(reinterpret_cast<CUdeviceptr>(five), fresh, 5, first_), CUDA_SUCCESS);
  EXPECT_EQ(five[4], 0xA5);
  EXPECT_EQ(d.release(fresh), CUDA_SUCCESS);
  EXPECT_EQ(d.release(fresh), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(d.copy_async(reinterpret_cast<CUdeviceptr>(five), fresh, 5, first_),
            CUDA_ERROR_ILLEGAL_ADDRESS);
}

using EmulatedStreamsDeathTest = EmulatedStreams;

TEST_F(EmulatedStreamsDeathTest, TheHostCannotTouchMemoryOfTheDevice) {
  EXPECT_DEATH(*reinterpret_cast<volatile char*>(bytes_) = 1, "");
}

TEST_F(EmulatedStreams, FailsWhereItIsTold) {
  fail_at(2, CUDA_ERROR_ECC_UNCORRECTABLE);
  EXPECT_EQ(set(1, first_), CUDA_SUCCESS);
  EXPECT_EQ(set(2, first_), CUDA_ERROR_ECC_UNCORRECTABLE);
  EXPECT_EQ(value(), 1);
}

}  // namespace
}  // namespace agon::emulation
