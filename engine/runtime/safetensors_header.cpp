#include "engine/runtime/safetensors_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace agon {

namespace {

using Json = nlohmann::json;

struct DTypeRow {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr DTypeRow kDTypes[] = {{"F64", 8},  {"F32", 4},     {"F16", 2},    {"BF16", 2},
                                {"I64", 8},  {"I32", 4},     {"I16", 2},    {"I8", 1},
                                {"U64", 8},  {"U32", 4},     {"U16", 2},    {"U8", 1},
                                {"BOOL", 1}, {"F8_E4M3", 1}, {"F8_E5M2", 1}};

/// Looks over a header before it is kept in memory, for what a parsed document no longer shows
/// (names given twice) and for what would only cost time and memory. Stops at the first fault.
class Survey : public nlohmann::json_sax<Json> {
 public:
  std::string fault;
  std::string duplicate;  // a name

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return deeper(); }
  bool end_object() override { return shallower(); }
  bool start_array(std::size_t) override { return deeper(); }
  bool end_array() override { return shallower(); }

  bool key(string_t& name) override {
    if (!names_.back().insert(name).second) duplicate = name.empty() ? "(empty)" : name;
    if (names_.size() == 1 && names_.back().size() > SafetensorsFile::kMaxTensors + 1)
      fault = fmt::format("the header has more than {} tensors", SafetensorsFile::kMaxTensors);
    return duplicate.empty() && fault.empty();
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& e) override {
    fault = fmt::format("the header is no JSON: {}", printable(e.what()));
    return false;
  }

 private:
  bool deeper() {
    constexpr std::size_t kDeepest = 4;
    names_.emplace_back();
    if (names_.size() > kDeepest) fault = "the header is nested too deeply";
    return fault.empty();
  }
  bool shallower() {
    names_.pop_back();
    return true;
  }

  std::vector<std::set<std::string>> names_;  // of each object or list that is open
};

class HeaderReader {
 public:
  HeaderReader(std::uint64_t data_bytes, const std::string& file)
      : data_bytes_(data_bytes), file_(file) {}

  SafetensorsHeader read(std::string_view text) {
    if (text.empty() || text.front() != '{') fail("the header does not begin with '{'");
    const Json json = parsed(text);
    for (const auto& [name, item] : json.items()) {
      if (name == "__metadata__") {
        read_metadata(item);
      } else {
        header_.entries.push_back(entry(name, item));
      }
    }
    check_positions();
    return std::move(header_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ExitCode::Data, fmt::format("{}: {}", file_, what));
  }
  [[noreturn]] void fail(const std::string& name, const std::string& what) const {
    fail(fmt::format("tensor '{}': {}", printable(name), what));
  }

  Json parsed(std::string_view text) const {
    Survey survey;
    Json::sax_parse(text, &survey);
    if (!survey.duplicate.empty()) fail(survey.duplicate, "is in the header twice");
    if (!survey.fault.empty()) fail(survey.fault);
    return Json::parse(text);
  }

  void read_metadata(const Json& item) {
    if (!item.is_object()) fail("__metadata__: expected an object of texts");
    for (const auto& [key, value] : item.items()) {
      if (!value.is_string())
        fail(fmt::format("__metadata__: '{}': expected a text", printable(key)));
      header_.metadata[key] = value.get<std::string>();
    }
  }

  const Json& member(const std::string& name, const Json& item, const char* key) const {
    const auto it = item.find(key);
    if (it == item.end()) fail(name, fmt::format("has no {}", key));
    return *it;
  }

  /// Whole numbers from 0 to 2^62.
  std::vector<std::int64_t> numbers(const std::string& name, const Json& item,
                                    const char* key) const {
    const Json& list = member(name, item, key);
    std::vector<std::int64_t> read;
    bool good = list.is_array() && list.size() <= 64;
    for (std::size_t i = 0; good && i < list.size(); ++i) {
      good = list[i].is_number_unsigned() && list[i].get<std::uint64_t>() <= std::uint64_t{1} << 62;
      if (good) read.push_back(list[i].get<std::int64_t>());
    }
    if (!good) fail(name, fmt::format("{}: expected a list of whole numbers", key));
    return read;
  }

  SafetensorsEntry entry(const std::string& name, const Json& item) const {
    if (!item.is_object()) fail(name, "expected an object");
    if (item.size() != 3) fail(name, "expected dtype, shape and data_offsets, nothing else");
    const Json& dtype = member(name, item, "dtype");
    if (!dtype.is_string()) fail(name, "dtype: expected a text");
    SafetensorsEntry made{name, dtype.get<std::string>(), {}, 0, 0};
    const auto* row = std::ranges::find(kDTypes, made.dtype, &DTypeRow::name);
    if (row == std::end(kDTypes))
      fail(name, fmt::format("unknown dtype '{}'", printable(made.dtype)));
    const auto sizes = numbers(name, item, "shape");
    try {
      made.shape = Shape(sizes);
    } catch (const GraphError& e) {
      fail(name, e.what());
    }
    const auto offsets = numbers(name, item, "data_offsets");
    if (offsets.size() != 2) fail(name, "data_offsets: expected two numbers");
    made.begin = static_cast<std::uint64_t>(offsets[0]);
    made.end = static_cast<std::uint64_t>(offsets[1]);
    if (made.begin > made.end)
      fail(name, fmt::format("its offsets {} and {} are reversed", made.begin, made.end));
    if (made.end > data_bytes_) {
      fail(name,
           fmt::format("ends at byte {} of {}: the file is cut short", made.end, data_bytes_));
    }
    const std::uint64_t expected = static_cast<std::uint64_t>(made.shape.elements()) * row->bytes;
    if (made.end - made.begin != expected) {
      fail(name, fmt::format("{}{} takes {} bytes, got {}", made.dtype, to_text(made.shape),
                             expected, made.end - made.begin));
    }
    return made;
  }

  void check_positions() {
    auto& entries = header_.entries;
    if (entries.size() > SafetensorsFile::kMaxTensors)
      fail(fmt::format("the header has more than {} tensors", SafetensorsFile::kMaxTensors));
    std::ranges::stable_sort(entries, {},
                             [](const SafetensorsEntry& e) { return std::pair(e.begin, e.end); });
    std::uint64_t at = 0;
    for (const SafetensorsEntry& e : entries) {
      if (e.begin < at) fail(e.name, fmt::format("overlaps the one before it at byte {}", e.begin));
      if (e.begin > at)
        fail(e.name, fmt::format("bytes {} to {} before it belong to none", at, e.begin));
      at = e.end;
    }
    if (at != data_bytes_) fail(fmt::format("{} bytes after the last tensor", data_bytes_ - at));
  }

  std::uint64_t data_bytes_;
  const std::string& file_;
  SafetensorsHeader header_;
};

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view json, std::uint64_t data_bytes,
                                           const std::string& file) {
  return HeaderReader(data_bytes, file).read(json);
}

std::string safetensors_dtype(DType dtype) {
  switch (dtype) {
    case DType::F32:
      return "F32";
    case DType::F64:
      return "F64";
    case DType::I32:
      return "I32";
  }
  throw InternalError("unknown dtype");
}

}  // namespace agon
