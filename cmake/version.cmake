# The library agon_version: engine/base/version.h, rewritten when a commit or a source changes it.
file(GLOB_RECURSE version_sources CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/engine/* ${CMAKE_SOURCE_DIR}/ops/* ${CMAKE_SOURCE_DIR}/graphs/* ${CMAKE_SOURCE_DIR}/runners/*
  ${CMAKE_SOURCE_DIR}/cmake/*.cmake)
list(APPEND version_sources ${CMAKE_SOURCE_DIR}/CMakeLists.txt)
string(STRIP "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} ${CMAKE_BUILD_TYPE} ${AGON_SANITIZE}" version_compiler)

# A commit writes the log of HEAD; `git add` and `git rm` write the index.
set(version_git "")
find_program(AGON_GIT git)
if(AGON_GIT)
  foreach(name IN ITEMS logs/HEAD index)
    execute_process(COMMAND ${AGON_GIT} rev-parse --git-path ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
      OUTPUT_VARIABLE path OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
    get_filename_component(path "${path}" ABSOLUTE BASE_DIR ${CMAKE_SOURCE_DIR})
    if(NOT failed AND EXISTS "${path}" AND NOT IS_DIRECTORY "${path}")
      list(APPEND version_git "${path}")
    endif()
  endforeach()
endif()

# version.cpp is a byproduct, so ninja looks whether it changed and leaves what depends on it alone otherwise.
set(version_dir ${CMAKE_BINARY_DIR}/generated)
list(JOIN version_sources "\n" version_list)
file(CONFIGURE OUTPUT ${version_dir}/sources.txt CONTENT "@version_list@\n" @ONLY)
add_custom_command(
  OUTPUT ${version_dir}/version.stamp
  BYPRODUCTS ${version_dir}/version.cpp
  COMMAND ${CMAKE_COMMAND} "-DSOURCE_DIR=${CMAKE_SOURCE_DIR}" "-DOUTPUT_DIR=${version_dir}" "-DGIT=${AGON_GIT}"
    -DVERSION=${PROJECT_VERSION} "-DCOMPILER=${version_compiler}" -P ${CMAKE_SOURCE_DIR}/cmake/write_version.cmake
  DEPENDS ${version_sources} ${version_git} ${version_dir}/sources.txt
  COMMENT "Looking at the version")
add_library(agon_version STATIC ${version_dir}/version.cpp ${version_dir}/version.stamp)
target_link_libraries(agon_version PRIVATE agon_options)
