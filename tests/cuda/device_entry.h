#pragma once

namespace agon::emulation {

/// What a compiled kernel function shows to the emulated driver, under the name FUNCTION_entry.
struct Entry {
  /// Does what one thread does, from its beginning to its end.
  void (*thread)(void* const* arguments, unsigned block, unsigned thread) = nullptr;
  unsigned threads = 0;    // of __launch_bounds__
  unsigned arguments = 0;  // pointers, then numbers of 64 bits
  unsigned pointers = 0;
  char* shared_begin = nullptr;  // its __shared__ arrays
  char* shared_end = nullptr;
};

/// What the code calls back, under the name `host_calls`; set when a module is loaded.
struct HostCalls {
  void (*wait_for_block)() = nullptr;
  /// Gives the launch up; does not return.
  void (*fail)(const char* reason, unsigned line) = nullptr;
};

}  // namespace agon::emulation
