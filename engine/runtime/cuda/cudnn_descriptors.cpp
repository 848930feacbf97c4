#include "engine/runtime/cuda/cudnn_descriptors.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/runtime/cuda/library.h"

namespace agon {

namespace {

bool find_all(void* library, CudnnFunctions& f) {
  return find_function(library, "cudnnGetVersion", f.version) &&
         find_function(library, "cudnnGetErrorString", f.status_text) &&
         find_function(library, "cudnnGetLastErrorString", f.last_error) &&
         find_function(library, "cudnnCreate", f.create) &&
         find_function(library, "cudnnDestroy", f.destroy) &&
         find_function(library, "cudnnSetStream", f.set_stream) &&
         find_function(library, "cudnnBackendCreateDescriptor", f.create_descriptor) &&
         find_function(library, "cudnnBackendDestroyDescriptor", f.destroy_descriptor) &&
         find_function(library, "cudnnBackendSetAttribute", f.set_attribute) &&
         find_function(library, "cudnnBackendGetAttribute", f.get_attribute) &&
         find_function(library, "cudnnBackendFinalize", f.finalize) &&
         find_function(library, "cudnnBackendExecute", f.execute);
}

struct Opened {
  CudnnFunctions functions{};
  bool there = false;
  std::string why;
};

Opened open() {
  static const std::array<std::string, 1> kNames = {"libcudnn.so.9"};
  Opened opened;
  void* const library = open_library(kNames, opened.why);
  if (library == nullptr) return opened;
  opened.there = find_all(library, opened.functions);
  if (!opened.there) opened.why = "cuDNN lacks a function that this program uses";
  return opened;
}

}  // namespace

const CudnnFunctions* cudnn_functions(std::string& why) {
  static const Opened opened = open();
  if (!opened.there) why = opened.why;
  return opened.there ? &opened.functions : nullptr;
}

void require(const CudnnFunctions& functions, cudnnStatus_t status, const std::string& what) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  std::array<char, 512> more{};
  functions.last_error(more.data(), more.size() - 1);
  std::string text = more.data();
  std::replace(text.begin(), text.end(), '\n', ' ');
  throw CudnnFailed{fmt::format("cuDNN: {}: {}{}{}", what, functions.status_text(status),
                                text.empty() ? "" : ": ", text)};
}

CudnnDescriptor::CudnnDescriptor(const CudnnFunctions& functions, cudnnBackendDescriptorType_t type)
    : functions_(&functions) {
  require(functions, functions.create_descriptor(type, &made_),
          fmt::format("descriptor of type {}", static_cast<int>(type)));
}

CudnnDescriptor::CudnnDescriptor(CudnnDescriptor&& other) noexcept
    : functions_(other.functions_), made_(std::exchange(other.made_, nullptr)) {}

CudnnDescriptor& CudnnDescriptor::operator=(CudnnDescriptor&& other) noexcept {
  std::swap(functions_, other.functions_);
  std::swap(made_, other.made_);
  return *this;
}

CudnnDescriptor::~CudnnDescriptor() {
  if (made_ != nullptr) functions_->destroy_descriptor(made_);
}

void CudnnDescriptor::finalize() {
  require(*functions_, functions_->finalize(made_), "descriptor");
}

void CudnnDescriptor::set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                          std::int64_t count, const void* values) {
  require(*functions_, functions_->set_attribute(made_, name, type, count, values),
          fmt::format("attribute {}", static_cast<int>(name)));
}

void CudnnDescriptor::set_all(cudnnBackendAttributeName_t name,
                              std::span<const CudnnDescriptor* const> others) {
  std::vector<cudnnBackendDescriptor_t> raw;
  for (const CudnnDescriptor* other : others) raw.push_back(other->made_);
  set(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, static_cast<std::int64_t>(raw.size()), raw.data());
}

std::int64_t CudnnDescriptor::get(cudnnBackendAttributeName_t name,
                                  cudnnBackendAttributeType_t type, std::int64_t most,
                                  void* values) const {
  std::int64_t count = 0;
  require(*functions_, functions_->get_attribute(made_, name, type, most, &count, values),
          fmt::format("reading attribute {}", static_cast<int>(name)));
  return most == 0 ? count : std::min(count, most);
}

std::int64_t CudnnDescriptor::read(cudnnBackendAttributeName_t name,
                                   std::span<CudnnDescriptor> into) const {
  std::vector<cudnnBackendDescriptor_t> raw;
  for (const CudnnDescriptor& descriptor : into) raw.push_back(descriptor.made_);
  return get(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, static_cast<std::int64_t>(raw.size()),
             raw.data());
}

}  // namespace agon
