#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "engine/runtime/cuda/driver.h"
#include "engine/runtime/cuda/matmul_library.h"

namespace agon {

/// A convolution of pictures [batch, height, width, in] with weights [out, kernel_height,
/// kernel_width, in] to [batch, out_height, out_width, out], channels last, float32; or, from two
/// of these three, the gradient with respect to the third.
struct ConvolutionProblem {
  enum class Wanted { Output, InputGradient, WeightGradient };
  Wanted wanted = Wanted::Output;
  /// What becomes of an output before it is written: a bias [1, 1, 1, out] is added; then what is
  /// below 0 becomes 0, NaN stays NaN. Of Wanted::Output alone.
  enum class Then { Nothing, Bias, BiasAndRelu };
  Then then = Then::Nothing;
  std::int64_t batch = 0, in = 0, height = 0, width = 0;
  std::int64_t out = 0, out_height = 0, out_width = 0;
  std::int64_t kernel_height = 0, kernel_width = 0;
  std::int64_t stride_y = 1, stride_x = 1;
  std::int64_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  ProductPrecision precision = ProductPrecision::F32;  // or Tf32
};

class ConvolutionPlan {
 public:
  virtual ~ConvolutionPlan() = default;
  virtual std::size_t scratch_bytes() const = 0;
  /// "cudnn engine 38", for reports and locks.
  virtual std::string name() const = 0;
  /// Operands of Output: input, weight, and the bias if there is one; of InputGradient: output
  /// gradient, weight; of WeightGradient: input, output gradient.
  virtual void run(CUstream stream, std::span<const void* const> operands, void* result,
                   void* scratch) = 0;
};

/// cuDNN 9 (libcudnn), opened when first asked for; its graph API.
class ConvolutionLibrary {
 public:
  virtual ~ConvolutionLibrary() = default;
  virtual std::string version() const = 0;
  /// The engine that the library's heuristics put first among those it does not call
  /// nondeterministic; null and why where there is none. With something to be done after it, none
  /// of the last resort and none that compiles code: two kernels are faster.
  virtual std::unique_ptr<ConvolutionPlan> plan(const ConvolutionProblem& problem,
                                                std::string& why) = 0;
};
/// Null and why where the library is not there.
std::unique_ptr<ConvolutionLibrary> open_cudnn(std::string& why);

}  // namespace agon
