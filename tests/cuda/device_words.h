#pragma once
// Stands before every source that the emulated compiler compiles: the words of CUDA C++ that
// generated code may use, in plain C++. `__shared__` is made a static array of its function by
// the compiler (emulated_compiler.cpp), since the blocks run one after another.
#include <math.h>

#include <bit>
#include <cmath>
#include <cstdint>

#include "tests/cuda/device_entry.h"

#define __global__ __attribute__((visibility("hidden")))
#define __device__
#define __forceinline__ inline
#define __shared__ static
#define __launch_bounds__(threads)

struct EmulatedIndex {
  unsigned x;
};
static EmulatedIndex threadIdx, blockIdx;

extern "C" __attribute__((visibility("default"))) agon::emulation::HostCalls host_calls;
agon::emulation::HostCalls host_calls;

static inline void __syncthreads() {
  const unsigned thread = threadIdx.x, block = blockIdx.x;
  host_calls.wait_for_block();
  asm volatile("" ::: "memory");
  threadIdx.x = thread;
  blockIdx.x = block;
}

struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(16) double2 {
  double x, y;
};
struct alignas(8) int2 {
  int x, y;
};
struct alignas(16) int4 {
  int x, y, z, w;
};
static inline float2 make_float2(float x, float y) {
  return {x, y};
}
static inline float4 make_float4(float x, float y, float z, float w) {
  return {x, y, z, w};
}
static inline double2 make_double2(double x, double y) {
  return {x, y};
}
static inline int2 make_int2(int x, int y) {
  return {x, y};
}
static inline int4 make_int4(int x, int y, int z, int w) {
  return {x, y, z, w};
}

static inline float min(float a, float b) {
  return fminf(a, b);
}
static inline float max(float a, float b) {
  return fmaxf(a, b);
}
static inline double min(double a, double b) {
  return fmin(a, b);
}
static inline double max(double a, double b) {
  return fmax(a, b);
}
static inline int min(int a, int b) {
  return a < b ? a : b;
}
static inline int max(int a, int b) {
  return a < b ? b : a;
}
static inline unsigned min(unsigned a, unsigned b) {
  return a < b ? a : b;
}
static inline unsigned max(unsigned a, unsigned b) {
  return a < b ? b : a;
}
static inline long long min(long long a, long long b) {
  return a < b ? a : b;
}
static inline long long max(long long a, long long b) {
  return a < b ? b : a;
}

// The compiler puts a call of these where -fsanitize finds an address that is misaligned for its
// type, or an index beyond its array.
struct EmulatedPlace {
  const char* file;
  unsigned line, column;
};
extern "C" __attribute__((visibility("hidden"), noreturn, used)) void
__ubsan_handle_type_mismatch_v1_abort(EmulatedPlace* place, unsigned long) {
  host_calls.fail("an address that is null or misaligned for what is read or written there",
                  place->line);
  __builtin_unreachable();
}
extern "C" __attribute__((visibility("hidden"), noreturn, used)) void
__ubsan_handle_out_of_bounds_abort(EmulatedPlace* place, unsigned long) {
  host_calls.fail("an index beyond its array", place->line);
  __builtin_unreachable();
}
