#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <fstream>
#include <sstream>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "tests/cuda/emulation.h"

namespace agon::emulation {

namespace {

constexpr std::string_view kNumber = "unsigned long long";
constexpr std::string_view kBegin = "extern \"C\" __global__ void __launch_bounds__(";

std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// A kernel function as its text declares it.
struct Declared {
  std::string threads, name;
  std::vector<std::string> types;  // of its parameters
  bool has_shared = false;
};

/// "const float* in0" -> "const float*"
std::string type_of(std::string_view parameter) {
  const auto is_name = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
  };
  while (!parameter.empty() && is_name(parameter.back())) parameter.remove_suffix(1);
  while (!parameter.empty() && parameter.back() == ' ') parameter.remove_suffix(1);
  std::string type(parameter);
  if (const auto at = type.find("__restrict__"); at != std::string::npos) type.erase(at);
  while (!type.empty() && (type.front() == ' ' || type.front() == '\n')) type.erase(0, 1);
  if (!type.ends_with('*') && type != kNumber) {
    throw InternalError(fmt::format("emulation: a parameter that is neither a pointer nor {}: '{}'",
                                    kNumber, type));
  }
  return type;
}

Declared read_declaration(std::string_view text) {
  text.remove_prefix(kBegin.size());
  Declared made;
  made.threads = text.substr(0, text.find(')'));
  text.remove_prefix(text.find(')') + 1);
  const auto open = text.find('('), close = text.find(')');
  const auto name = text.find_first_not_of(" \n");
  if (open == text.npos || close == text.npos)
    throw InternalError("emulation: a kernel function without parameters");
  made.name = text.substr(name, open - name);
  std::string_view parameters = text.substr(open + 1, close - open - 1);
  while (!parameters.empty()) {
    const auto comma = std::min(parameters.find(','), parameters.size());
    made.types.push_back(type_of(parameters.substr(0, comma)));
    parameters.remove_prefix(std::min(comma + 1, parameters.size()));
  }
  return made;
}

void replace_all(std::string& text, std::string_view from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

/// What lets the driver run the function: its threads one by one, and where its shared arrays lie.
std::string entry_text(const Declared& function) {
  std::string arguments;
  for (std::size_t i = 0; i < function.types.size(); ++i)
    arguments += fmt::format("{}({})arguments[{}]", i == 0 ? "" : ", ", function.types[i], i);
  const std::string& name = function.name;
  std::string text;
  if (function.has_shared)
    text += fmt::format("extern \"C\" char __start_shared_{0}[], __stop_shared_{0}[];\n", name);
  text += fmt::format(
      "static void {0}_thread(void* const* arguments, unsigned block, unsigned thread) {{\n"
      "  blockIdx.x = block;\n  threadIdx.x = thread;\n  {0}({1});\n}}\n",
      name, arguments);
  const std::string shared = function.has_shared
                                 ? fmt::format("__start_shared_{0}, __stop_shared_{0}", name)
                                 : std::string("nullptr, nullptr");
  text += fmt::format(
      "extern \"C\" __attribute__((visibility(\"default\"))) agon::emulation::Entry {0}_entry;\n"
      "agon::emulation::Entry {0}_entry = {{{0}_thread, {1}, {2}, {3}, {4}}};\n",
      name, function.threads, function.types.size(),
      std::ranges::count_if(function.types, [](const auto& type) { return type.ends_with('*'); }),
      shared);
  return text;
}

/// The source as C++: shared arrays of a function in a section of their own, entries behind.
std::string as_host_code(const std::string& source) {
  auto begin = source.find(kBegin);
  std::string text = source.substr(0, begin), entries;
  while (begin != std::string::npos) {
    const auto end = source.find(kBegin, begin + 1);
    std::string function = source.substr(begin, end == std::string::npos ? end : end - begin);
    Declared declared = read_declaration(function);
    declared.has_shared = function.find("__shared__ ") != std::string::npos;
    replace_all(function, "__shared__ ",
                fmt::format("static __attribute__((section(\"shared_{}\"))) ", declared.name));
    text += function;
    entries += entry_text(declared);
    begin = end;
  }
  return text + "\n" + entries;
}

std::string flags() {
  std::string words =
      "-std=c++20 -O1 -fPIC -fvisibility=hidden -ffp-contract=off -w "
      "-fsanitize=alignment,null,bounds -fno-sanitize-recover=all";
#if defined(__GNUC__) && !defined(__clang__)
  words += " -fno-gnu-unique";
#endif
#if defined(__x86_64__)
  if (__builtin_cpu_supports("fma")) words += " -mfma";  // or fma() is a slow function
#endif
  return words;
}

/// A new folder, removed in the end; or, with AGON_EMULATED_SOURCES, one that stays there.
class Folder {
 public:
  Folder() {
    const char* kept = std::getenv("AGON_EMULATED_SOURCES");
    keep_ = kept != nullptr;
    const auto place = keep_ ? std::filesystem::path(kept) : std::filesystem::temp_directory_path();
    std::string name = (place / "agon-emulated-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw InternalError("emulation: no folder for sources");
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    if (!keep_) std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
  bool keep_ = false;
};

void run_compiler(const std::string& arguments, const std::string& log) {
  const std::string command =
      fmt::format("\"{}\" {} -I \"{}\" {} > \"{}\" 2>&1", CMAKE_CXX_COMPILER, flags(),
                  AGON_SOURCE_DIR, arguments, log);
  if (std::system(command.c_str()) != 0)
    throw InternalError("emulation: " + file_text(log).substr(0, 4000));
}

/// The file that stands before every source; the compiler has read it once for all, since that
/// takes longer than most sources.
const std::string& words() {
  static const Folder folder;
  static const std::string name = [] {
    const std::string header = folder.file("device_words.h");
    std::ofstream(header) << "#include \"tests/cuda/device_words.h\"\n";
    run_compiler(fmt::format("-x c++-header -o \"{}.gch\" \"{}\"", header, header),
                 header + ".log");
    return header;
  }();
  return name;
}

class HostCompiler final : public DeviceCompiler {
 public:
  std::string compile(const std::string& source, int) override {
    const std::string name = folder_.file(fmt::format("{}", number_++));
    std::ofstream(name + ".cpp") << as_host_code(source);
    run_compiler(fmt::format("-shared -nodefaultlibs -include \"{}\" -o \"{}.so\" \"{}.cpp\"",
                             words(), name, name),
                 name + ".log");
    return name + ".so";
  }

  std::string version() const override { return "emulation"; }

 private:
  Folder folder_;
  std::atomic<int> number_{0};
};

}  // namespace

std::unique_ptr<DeviceCompiler> compiler() {
  return std::make_unique<HostCompiler>();
}

}  // namespace agon::emulation
