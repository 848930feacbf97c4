#pragma once
#include <cudnn.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace agon {

/// What is used of libcudnn: its graph API in C. (NVIDIA's C++ over it is two megabytes of headers
/// for these functions, and one more thing to install.)
struct CudnnFunctions {
  decltype(&cudnnGetVersion) version;
  decltype(&cudnnGetErrorString) status_text;
  decltype(&cudnnGetLastErrorString) last_error;
  decltype(&cudnnCreate) create;
  decltype(&cudnnDestroy) destroy;
  decltype(&cudnnSetStream) set_stream;
  decltype(&cudnnBackendCreateDescriptor) create_descriptor;
  decltype(&cudnnBackendDestroyDescriptor) destroy_descriptor;
  decltype(&cudnnBackendSetAttribute) set_attribute;
  decltype(&cudnnBackendGetAttribute) get_attribute;
  decltype(&cudnnBackendFinalize) finalize;
  decltype(&cudnnBackendExecute) execute;
};

/// Of libcudnn.so.9, opened at the first call; null and why where it is not there.
const CudnnFunctions* cudnn_functions(std::string& why);

/// A call that failed: what was to be done, and cuDNN's words for it.
struct CudnnFailed {
  std::string why;
};
/// Throws CudnnFailed unless `status` is success.
void require(const CudnnFunctions& functions, cudnnStatus_t status, const std::string& what);

/// cuDNN's word for the type of an attribute.
template <class T>
constexpr cudnnBackendAttributeType_t kCudnnType = [] {
  static_assert(sizeof(T) == 0, "no attribute is of this type");
  return CUDNN_TYPE_HANDLE;
}();
template <>
inline constexpr auto kCudnnType<cudnnHandle_t> = CUDNN_TYPE_HANDLE;
template <>
inline constexpr auto kCudnnType<cudnnDataType_t> = CUDNN_TYPE_DATA_TYPE;
template <>
inline constexpr auto kCudnnType<std::int64_t> = CUDNN_TYPE_INT64;
template <>
inline constexpr auto kCudnnType<float> = CUDNN_TYPE_FLOAT;
template <>
inline constexpr auto kCudnnType<char> = CUDNN_TYPE_CHAR;
template <>
inline constexpr auto kCudnnType<void*> = CUDNN_TYPE_VOID_PTR;
template <>
inline constexpr auto kCudnnType<bool> = CUDNN_TYPE_BOOLEAN;
template <>
inline constexpr auto kCudnnType<cudnnPointwiseMode_t> = CUDNN_TYPE_POINTWISE_MODE;
template <>
inline constexpr auto kCudnnType<cudnnNanPropagation_t> = CUDNN_TYPE_NAN_PROPOGATION;
template <>
inline constexpr auto kCudnnType<cudnnConvolutionMode_t> = CUDNN_TYPE_CONVOLUTION_MODE;
template <>
inline constexpr auto kCudnnType<cudnnBackendHeurMode_t> = CUDNN_TYPE_HEUR_MODE;
template <>
inline constexpr auto kCudnnType<cudnnBackendNumericalNote_t> = CUDNN_TYPE_NUMERICAL_NOTE;
template <>
inline constexpr auto kCudnnType<cudnnBackendBehaviorNote_t> = CUDNN_TYPE_BEHAVIOR_NOTE;

/// A descriptor of the graph API: made, given its attributes, finalized, then read. Every call
/// throws CudnnFailed.
class CudnnDescriptor {
 public:
  CudnnDescriptor(const CudnnFunctions& functions, cudnnBackendDescriptorType_t type);
  CudnnDescriptor(CudnnDescriptor&& other) noexcept;
  CudnnDescriptor& operator=(CudnnDescriptor&& other) noexcept;
  ~CudnnDescriptor();

  cudnnBackendDescriptor_t get() const { return made_; }

  template <class T>
  void set(cudnnBackendAttributeName_t name, std::span<const T> values) {
    set(name, kCudnnType<T>, static_cast<std::int64_t>(values.size()), values.data());
  }
  template <class T>
  void set(cudnnBackendAttributeName_t name, const T& value) {
    set(name, std::span<const T>(&value, 1));
  }
  void set(cudnnBackendAttributeName_t name, const CudnnDescriptor& other) {
    set(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &other.made_);
  }
  void set_all(cudnnBackendAttributeName_t name, std::span<const CudnnDescriptor* const> others);
  void finalize();

  /// The first `most` values of an attribute, as many as there are.
  template <class T>
  std::vector<T> values(cudnnBackendAttributeName_t name, std::int64_t most) const {
    std::vector<T> found(static_cast<std::size_t>(most));
    found.resize(static_cast<std::size_t>(get(name, kCudnnType<T>, most, found.data())));
    return found;
  }
  template <class T>
  T value(cudnnBackendAttributeName_t name) const {
    T found{};
    get(name, kCudnnType<T>, 1, &found);
    return found;
  }
  /// How many an attribute holds.
  std::int64_t count(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type) const {
    return get(name, type, 0, nullptr);
  }
  /// Makes `into`, which are not finalized, what the attribute holds; returns how many were.
  std::int64_t read(cudnnBackendAttributeName_t name, std::span<CudnnDescriptor> into) const;

 private:
  void set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, std::int64_t count,
           const void* values);
  /// Returns how many elements were written, or are there where none was asked for.
  std::int64_t get(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                   std::int64_t most, void* values) const;

  const CudnnFunctions* functions_;
  cudnnBackendDescriptor_t made_ = nullptr;
};

}  // namespace agon
