#include "graphs/document/reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <string>
#include <utility>

#include "engine/base/text.h"
#include "graphs/document/prescan.h"
#include "graphs/document/source_text.h"
#include "graphs/document/tree_builder.h"

namespace agon {

namespace {

/// What yaml-cpp's message means to the author of a file.
std::string explained(const std::string& message) {
  static const std::array<std::pair<std::string_view, std::string_view>, 9> kMeanings = {{
      {"end of map not found", "expected a key with ':' here; is the line before indented alike?"},
      {"end of sequence not found", "expected '-' here, as in the items before"},
      {"end of map flow not found", "expected ',' or '}'"},
      {"end of sequence flow not found", "expected ',' or ']'"},
      {"illegal map value", "a ':' is not allowed here; quote the text or check the indentation"},
      {"illegal block entry", "a '-' is not allowed here; check the indentation"},
      {"illegal map key", "a key is not allowed here; check the indentation"},
      {"illegal EOF in scalar", "the closing quote is missing"},
      {"illegal flow end", "a closing bracket without an opening one"},
  }};
  for (const auto& [from, to] : kMeanings) {
    if (message == from) return std::string(to);
  }
  return "YAML: " + printable(message);
}

/// "; quote it: \"train.stages[0].steps\"" where YAML ends a key or a value at a bracket in it.
std::string quoting_advice(std::string_view text, std::size_t at) {
  const auto is_part = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
  };
  const std::size_t line = text.rfind('\n', at) + 1;  // 0 where there is none
  const std::size_t open = text.rfind('[', std::min(at, text.size() - 1));
  if (open == std::string_view::npos || open <= line || !is_part(text[open - 1])) return "";
  std::size_t begin = open, end = open;
  while (begin > line && is_part(text[begin - 1])) --begin;
  while (end < text.size() && (is_part(text[end]) || text[end] == '[' || text[end] == ']')) ++end;
  return fmt::format("; quote what has brackets: \"{}\"", text.substr(begin, end - begin));
}

/// Where a line without a colon was taken into the key of the line at `at`: its beginning.
std::optional<std::size_t> line_without_colon(std::string_view text, std::size_t at) {
  const auto begin_of = [&](std::size_t i) { return i == 0 ? 0 : text.rfind('\n', i - 1) + 1; };
  const auto colon_in = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      if (text[i] == ':' && (i + 1 >= text.size() || text[i + 1] == ' ' || text[i + 1] == '\n'))
        return true;
    }
    return false;
  };
  std::size_t line = begin_of(at);
  if (colon_in(line, at)) return std::nullopt;
  while (line > 0) {
    const std::size_t end = line - 1;
    line = begin_of(end);
    const std::size_t first = std::min(text.find_first_not_of(" \t\r", line), end);
    if (first == end || text[first] == '#') continue;
    if (text[first] == '-' || colon_in(first, end)) return std::nullopt;
    return first;
  }
  return std::nullopt;
}

Yaml parse(std::string_view bytes, const std::string& file) {
  if (bytes.size() > kMaxYamlBytes) {
    throw ConfigError({{Severity::Error, Origin{file, 0, 0, ""},
                        fmt::format("expected at most 1 MiB of text, got {}",
                                    bytes_text(static_cast<double>(bytes.size())))}});
  }
  const SourceText source(checked_utf8(bytes, file), file);
  const auto open_bracket = prescan(source);
  TreeBuilder builder(source);
  std::istringstream stream{std::string(source.text())};
  try {
    YAML::Parser parser(stream);
    if (parser.HandleNextDocument(builder)) parser.HandleNextDocument(builder);
  } catch (const YAML::Exception& failure) {
    builder.cut_calls().throw_if_errors();
    const auto at = static_cast<std::size_t>(std::max(failure.mark.pos, 0));
    const bool at_end = source.text().find_first_not_of(" \t\r\n", at) == std::string_view::npos;
    if (open_bracket && at_end) {
      source.fail_with_caret(*open_bracket, "this bracket is never closed");
    }
    const auto lone =
        failure.msg == "illegal map value" ? line_without_colon(source.text(), at) : std::nullopt;
    if (lone) {
      source.fail_with_caret(*lone,
                             "expected 'name: value', got no ':' in this line; further lines of a "
                             "value are indented deeper than its name");
    }
    const bool flow = failure.msg.find("flow not found") != std::string::npos;
    source.fail_with_caret(
        at, explained(failure.msg) + (flow ? quoting_advice(source.text(), at) : ""));
  }
  builder.cut_calls().throw_if_errors();
  builder.duplicates().throw_if_errors();
  return builder.take_root();
}

constexpr const char* kExample =
    "no experiment found; a small one:\n"
    "  agon: 1\n"
    "  name: first\n"
    "  data: {source: digits}\n"
    "  networks:\n"
    "    encoder: {input: {image: data.image}, layers: [flatten, {dense: 16}]}\n"
    "    decoder: {input: {code: [16]}, layers: [{dense: 784}, {reshape: [1, 28, 28]}]}\n"
    "  step: {again: decoder(encoder(data.image))}\n"
    "  losses: {error: \"mse(again, data.image)\"}\n"
    "  optimizers: {all: {minimize: error, update: [encoder, decoder], adam: {lr: 1e-3}}}\n"
    "  train: {steps: 1000, batch: 32}";

[[noreturn]] void refuse_file(ExitCode code, const std::string& path, const std::string& message) {
  throw Error(code, fmt::format("{}: {}", printable(path), message));
}

struct Descriptor {
  int number;
  ~Descriptor() { close(number); }
};

/// The bytes of a regular file of at most kMaxYamlBytes.
std::string file_bytes(const std::string& path) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  const Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.number < 0) {
    const int reason = errno;
    const ExitCode code = reason == EACCES ? ExitCode::Permission : ExitCode::NoInput;
    refuse_file(code, path, reason == ENOENT ? "no such file" : std::strerror(reason));
  }
  struct stat status;
  if (fstat(file.number, &status) != 0) refuse_file(ExitCode::Io, path, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) {
    refuse_file(ExitCode::NoInput, path,
                S_ISDIR(status.st_mode) ? "expected a regular file, got a directory"
                                        : "expected a regular file");
  }
  if (status.st_size > static_cast<off_t>(kMaxYamlBytes)) {
    refuse_file(ExitCode::Config, path,
                fmt::format("expected a file of at most 1 MiB, got {}",
                            bytes_text(static_cast<double>(status.st_size))));
  }
  std::string bytes(kMaxYamlBytes + 1, '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = read(file.number, bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) refuse_file(ExitCode::Io, path, std::strerror(errno));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace

Yaml read_yaml_text(std::string_view text, const std::string& file) {
  Yaml root = parse(text, file);
  if (root.is_null()) {
    throw ConfigError({{Severity::Error, Origin{file, 0, 0, ""}, kExample}});
  }
  return root;
}

Yaml parse_yaml_value(std::string_view text, const std::string& file) {
  return parse(text, file);
}

Yaml read_yaml_file(const std::string& path) {
  return read_yaml_text(file_bytes(path), path);
}

}  // namespace agon
