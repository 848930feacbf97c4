#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "engine/runtime/cuda/context.h"
#include "engine/runtime/kernel.h"

namespace agon {

/// A kernel that launches generated functions one after another, each with all inputs and outputs
/// of the node and the scratch. Their dtypes must be the node's (InternalError otherwise).
struct GeneratedKernel {
  std::vector<DeviceFunction> functions;
  std::size_t scratch_bytes = 0;
  std::vector<std::uint64_t> numbers = {};  // as many as each function takes
  std::function<bool(int input, int output)> may_overwrite = nullptr;  // null: never
};
/// What a function of the node takes as `in`.
std::vector<DType> input_dtypes(const Node& node);
Candidate generated(CudaContext& context, const Node& node, GeneratedKernel kernel);

/// Most threads of all that one element-wise function has: blocks of 256 so that about
/// `elements / per_thread` threads are there, at least one.
std::int64_t blocks_for(std::int64_t elements, int per_thread = 1, int threads = 256);

}  // namespace agon
