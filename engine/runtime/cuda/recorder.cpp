#include "engine/runtime/cuda/recorder.h"

#include <fmt/format.h>

#include <cmath>

#include "engine/base/error.h"

namespace agon {

namespace {

class CapturingQueues final : public Queues {
 public:
  CapturingQueues(const CudaDriver& driver, const std::vector<Stream>& streams, int count,
                  CUevent point, Recorder::Marks& marks)
      : driver_(driver), streams_(streams), count_(count), point_(point), marks_(marks) {}

  void* queue(int number) override { return at(number); }

  void order(int earlier, int later) override {
    if (earlier == later) return;
    check(driver_, driver_.event_record(point_, at(earlier)), "record of an event");
    check(driver_, driver_.stream_wait(at(later), point_, CU_EVENT_WAIT_DEFAULT),
          "wait for an event");
  }

  /// An event of its own in the graph, passed at every launch; without the flag it would only order
  /// the capture.
  void mark(int queue, std::size_t number) override {
    const auto [place, is_new] = marks_.emplace(number, Event());
    if (!is_new) throw InternalError(fmt::format("mark {} is used twice", number));
    place->second = new_timed_event(driver_);
    check(driver_,
          driver_.event_record_as(place->second.get(), at(queue), CU_EVENT_RECORD_EXTERNAL),
          "record of a mark");
  }

 private:
  CUstream at(int number) const {
    if (number < 0 || number >= count_)
      throw InternalError(fmt::format("there is no queue {}: {} were asked for", number, count_));
    return streams_[static_cast<std::size_t>(number)].get();
  }

  const CudaDriver& driver_;
  const std::vector<Stream>& streams_;
  int count_;
  CUevent point_;
  Recorder::Marks& marks_;
};

class GraphRecording final : public Recording {
 public:
  GraphRecording(const CudaContext& context, CUstream stream, CUevent clock, Event done,
                 Recorder::Marks marks, LaunchableGraph graph)
      : context_(context),
        stream_(stream),
        clock_(clock),
        done_(std::move(done)),
        marks_(std::move(marks)),
        graph_(std::move(graph)) {}

  ~GraphRecording() override {
    // Both answers are of a lost device, on which nothing runs any more.
    context_.driver.context_set(context_.handle());
    context_.driver.event_synchronize(done_.get());
  }

  void launch() override {
    context_.use();
    const CudaDriver& driver = context_.driver;
    CUresult result = driver.graph_launch(graph_.get(), stream_);
    if (result == CUDA_SUCCESS) result = driver.event_record(done_.get(), stream_);
    if (result != CUDA_SUCCESS) fail(result, "launch of recorded work");
  }

  void wait() override {
    context_.use();
    const CUresult result = context_.driver.event_synchronize(done_.get());
    if (result != CUDA_SUCCESS) fail(result, "wait for recorded work");
  }

  std::int64_t marked(std::size_t number) override {
    context_.use();
    float milliseconds = 0;
    const CUresult result =
        context_.driver.event_elapsed(&milliseconds, clock_, marks_.at(number).get());
    if (result != CUDA_SUCCESS) fail(result, "time of recorded work");
    return std::llround(1e6 * static_cast<double>(milliseconds));
  }

 private:
  void fail(CUresult result, const char* what) const {
    check(context_.driver, result, fmt::format("cuda:{}: {}", context_.number, what));
  }

  const CudaContext& context_;
  CUstream stream_;
  CUevent clock_;
  Event done_;
  Recorder::Marks marks_;
  LaunchableGraph graph_;
};

}  // namespace

Recorder::Recorder(const CudaContext& context, CUstream stream, CUevent clock)
    : context_(context), stream_(stream), clock_(clock), point_(new_event(context.driver)) {}

CapturedGraph Recorder::capture(int queues, const std::function<void(Queues&)>& put, Marks& marks) {
  const CudaDriver& driver = context_.driver;
  CUgraph graph = nullptr;
  CapturingQueues captured(driver, streams_, queues, point_.get(), marks);
  // Relaxed: libraries may load code of theirs when it is first asked for.
  check(driver, driver.capture_begin(streams_[0].get(), CU_STREAM_CAPTURE_MODE_RELAXED),
        "begin of a recording");
  try {
    for (int i = 1; i < queues; ++i) captured.order(0, i);
    put(captured);
    for (int i = 1; i < queues; ++i) captured.order(i, 0);
  } catch (...) {
    driver.capture_end(streams_[0].get(), &graph);
    if (graph != nullptr) driver.graph_destroy(graph);
    throw;
  }
  const CUresult result = driver.capture_end(streams_[0].get(), &graph);
  CapturedGraph held(graph, {&driver});
  check(driver, result, "end of a recording");
  return held;
}

std::unique_ptr<Recording> Recorder::record(int queues, const std::function<void(Queues&)>& put) {
  if (queues < 1) throw InternalError("a recording needs at least one queue");
  const CudaDriver& driver = context_.driver;
  context_.use();
  while (streams_.size() < static_cast<std::size_t>(queues)) streams_.push_back(new_stream(driver));
  try {
    Event done = new_event(driver);
    Marks marks;
    const CapturedGraph graph = capture(queues, put, marks);
    CUgraphExec launchable = nullptr;
    check(driver, driver.graph_instantiate(&launchable, graph.get(), 0),
          "making of a graph to launch");
    LaunchableGraph held(launchable, {&driver});
    return std::make_unique<GraphRecording>(context_, stream_, clock_, std::move(done),
                                            std::move(marks), std::move(held));
  } catch (...) {
    streams_.clear();  // they may be left in a capture that has failed
    throw;
  }
}

}  // namespace agon
