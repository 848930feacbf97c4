#pragma once
#include <memory>

#include "engine/runtime/accelerator.h"
#include "engine/runtime/cuda/device_memory.h"
#include "engine/runtime/cuda/recorder.h"

namespace agon {

/// A CUDA device: all its work goes through one stream, in the order it is given; recordings branch
/// inside, and what is brought comes through a stream of its own.
class CudaAccelerator final : public Accelerator {
 public:
  explicit CudaAccelerator(std::unique_ptr<CudaContext> context);
  ~CudaAccelerator() override;

  std::string name() const override;
  std::vector<std::pair<std::string, std::string>> facts() const override;
  std::size_t memory_bytes() const override { return context_->properties.memory_bytes; }
  MemorySource& memory(MemoryKind kind) override;
  void load() override;
  std::unique_ptr<Recording> record(int queues, const std::function<void(Queues&)>& put) override;
  void run(const std::function<void(void* queue)>& put) override;
  void bring(void* to, const void* from, std::size_t bytes) override;
  void start_clock() override;
  void copy_to_host(void* to, const void* from, std::size_t bytes) override;
  void copy_to_device(void* to, const void* from, std::size_t bytes) override;

  CudaContext& context() { return *context_; }

 private:
  void copy(void* to, const void* from, std::size_t bytes, const char* what);
  void synchronize(const char* what);
  void checked(CUresult result, const char* what) const;

  std::unique_ptr<CudaContext> context_;
  Stream stream_, bringing_;
  Event brought_, clock_;
  DeviceMemory own_, staged_, shared_;
  Recorder recorder_;
};

}  // namespace agon
