#include "tests/fuzz/large_inputs.h"

namespace agon {
namespace {

/// A part of an input, as Parts takes it.
std::string part(const std::string& content) {
  std::string bytes;
  for (int shift = 0; shift < 24; shift += 8)
    bytes += static_cast<char>(content.size() >> shift & 0xFF);
  return bytes + content;
}

std::string safetensors(const std::string& header) {
  std::string length;
  for (int shift = 0; shift < 64; shift += 8)
    length += static_cast<char>(header.size() >> shift & 0xFF);
  return part("") + length + header;
}

std::string tensors(int n) {
  std::string names = numbered("\"n", R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)", n);
  names.pop_back();
  return safetensors("{" + names + "}");
}

std::string manifest(const std::string& files, const std::string& extra) {
  return part(R"({"format":1,"step":1,"tensors":{},"files":{)" + files + R"(},"extra":)" + extra +
              "}");
}

std::string recording(const std::string& pinned) {
  return R"({"recording":1,"last":0,"pictures":{},"steps":[],"pinned":)" + pinned + "}";
}

std::string nested_list(int depth) {
  return repeated("[", depth) + repeated("]", depth);
}

std::string object(int keys) {
  return "{" + numbered("\"k", "\":0,", keys) + "\"k\":0}";
}

/// The lock of a run with one thing more.
std::string lock(const std::string& more) {
  return part(R"({"lock":1,"lanes":1,"steps":1,"started":"","config":{"hash":""},)" + more + "}");
}

/// A table with so many columns and one row.
std::string columns(int n) {
  return part("file" + numbered(",c", "", n) + "\na.png" + repeated(",1", n) + "\n");
}

/// Two tables that share no word.
std::string words(int rows) {
  std::string tables[2];
  for (const std::size_t i : {0, 1}) {
    tables[i] = "file,label\n";
    for (int row = 0; row < rows; ++row) {
      const std::string n = std::to_string(row);
      tables[i] += n + ".png," + "wv"[i] + n + "\n";
    }
  }
  return part(tables[0]) + tables[1];
}

std::string series(const std::string& lines) {
  return '\xFF' + lines;
}

constexpr LargeInput kFiles[] = {
    {"expression", "brackets", [] { return repeated("[", 1'000'000); }},
    {"expression", "longest", [] { return "[" + repeated("1,", 8000) + "1]"; }},
    {"expression", "signature", [] { return "f(" + numbered("a", ",", 2000) + "a)"; }},
    {"setting", "longest", [] { return "lr=" + repeated("1", 65'000); }},
    {"setting", "path", [] { return "losses" + repeated(".x", 32'000) + "=1"; }},
    {"setting", "indices", [] { return "networks" + repeated("[0]", 20'000) + "=1"; }},
    {"setting", "too_long", [] { return "lr=" + repeated("1", 1'000'000); }},
    {"checkpoint", "manifest_files",
     [] {
       return manifest(numbered("\"f", R"(":{"bytes":1,"sha256":""},)", 9000) +
                           R"("f":{"bytes":1,"sha256":""})",
                       "0");
     }},
    {"checkpoint", "manifest_extra", [] { return manifest("", object(20'000)); }},
    {"checkpoint", "manifest_nested", [] { return manifest("", nested_list(200'000)); }},
    {"checkpoint", "tensors", [] { return tensors(8000); }},
    {"checkpoint", "nested_header", [] { return safetensors(repeated("{\"a\":", 200'000)); }},
    {"lock", "names", [] { return lock("\"seed\":" + object(4000)); }},
    {"lock", "more_names", [] { return lock("\"seed\":" + object(80'000)); }},
    {"lock", "nested", [] { return lock("\"seed\":" + nested_list(200'000)); }},
    {"lock", "row_of_names", [] { return lock("\"seed\":1") + object(80'000); }},
    {"recording", "names", [] { return recording(object(4000)); }},
    {"recording", "more_names", [] { return recording(object(80'000)); }},
    {"recording", "nested", [] { return recording(nested_list(400'000)); }},
    {"series", "lines", [] { return series(repeated("{\"step\":1}\n", 90'000)); }},
    {"series", "nested", [] { return series(R"({"step":1,"a":)" + nested_list(400'000) + "}\n"); }},
    {"series", "names", [] { return series(object(50'000) + "\n"); }},
    {"series", "one_line", [] { return series(repeated("x", 1'000'000)); }},
    {"labels", "mistakes", [] { return part("file,label\n" + repeated("a\n", 400'000)); }},
    {"labels", "one_cell", [] { return part("file,label\n\"" + repeated("a", 1'000'000)); }},
    {"labels", "columns", [] { return columns(100'000); }},
    {"labels", "other_words", [] { return words(20'000); }},
    {"gzip", "zeros", [] { return "\1" + packed_zeros(Packing::Gzip, 200 << 20); }},
};

}  // namespace

std::span<const LargeInput> large_files() {
  return kFiles;
}

}  // namespace agon
