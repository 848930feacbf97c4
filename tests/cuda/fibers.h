#pragma once
#include <functional>
#include <string>

namespace agon::emulation {

/// Runs thread(0), ..., thread(threads - 1), or the other way round where `downwards`, as the
/// threads of one block: one after another where none calls wait_for_block(), else as fibers, each
/// going on when all of them have called it. Returns what went wrong, or "": threads that ended
/// where others wait, or what one passed to fail_thread().
std::string run_block(int threads, bool downwards, const std::function<void(int)>& thread);

/// What __syncthreads() does. Only inside run_block.
void wait_for_block();
/// Gives up the block; does not return. Only inside run_block.
[[noreturn]] void fail_thread(const char* reason, unsigned line);

}  // namespace agon::emulation
