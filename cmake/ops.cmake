# add_ops(TARGET family/name ...): for each name compiles family/name.cpp and, where they exist,
# name_winograd.cpp, name_own.cpp, name_onednn.cpp and name_cpu.cpp, and writes the function that registers them all
# in this order; with AGON_WITH_CUDA name_cuda.cpp too, registered by a function of its own.
function(add_ops target)
  set(declarations "")
  set(op_calls "")
  set(kernel_calls "")
  set(cuda_calls "")
  set(sources "")
  # A glob rather than EXISTS: a kernel file that appears later is noticed by the next build.
  file(GLOB_RECURSE kernel_files CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} *_own.cpp *_winograd.cpp *_onednn.cpp *_cpu.cpp
    *_cuda.cpp)
  foreach(entry IN LISTS ARGN)
    get_filename_component(name ${entry} NAME)
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${entry}.cpp)  # an op of the engine has kernels only
      list(APPEND sources ${entry}.cpp)
      string(APPEND declarations "void register_${name}(OpRegistry&);\n")
      string(APPEND op_calls "  register_${name}(ops);\n")
    endif()
    if(AGON_WITH_CUDA AND ${entry}_cuda.cpp IN_LIST kernel_files)
      list(APPEND sources ${entry}_cuda.cpp)
      string(APPEND declarations "void register_${name}_cuda(KernelRegistry&, CudaContext&);\n")
      string(APPEND cuda_calls "  register_${name}_cuda(kernels, context);\n")
    endif()
    foreach(backend IN ITEMS winograd own onednn cpu)  # the order in which kernels are tried
      if(${entry}_${backend}.cpp IN_LIST kernel_files)
        list(APPEND sources ${entry}_${backend}.cpp)
        string(APPEND declarations "void register_${name}_${backend}(KernelRegistry&);\n")
        string(APPEND kernel_calls "  register_${name}_${backend}(kernels);\n")
      endif()
    endforeach()
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/register_all.cpp CONTENT
"#include \"ops/ops.h\"

namespace agon {
${declarations}
void register_all_ops([[maybe_unused]] OpRegistry& ops) {
${op_calls}}

void register_all_kernels([[maybe_unused]] KernelRegistry& kernels) {
${kernel_calls}}

void register_cuda_kernels([[maybe_unused]] KernelRegistry& kernels, [[maybe_unused]] CudaContext& context) {
${cuda_calls}}

}  // namespace agon
" @ONLY)
  target_sources(${target} PRIVATE ${sources} ${CMAKE_CURRENT_BINARY_DIR}/register_all.cpp)
endfunction()
