#pragma once

namespace agon {

/// While it lives, the first SIGINT or SIGTERM asks for a stop at the end of the step and the
/// second ends the process at once, with the same exit code (75). One at a time.
class StopRequest {
 public:
  StopRequest();
  ~StopRequest();
  StopRequest(const StopRequest&) = delete;
  StopRequest& operator=(const StopRequest&) = delete;

  bool made() const;
};

}  // namespace agon
