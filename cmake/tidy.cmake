# The target tidy: .clang-tidy over every source, where clang-tidy is installed. It is no part of the tests.
find_program(AGON_RUN_CLANG_TIDY NAMES run-clang-tidy-14 run-clang-tidy)
if(AGON_RUN_CLANG_TIDY)
  add_custom_target(tidy
    COMMAND ${AGON_RUN_CLANG_TIDY} -quiet -p ${CMAKE_BINARY_DIR} -extra-arg=-Wno-unknown-warning-option
      "^${CMAKE_SOURCE_DIR}/(engine|ops|graphs|runners|tests)/"
    USES_TERMINAL VERBATIM)
endif()
