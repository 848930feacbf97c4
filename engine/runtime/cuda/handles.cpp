#include "engine/runtime/cuda/handles.h"

namespace agon {

Stream new_stream(const CudaDriver& driver) {
  CUstream stream = nullptr;
  check(driver, driver.stream_create(&stream, CU_STREAM_NON_BLOCKING), "creation of a stream");
  return Stream(stream, {&driver});
}

Event new_event(const CudaDriver& driver) {
  CUevent event = nullptr;
  check(driver, driver.event_create(&event, CU_EVENT_DISABLE_TIMING), "creation of an event");
  return Event(event, {&driver});
}

}  // namespace agon
