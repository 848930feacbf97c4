#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "tests/cuda/device_state.h"

namespace agon::emulation {

namespace {

/// The object behind a handle. CUstream and the like point to types that nobody defines.
template <class Object, class Handle>
Object& object(const std::set<Object*>& alive, Handle handle, const char* what) {
  auto* made = reinterpret_cast<Object*>(handle);
  if (!alive.contains(made))
    throw Trouble{CUDA_ERROR_INVALID_HANDLE, fmt::format("there is no such {}", what)};
  return *made;
}

template <class Object, class Handle>
void make(std::set<Object*>& alive, Handle* to, Object made = {}) {
  auto* created = new Object(std::move(made));
  alive.insert(created);
  *to = reinterpret_cast<Handle>(created);
}

template <class Object, class Handle>
void destroy(std::set<Object*>& alive, Handle handle, const char* what) {
  Object* gone = &object(alive, handle, what);
  alive.erase(gone);
  delete gone;
}

[[noreturn]] void fail_capture(Capture& capture, CUresult result, const std::string& text) {
  capture.invalid = true;
  throw Trouble{result, text};
}

bool is_capturing(const Stream& stream) {
  return stream.capture != nullptr;
}

void put_captured(Stream& stream, std::function<void()> act) {
  if (stream.capture->invalid)
    throw Trouble{CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, "the capture has become invalid"};
  auto work = std::make_shared<Work>(Work{std::move(act), stream.last_captured});
  stream.capture->works.push_back(work);
  stream.last_captured = {std::move(work)};
}

}  // namespace

Stream& stream_of(CUstream handle) {
  return object(device().streams, handle, "stream");
}

void finish(const Works& last) {
  DeviceState& state = device();
  Works works = needed_for(last, state.pending);
  if (state.seed != 0) works = in_some_order(works, state.random);
  for (const WorkPtr& work : works) {
    work->done = true;
    work->after.clear();
    const std::function<void()> act = std::move(work->act);
    std::erase(state.pending, work);
    if (act) act();
  }
}

void check_no_capture() {
  for (const auto& kept : device().captures) {
    const auto capture = kept.lock();
    if (!capture || !capture->active || capture->mode == CU_STREAM_CAPTURE_MODE_RELAXED) continue;
    if (capture->mode == CU_STREAM_CAPTURE_MODE_THREAD_LOCAL &&
        capture->thread != std::this_thread::get_id())
      continue;
    fail_capture(*capture, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED,
                 "not allowed while a stream is captured");
  }
}

void put(CUstream handle, std::function<void()> act) {
  DeviceState& state = device();
  if (handle == nullptr) {
    for (const Stream* stream : state.streams) {
      if (is_capturing(*stream))
        fail_capture(*stream->capture, CUDA_ERROR_STREAM_CAPTURE_IMPLICIT,
                     "stream 0 waits for a stream that is captured");
    }
    finish(state.pending);
    return act();
  }
  Stream& stream = stream_of(handle);
  if (is_capturing(stream)) return put_captured(stream, std::move(act));
  auto work = std::make_shared<Work>(Work{std::move(act), stream.last});
  state.pending.push_back(work);
  stream.last = {work};
  if (!state.late()) finish({work});
}

void put_and_finish(CUstream handle, std::function<void()> act) {
  put(handle, std::move(act));
  if (handle != nullptr && !is_capturing(stream_of(handle))) finish(stream_of(handle).last);
}

namespace {

CUresult stream_create(CUstream* to, unsigned) {
  return driver_call([&] { make(device().streams, to, Stream{}); });
}

CUresult stream_destroy(CUstream handle) {
  return driver_call([&] {
    Stream& stream = stream_of(handle);
    if (is_capturing(stream)) stream.capture->invalid = true;
    destroy(device().streams, handle, "stream");
  });
}

CUresult stream_synchronize(CUstream handle) {
  return driver_call([&] {
    if (handle == nullptr) {
      check_no_capture();
      return finish(Works(device().pending));
    }
    Stream& stream = stream_of(handle);
    if (is_capturing(stream))
      fail_capture(*stream.capture, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED,
                   "a stream that is captured cannot be waited for");
    check_no_capture();
    finish(stream.last);
  });
}

/// A stream that waits for an event of a capture becomes part of it.
void wait_captured(Stream& stream, const Event& event) {
  if (!event.capture->active)
    throw Trouble{CUDA_ERROR_CAPTURED_EVENT, "the event was recorded in a capture that has ended"};
  if (!is_capturing(stream)) {
    stream.capture = event.capture;
    stream.last_captured = event.works;
    return put_captured(stream, nullptr);
  }
  if (stream.capture != event.capture) {
    stream.capture->invalid = true;
    fail_capture(*event.capture, CUDA_ERROR_STREAM_CAPTURE_MERGE, "two captures would become one");
  }
  stream.last_captured.insert(stream.last_captured.end(), event.works.begin(), event.works.end());
}

CUresult stream_wait(CUstream handle, CUevent event_handle, unsigned) {
  return driver_call([&] {
    Stream& stream = stream_of(handle);
    const Event& event = object(device().events, event_handle, "event");
    if (event.capture) return wait_captured(stream, event);
    if (event.works.empty()) return;
    if (is_capturing(stream))
      fail_capture(*stream.capture, CUDA_ERROR_STREAM_CAPTURE_ISOLATION,
                   "a captured stream would wait for an event from outside the capture");
    stream.last.insert(stream.last.end(), event.works.begin(), event.works.end());
  });
}

CUresult event_create(CUevent* to, unsigned flags) {
  return driver_call([&] {
    Event event;
    event.keeps_time = (flags & CU_EVENT_DISABLE_TIMING) == 0;
    make(device().events, to, std::move(event));
  });
}

CUresult event_destroy(CUevent handle) {
  return driver_call([&] { destroy(device().events, handle, "event"); });
}

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Notes the time in the stream's turn.
void put_mark(CUstream stream, Event& event) {
  if (!event.keeps_time) return;
  event.passed = std::make_shared<std::int64_t>(0);
  put(stream, [passed = event.passed] { *passed = now(); });
}

CUresult event_record(CUevent handle, CUstream stream_handle) {
  return driver_call([&] {
    const Stream& stream = stream_of(stream_handle);
    Event& event = object(device().events, handle, "event");
    if (!is_capturing(stream)) put_mark(stream_handle, event);
    event.works = is_capturing(stream) ? stream.last_captured : stream.last;
    event.capture = stream.capture;
  });
}

/// External: a node of the graph, which leaves the event to those outside of the capture.
CUresult event_record_as(CUevent handle, CUstream stream_handle, unsigned flags) {
  if (flags == CU_EVENT_RECORD_DEFAULT) return event_record(handle, stream_handle);
  return driver_call([&] {
    if (!is_capturing(stream_of(stream_handle)))
      throw Trouble{CUDA_ERROR_INVALID_VALUE, "external, and no capture"};
    put_mark(stream_handle, object(device().events, handle, "event"));
  });
}

CUresult event_elapsed(float* milliseconds, CUevent from, CUevent to) {
  return driver_call([&] {
    std::int64_t at[2] = {};
    const CUevent handles[] = {from, to};
    for (int i = 0; i < 2; ++i) {
      const Event& event = object(device().events, handles[i], "event");
      if (!event.passed) throw Trouble{CUDA_ERROR_INVALID_HANDLE, "the event has no time"};
      if (*event.passed == 0) throw Trouble{CUDA_ERROR_NOT_READY, "the event was not passed yet"};
      at[i] = *event.passed;
    }
    *milliseconds = static_cast<float>(1e-6 * static_cast<double>(at[1] - at[0]));
  });
}

CUresult event_synchronize(CUevent handle) {
  return driver_call([&] {
    const Event& event = object(device().events, handle, "event");
    if (event.capture) {
      event.capture->invalid = true;
      throw Trouble{CUDA_ERROR_CAPTURED_EVENT, "the event was recorded in a capture"};
    }
    check_no_capture();
    finish(event.works);
  });
}

CUresult capture_begin(CUstream handle, CUstreamCaptureMode mode) {
  return driver_call([&] {
    Stream& stream = stream_of(handle);
    if (is_capturing(stream)) throw Trouble{CUDA_ERROR_ILLEGAL_STATE, "the stream is captured"};
    stream.capture = std::make_shared<Capture>(Capture{&stream, mode, std::this_thread::get_id()});
    stream.last_captured.clear();
    device().captures.push_back(stream.capture);
  });
}

/// Every stream of the capture must have been waited for by the one it began with.
bool is_joined(const Capture& capture) {
  const Works reached = needed_for(capture.origin->last_captured, capture.works);
  return reached.size() == capture.works.size();
}

CUresult capture_end(CUstream handle, CUgraph* to) {
  return driver_call([&] {
    Stream& stream = stream_of(handle);
    const std::shared_ptr<Capture> capture = stream.capture;
    if (!capture) throw Trouble{CUDA_ERROR_ILLEGAL_STATE, "the stream is not captured"};
    if (capture->origin != &stream)
      fail_capture(*capture, CUDA_ERROR_STREAM_CAPTURE_UNMATCHED,
                   "the capture began in another stream");
    if (capture->mode != CU_STREAM_CAPTURE_MODE_RELAXED &&
        capture->thread != std::this_thread::get_id())
      throw Trouble{CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD, "another thread began the capture"};
    const bool joined = is_joined(*capture);
    capture->active = false;
    for (Stream* member : device().streams)
      if (member->capture == capture) member->capture = nullptr;
    *to = nullptr;
    if (capture->invalid)
      throw Trouble{CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, "the capture has become invalid"};
    if (!joined)
      throw Trouble{CUDA_ERROR_STREAM_CAPTURE_UNJOINED,
                    "the capture ends before the first stream waits for the others"};
    make(device().graphs, to, Graph{capture->works});
  });
}

CUresult graph_instantiate(CUgraphExec* to, CUgraph handle, unsigned long long) {
  return driver_call(
      [&] { make(device().executables, to, Graph(object(device().graphs, handle, "graph"))); });
}

CUresult graph_launch(CUgraphExec handle, CUstream stream) {
  return driver_call([&] {
    const Graph graph = object(device().executables, handle, "executable graph");
    put(stream, [graph] {
      DeviceState& state = device();
      ++state.counts.graphs;
      for (const WorkPtr& work :
           state.seed == 0 ? graph.works : in_some_order(graph.works, state.random))
        if (work->act) work->act();
    });
  });
}

CUresult graph_destroy(CUgraph handle) {
  return driver_call([&] { destroy(device().graphs, handle, "graph"); });
}

CUresult graph_exec_destroy(CUgraphExec handle) {
  return driver_call([&] { destroy(device().executables, handle, "executable graph"); });
}

}  // namespace

void add_stream_functions(CudaDriver& driver) {
  driver.stream_create = stream_create;
  driver.stream_destroy = stream_destroy;
  driver.stream_synchronize = stream_synchronize;
  driver.stream_wait = stream_wait;
  driver.capture_begin = capture_begin;
  driver.capture_end = capture_end;
  driver.event_create = event_create;
  driver.event_destroy = event_destroy;
  driver.event_record = event_record;
  driver.event_record_as = event_record_as;
  driver.event_elapsed = event_elapsed;
  driver.event_synchronize = event_synchronize;
  driver.graph_instantiate = graph_instantiate;
  driver.graph_launch = graph_launch;
  driver.graph_destroy = graph_destroy;
  driver.graph_exec_destroy = graph_exec_destroy;
}

}  // namespace agon::emulation
