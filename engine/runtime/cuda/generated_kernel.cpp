#include "engine/runtime/cuda/generated_kernel.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "engine/base/error.h"
#include "engine/ir/op_def.h"

namespace agon {

namespace {

class LaunchedFunctions final : public Kernel {
 public:
  LaunchedFunctions(CudaContext& context, const Node& node, GeneratedKernel kernel)
      : context_(context),
        op_(node.op().name),
        scratch_bytes_(kernel.scratch_bytes),
        may_overwrite_(std::move(kernel.may_overwrite)),
        pointers_(node.inputs().size() + node.outputs().size() + 1),
        numbers_(std::move(kernel.numbers)) {
    for (const void*& pointer : pointers_) arguments_.push_back(&pointer);
    for (std::uint64_t& number : numbers_) arguments_.push_back(&number);
    for (const DeviceFunction& function : kernel.functions) {
      launches_.push_back({.number = context.modules().add(function),
                           .blocks = static_cast<unsigned>(function.blocks),
                           .threads = static_cast<unsigned>(function.threads)});
    }
  }

  void run(const KernelCall& call) override {
    const auto outputs = std::copy(call.in.begin(), call.in.end(), pointers_.begin());
    *std::copy(call.out.begin(), call.out.end(), outputs) = call.scratch;
    for (const Launch& launch : launches_) {
      const CUresult result = context_.driver.launch(
          context_.modules().at(launch.number), launch.blocks, 1, 1, launch.threads, 1, 1, 0,
          static_cast<CUstream>(call.queue), arguments_.data(), nullptr);
      if (result != CUDA_SUCCESS)
        check(context_.driver, result, "launch of generated code: " + op_);
    }
  }

  std::size_t scratch_bytes() const override { return scratch_bytes_; }
  bool may_overwrite(int input, int output) const override {
    return may_overwrite_ && may_overwrite_(input, output);
  }

 private:
  struct Launch {
    int number;
    unsigned blocks, threads;
  };

  CudaContext& context_;
  std::string op_;
  std::size_t scratch_bytes_;
  std::function<bool(int, int)> may_overwrite_;
  std::vector<const void*> pointers_;  // inputs, outputs, scratch
  std::vector<std::uint64_t> numbers_;
  std::vector<void*> arguments_;  // where each of them lies
  std::vector<Launch> launches_;
};

void check_function(const Node& node, const DeviceFunction& function, std::size_t numbers) {
  const auto wrong = [&](const std::string& what) {
    throw InternalError(fmt::format("{}: a generated function {}", node.op().name, what));
  };
  std::vector<DType> out;
  for (const Type& type : node.outputs()) out.push_back(type.dtype);
  if (function.in != input_dtypes(node) || function.out != out)
    wrong("has other arguments than its node");
  if (static_cast<std::size_t>(function.numbers) != numbers)
    wrong(fmt::format("takes {} numbers, {} are given", function.numbers, numbers));
  if (function.threads < 1 || function.threads > 1024)
    wrong(fmt::format("has {} threads, from 1 to 1024 are possible", function.threads));
  if (function.blocks < 1 || function.blocks > std::numeric_limits<int>::max())
    wrong(fmt::format("has {} blocks, from 1 to 2147483647 are possible", function.blocks));
}

}  // namespace

std::vector<DType> input_dtypes(const Node& node) {
  std::vector<DType> dtypes;
  for (const Value& value : node.inputs()) dtypes.push_back(value.dtype());
  return dtypes;
}

Candidate generated(CudaContext& context, const Node& node, GeneratedKernel kernel) {
  for (const DeviceFunction& function : kernel.functions)
    check_function(node, function, kernel.numbers.size());
  return std::make_unique<LaunchedFunctions>(context, node, std::move(kernel));
}

std::int64_t blocks_for(std::int64_t elements, int per_thread, int threads) {
  const std::int64_t of_block = std::int64_t{per_thread} * threads;
  return std::max<std::int64_t>(1, (elements + of_block - 1) / of_block);
}

}  // namespace agon
