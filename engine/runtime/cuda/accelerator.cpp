#include "engine/runtime/cuda/accelerator.h"

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/runtime/cuda/convolution_library.h"
#include "engine/runtime/cuda/matmul_library.h"

namespace agon {

namespace {

Stream stream_in(const CudaContext& context) {
  context.use();
  return new_stream(context.driver);
}

/// "13.0" of "nvrtc 13.0 --fmad=false".
std::string number_in(const std::string& version) {
  const std::size_t begin = version.find(' ');
  if (begin == std::string::npos) return version;
  return version.substr(begin + 1, version.find(' ', begin + 1) - begin - 1);
}

}  // namespace

CudaAccelerator::CudaAccelerator(std::unique_ptr<CudaContext> context)
    : context_(std::move(context)),
      stream_(stream_in(*context_)),
      bringing_(stream_in(*context_)),
      brought_(new_event(context_->driver)),
      clock_(new_timed_event(context_->driver)),
      own_(*context_, MemoryKind::Own, stream_.get()),
      staged_(*context_, MemoryKind::Staged, stream_.get()),
      shared_(*context_, MemoryKind::Shared, stream_.get()),
      recorder_(*context_, stream_.get(), clock_.get()) {}

CudaAccelerator::~CudaAccelerator() {
  // What the driver answers does not matter: a lost device runs nothing.
  context_->driver.context_set(context_->handle());
  context_->driver.stream_synchronize(bringing_.get());
  context_->driver.stream_synchronize(stream_.get());
}

std::string CudaAccelerator::name() const {
  return fmt::format("cuda:{}", context_->number);
}

std::vector<std::pair<std::string, std::string>> CudaAccelerator::facts() const {
  const CudaProperties& p = context_->properties;
  const MatmulLibrary* matmul = context_->matmul_library();
  const ConvolutionLibrary* convolution = context_->convolution_library();
  return {{"model", p.model},
          {"architecture", fmt::format("sm_{}", p.architecture)},
          {"multiprocessors", fmt::format("{}", p.multiprocessors)},
          {"driver", fmt::format("{}.{}", p.driver / 1000, p.driver % 1000 / 10)},
          {"nvrtc", number_in(context_->compiler().version())},
          {"cublaslt", matmul == nullptr ? "none" : number_in(matmul->version())},
          {"cudnn", convolution == nullptr ? "none" : number_in(convolution->version())}};
}

MemorySource& CudaAccelerator::memory(MemoryKind kind) {
  switch (kind) {
    case MemoryKind::Own:
      return own_;
    case MemoryKind::Staged:
      return staged_;
    case MemoryKind::Shared:
      return shared_;
  }
  throw InternalError("unknown kind of memory");
}

void CudaAccelerator::load() {
  context_->use();
  context_->modules().load();
}

std::unique_ptr<Recording> CudaAccelerator::record(int queues,
                                                   const std::function<void(Queues&)>& put) {
  return recorder_.record(queues, put);
}

void CudaAccelerator::run(const std::function<void(void* queue)>& put) {
  context_->use();
  try {
    put(stream_.get());
  } catch (...) {
    // The caller may free what was put before the failure.
    context_->driver.stream_synchronize(stream_.get());
    throw;
  }
  synchronize("work");
}

void CudaAccelerator::bring(void* to, const void* from, std::size_t bytes) {
  constexpr const char* kWhat = "copy of inputs";
  context_->use();
  const CudaDriver& driver = context_->driver;
  checked(driver.copy_async(reinterpret_cast<CUdeviceptr>(to), reinterpret_cast<CUdeviceptr>(from),
                            bytes, bringing_.get()),
          kWhat);
  checked(driver.event_record(brought_.get(), bringing_.get()), kWhat);
  checked(driver.stream_wait(stream_.get(), brought_.get(), CU_EVENT_WAIT_DEFAULT), kWhat);
}

void CudaAccelerator::start_clock() {
  context_->use();
  checked(context_->driver.event_record(clock_.get(), stream_.get()), "start of the clock");
  synchronize("start of the clock");
}

void CudaAccelerator::copy_to_host(void* to, const void* from, std::size_t bytes) {
  copy(to, from, bytes, "copy to the host");
}

void CudaAccelerator::copy_to_device(void* to, const void* from, std::size_t bytes) {
  copy(to, from, bytes, "copy to the device");
}

void CudaAccelerator::copy(void* to, const void* from, std::size_t bytes, const char* what) {
  context_->use();
  if (bytes != 0) {
    checked(context_->driver.copy_async(reinterpret_cast<CUdeviceptr>(to),
                                        reinterpret_cast<CUdeviceptr>(from), bytes, stream_.get()),
            what);
  }
  synchronize(what);
}

void CudaAccelerator::synchronize(const char* what) {
  checked(context_->driver.stream_synchronize(stream_.get()), what);
}

void CudaAccelerator::checked(CUresult result, const char* what) const {
  if (result != CUDA_SUCCESS) check(context_->driver, result, fmt::format("{}: {}", name(), what));
}

}  // namespace agon
