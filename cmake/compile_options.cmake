# One place for flags. No -march: kernels choose their instruction set at run time.
add_library(agon_options INTERFACE)
target_compile_options(agon_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
  -Wno-restrict  # false alarms of g++ 12 on std::string
  -ffp-contract=off)
if(AGON_WERROR)
  target_compile_options(agon_options INTERFACE -Werror)
endif()
if(AGON_SANITIZE)
  add_compile_options(-fsanitize=${AGON_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${AGON_SANITIZE})
endif()
find_program(AGON_CCACHE ccache)
if(AGON_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${AGON_CCACHE})
endif()
find_program(AGON_LLD ld.lld)
if(AGON_LLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_link_options(-fuse-ld=lld)
endif()
