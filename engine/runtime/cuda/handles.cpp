#include "engine/runtime/cuda/handles.h"

namespace agon {

Stream new_stream(const CudaDriver& driver) {
  CUstream stream = nullptr;
  check(driver, driver.stream_create(&stream, CU_STREAM_NON_BLOCKING), "creation of a stream");
  return Stream(stream, {&driver});
}

namespace {
Event event_of(const CudaDriver& driver, unsigned flags) {
  CUevent event = nullptr;
  check(driver, driver.event_create(&event, flags), "creation of an event");
  return Event(event, {&driver});
}
}  // namespace

Event new_event(const CudaDriver& driver) {
  return event_of(driver, CU_EVENT_DISABLE_TIMING);
}

Event new_timed_event(const CudaDriver& driver) {
  return event_of(driver, CU_EVENT_DEFAULT);
}

}  // namespace agon
