# AGON_PRELUDE_SOURCE: a source that holds the text of the headers of device code as device_prelude(), see
# engine/runtime/cuda/device_function.h. NVRTC has no include path, so what they include is left out of the text.
set(AGON_PRELUDE
  engine/runtime/cuda/basics_device.h
  ops/random/random_device.h
  ops/gemm/bf16_device.h
  engine/runtime/cuda/block_device.h
  ops/pointwise/math_device.h)
set(AGON_PRELUDE_SOURCE ${CMAKE_BINARY_DIR}/generated/prelude.cpp)
list(TRANSFORM AGON_PRELUDE PREPEND ${CMAKE_SOURCE_DIR}/ OUTPUT_VARIABLE prelude_files)
list(JOIN prelude_files "," prelude_list)
set(prelude_pasted ${CMAKE_SOURCE_DIR}/ops/random/inverse_normal-inl.h)  # where random_device.h includes it
add_custom_command(
  OUTPUT ${AGON_PRELUDE_SOURCE}
  COMMAND ${CMAKE_COMMAND} "-DFILES=${prelude_list}" "-DOUTPUT=${AGON_PRELUDE_SOURCE}"
    -P ${CMAKE_SOURCE_DIR}/cmake/write_prelude.cmake
  DEPENDS ${prelude_files} ${prelude_pasted} ${CMAKE_SOURCE_DIR}/cmake/write_prelude.cmake)
