# Writes OUTPUT_DIR/version.cpp when its text changes; run by version.cmake.
file(STRINGS ${OUTPUT_DIR}/sources.txt sources)
set(hashes "")
foreach(source IN LISTS sources)
  if(EXISTS "${source}")
    file(SHA256 "${source}" hash)
    file(RELATIVE_PATH name "${SOURCE_DIR}" "${source}")
    string(APPEND hashes "${name} ${hash}\n")
  endif()
endforeach()
string(SHA256 source_id "${hashes}")
string(SUBSTRING "${source_id}" 0 8 source_id)

set(BUILD_ID source-${source_id})
if(GIT)
  set(git ${GIT} --no-optional-locks -C "${SOURCE_DIR}")
  # An empty prefix means that this tree is the checkout itself and not a folder inside another one.
  execute_process(COMMAND ${git} rev-parse --show-prefix OUTPUT_VARIABLE prefix ERROR_QUIET
    RESULT_VARIABLE no_git OUTPUT_STRIP_TRAILING_WHITESPACE)
  execute_process(COMMAND ${git} rev-parse --short=12 HEAD OUTPUT_VARIABLE commit ERROR_QUIET
    RESULT_VARIABLE no_commit OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT no_git AND NOT no_commit AND prefix STREQUAL "")
    set(BUILD_ID ${commit})
    execute_process(COMMAND ${git} status --porcelain -- engine ops graphs runners cmake CMakeLists.txt
      OUTPUT_VARIABLE changes ERROR_QUIET)
    if(NOT changes STREQUAL "")
      string(APPEND BUILD_ID "+${source_id}")
    endif()
  endif()
endif()

configure_file(${SOURCE_DIR}/engine/base/version.cpp.in ${OUTPUT_DIR}/version.cpp @ONLY)
file(TOUCH ${OUTPUT_DIR}/version.stamp)
