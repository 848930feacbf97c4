# Writes OUTPUT from the headers FILES (with commas between); run by prelude.cmake.
string(REPLACE "," ";" files "${FILES}")
set(text "")
foreach(file IN LISTS files)
  file(READ "${file}" part)
  string(REGEX REPLACE "#pragma once\n" "" part "${part}")
  # A header without a guard stands where it is included.
  string(REGEX MATCHALL "#include \"[^\"]*-inl\\.h\"\n" pasted "${part}")
  foreach(line IN LISTS pasted)
    string(REGEX REPLACE "#include \"([^\"]*)\"\n" "\\1" name "${line}")
    file(READ "${CMAKE_CURRENT_LIST_DIR}/../${name}" text_of_line)
    string(REPLACE "${line}" "${text_of_line}" part "${part}")
  endforeach()
  string(REGEX REPLACE "#include [^\n]*\n" "" part "${part}")
  string(APPEND text "R\"prelude(${part})prelude\"\n")
endforeach()
string(APPEND text "\"using namespace agon::device;\\n\"\n")
file(WRITE "${OUTPUT}" "#include \"engine/runtime/cuda/device_function.h\"

namespace agon {
std::string_view device_prelude() {
  return ${text};
}
}  // namespace agon
")
