# One place for flags. No -march: kernels choose their instruction set at run time.
add_library(agon_options INTERFACE)
target_compile_options(agon_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
  -Wno-restrict  # false alarms of g++ 12 on std::string
  -ffp-contract=off)
# Newer compilers bring warnings that this code has not met; there they stay warnings.
if(AGON_WERROR AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(agon_options INTERFACE -Werror)
endif()
if(AGON_SANITIZE)
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1")
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
