#include "runners/training/stop_request.h"

#include <unistd.h>

#include <csignal>

#include "engine/base/error.h"

namespace agon {

namespace {
volatile sig_atomic_t requests = 0;
struct sigaction before_interrupt, before_terminate;

void on_signal(int) {
  if (requests != 0) _exit(static_cast<int>(ExitCode::Stopped));
  requests = 1;
}
}  // namespace

StopRequest::StopRequest() {
  requests = 0;
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &before_interrupt);
  sigaction(SIGTERM, &action, &before_terminate);
}

StopRequest::~StopRequest() {
  sigaction(SIGINT, &before_interrupt, nullptr);
  sigaction(SIGTERM, &before_terminate, nullptr);
}

bool StopRequest::made() const {
  return requests != 0;
}

}  // namespace agon
