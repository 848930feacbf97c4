#include "engine/runtime/safetensors.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <csignal>
#include <cstring>
#include <limits>

#include "engine/base/error.h"
#include "tests/engine/files.h"

namespace agon {
namespace {

/// A file of this header and as many zero bytes.
std::string file_of(const std::string& header, std::size_t data = 0) {
  const std::uint64_t length = header.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + header + std::string(data, '\0');
}

std::string tensor(const std::string& name, const std::string& facts) {
  return "\"" + name + "\":{" + facts + "}";
}

struct Malformed {
  const char* name;
  std::string bytes;
  std::string message;
};

const std::string kA = R"("dtype":"F32","shape":[2],"data_offsets":[0,8])";

std::vector<Malformed> malformed() {
  std::string many = "{";
  for (int i = 0; i < 65'537; ++i)
    many += tensor(std::to_string(i), R"("dtype":"U8","shape":[0],"data_offsets":[0,0])") + ",";
  many.back() = '}';
  const auto with = [](const std::string& header, std::size_t data = 8) {
    return file_of("{" + header + "}", data);
  };
  const auto one = [&](const std::string& facts, std::size_t data = 8) {
    return with(tensor("a", facts), data);
  };
  const auto huge = [](std::uint64_t length) {
    std::string bytes(16, ' ');
    std::memcpy(bytes.data(), &length, sizeof length);
    return bytes;
  };
  return {
      {"empty", "", "is too short to be a safetensors file"},
      {"seven_bytes", "1234567", "is too short to be a safetensors file"},
      {"header_of_2_63", huge(std::uint64_t{1} << 63),
       "the header claims 9223372036854775808 bytes, at most 16777216 are read"},
      {"header_beyond_the_file", huge(9), "the header claims 9 bytes, the file has 16"},
      {"empty_header", file_of(""), "the header does not begin with '{'"},
      {"leading_blank", file_of(" {}"), "the header does not begin with '{'"},
      {"a_list", file_of("[]"), "the header does not begin with '{'"},
      {"no_json", file_of("{\"a\":}"), "the header is no JSON: *"},
      {"text_after_the_header", file_of("{}{}"), "the header is no JSON: *"},
      {"not_utf8", file_of("{\"\xff\":1}"), "the header is no JSON: *"},
      {"nested", with(R"("a":{"dtype":[[[[[1]]]]]})"), "the header is nested too deeply"},
      {"too_many", file_of(many), "the header has more than 65536 tensors"},
      {"twice", with(tensor("a", kA) + "," + tensor("a", kA)),
       "tensor 'a': is in the header twice"},
      {"key_twice", one(kA + R"(,"dtype":"F64")"), "tensor 'dtype': is in the header twice"},
      {"another_key", one(kA + R"(,"x":1)"),
       "tensor 'a': expected dtype, shape and data_offsets, nothing else"},
      {"no_dtype", one(R"("typo":1,"shape":[2],"data_offsets":[0,8])"), "tensor 'a': has no dtype"},
      {"no_object", with("\"a\":3"), "tensor 'a': expected an object"},
      {"dtype_no_text", one(R"("dtype":3,"shape":[2],"data_offsets":[0,8])"),
       "tensor 'a': dtype: expected a text"},
      {"unknown_dtype", one(R"("dtype":"F31","shape":[2],"data_offsets":[0,8])"),
       "tensor 'a': unknown dtype 'F31'"},
      {"negative_size", one(R"("dtype":"F32","shape":[-2],"data_offsets":[0,8])"),
       "tensor 'a': shape: expected a list of whole numbers"},
      {"fraction", one(R"("dtype":"F32","shape":[2.0],"data_offsets":[0,8])"),
       "tensor 'a': shape: expected a list of whole numbers"},
      {"size_of_2_64", one(R"("dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,8])"),
       "tensor 'a': shape: expected a list of whole numbers"},
      {"overflow", one(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8])"),
       "tensor 'a': shape [4294967296, 4294967296] needs 64.0 EiB, more than any machine has"},
      {"overflow_hidden_by_zero",
       one(R"("dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0])", 0),
       "tensor 'a': shape [4294967296, 4294967296, 0] needs 64.0 EiB, more than any machine has"},
      {"rank_7", one(R"("dtype":"F32","shape":[1,1,1,1,1,1,2],"data_offsets":[0,8])"),
       "tensor 'a': a tensor has at most 6 axes, got [1, 1, 1, 1, 1, 1, 2]"},
      {"one_offset", one(R"("dtype":"F32","shape":[2],"data_offsets":[0])"),
       "tensor 'a': data_offsets: expected two numbers"},
      {"reversed", one(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])"),
       "tensor 'a': its offsets 8 and 0 are reversed"},
      {"short_for_shape", one(R"("dtype":"F32","shape":[3],"data_offsets":[0,8])"),
       "tensor 'a': F32[3] takes 12 bytes, got 8"},
      {"short_for_dtype", one(R"("dtype":"F64","shape":[2],"data_offsets":[0,8])"),
       "tensor 'a': F64[2] takes 16 bytes, got 8"},
      {"cut_short", one(kA, 7), "tensor 'a': ends at byte 8 of 7: the file is cut short"},
      {"appended", one(kA, 9), "1 bytes after the last tensor"},
      {"no_tensors_but_data", with("", 3), "3 bytes after the last tensor"},
      {"overlap",
       with(tensor("a", kA) + "," +
                tensor("b", R"("dtype":"F32","shape":[2],"data_offsets":[4,12])"),
            12),
       "tensor 'b': overlaps the one before it at byte 4"},
      {"same_place", with(tensor("a", kA) + "," + tensor("b", kA)),
       "tensor 'b': overlaps the one before it at byte 0"},
      {"gap",
       with(tensor("a", kA) + "," +
                tensor("b", R"("dtype":"F32","shape":[1],"data_offsets":[12,16])"),
            16),
       "tensor 'b': bytes 8 to 12 before it belong to none"},
      {"gap_at_the_start", one(R"("dtype":"F32","shape":[1],"data_offsets":[4,8])"),
       "tensor 'a': bytes 0 to 4 before it belong to none"},
      {"metadata_no_object", with("\"__metadata__\":[]", 0),
       "__metadata__: expected an object of texts"},
      {"metadata_no_text", with(R"("__metadata__":{"k":1})", 0),
       "__metadata__: 'k': expected a text"},
      {"name_for_a_terminal", with("\"\\u001b[2J\":3"), "tensor '\\x1b[2J': expected an object"},
  };
}

class SafetensorsMalformed : public testing::TestWithParam<Malformed> {};

TEST_P(SafetensorsMalformed, IsRefused) {
  const ScratchFolder folder;
  const auto path = folder / "m.safetensors";
  write_text(path, GetParam().bytes);
  try {
    const SafetensorsFile file(path);
    FAIL() << "accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ExitCode::Data);
    std::string expected = path.string() + ": " + GetParam().message;
    std::string got = e.what();
    if (expected.back() == '*') {
      expected.pop_back();
      got.resize(std::min(got.size(), expected.size()));
    }
    EXPECT_EQ(got, expected);
  }
}

INSTANTIATE_TEST_SUITE_P(Table, SafetensorsMalformed, testing::ValuesIn(malformed()),
                         [](const auto& c) { return std::string(c.param.name); });

const double kInfinity = std::numeric_limits<double>::infinity();

TEST(Safetensors, RoundTrip) {
  const ScratchFolder folder;
  const std::map<std::string, NdArray> arrays = {
      {"b", NdArray({DType::F32, {2, 2}}, {1.5, -0.0, kInfinity, 0x1p-140})},
      {"a \"quoted\" name", NdArray({DType::F64, {}}, {0.1})},
      {"empty", NdArray({DType::F32, {0, 3}}, {})},
      {"i", NdArray({DType::I32, {3}}, {-2147483648.0, 0, 2147483647})},
  };
  const std::map<std::string, std::string> metadata = {{"format", "pt"}, {"step", "7"}};
  write_safetensors(folder / "t.safetensors", arrays, metadata);
  const SafetensorsFile file(folder / "t.safetensors");
  EXPECT_EQ(file.metadata(), metadata);
  ASSERT_EQ(file.entries().size(), arrays.size());
  for (const auto& [name, array] : arrays) {
    ASSERT_NE(file.find(name), nullptr) << name;
    const NdArray read = file.array(*file.find(name));
    EXPECT_EQ(read.type, array.type);
    const auto same_bits = [](double a, double b) {
      return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
    };
    EXPECT_TRUE(std::ranges::equal(read.values, array.values, same_bits)) << name;
  }
  EXPECT_EQ(file.find("c"), nullptr);
  std::uint64_t length = 0;
  std::memcpy(&length, file.whole().data(), sizeof length);
  EXPECT_EQ(length % 8, 0u) << "data begins at a multiple of 8";
}

TEST(Safetensors, HalfPrecisionIsWidened) {
  struct Half {
    const char* dtype;
    std::uint16_t bits;
    double value;
  };
  const Half halves[] = {
      {"F16", 0x3C00, 1},          {"F16", 0xC000, -2},         {"F16", 0x0001, 0x1p-24},
      {"F16", 0x03FF, 0x3FFp-24},  {"F16", 0x7BFF, 65504},      {"F16", 0xFC00, -kInfinity},
      {"F16", 0x8000, -0.0},       {"F16", 0x3555, 0x1.554p-2}, {"BF16", 0x3F80, 1},
      {"BF16", 0xC049, -3.140625}, {"BF16", 0x7F80, kInfinity},
  };
  const ScratchFolder folder;
  for (const Half& half : halves) {
    std::string bytes = file_of("{" +
                                    tensor("h", std::string(R"("dtype":")") + half.dtype +
                                                    R"(","shape":[1],"data_offsets":[0,2])") +
                                    "}",
                                2);
    std::memcpy(bytes.data() + bytes.size() - 2, &half.bits, 2);
    write_text(folder / "h", bytes);
    const SafetensorsFile file(folder / "h");
    const NdArray array = file.array(file.entries()[0]);
    EXPECT_EQ(array.type, (Type{DType::F32, {1}}));
    EXPECT_EQ(std::bit_cast<std::uint64_t>(array.values[0]),
              std::bit_cast<std::uint64_t>(half.value))
        << half.dtype << " " << half.bits;
  }
}

TEST(Safetensors, OtherDtypesAreListedAndNotRead) {
  const ScratchFolder folder;
  write_text(
      folder / "t",
      file_of("{" + tensor("n", R"("dtype":"I64","shape":[],"data_offsets":[0,8])") + "}", 8));
  const SafetensorsFile file(folder / "t");
  EXPECT_EQ(file.entries()[0].dtype, "I64");
  EXPECT_THROW(file.array(file.entries()[0]), Error);
}

TEST(Safetensors, EveryTruncationIsRefused) {
  const ScratchFolder folder;
  const auto path = folder / "t";
  write_safetensors(path, {{"a", NdArray({DType::F32, {2, 3}})}, {"b", NdArray({DType::F64, {2}})}},
                    {{"k", "v"}});
  const std::string bytes = read_text(path);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    write_text(path, bytes.substr(0, size));
    EXPECT_THROW(SafetensorsFile{path}, Error) << size;
  }
  write_text(path, bytes + '\0');
  EXPECT_THROW(SafetensorsFile{path}, Error);
}

TEST(Safetensors, FlippedBitsNeverCrash) {
  const ScratchFolder folder;
  const auto path = folder / "t";
  write_safetensors(path,
                    {{"a", NdArray({DType::F32, {2, 3}})}, {"b", NdArray({DType::F64, {2}})}});
  const std::string bytes = read_text(path);
  int refused = 0;
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    write_text(path, flipped);
    try {
      const SafetensorsFile file(path);
      for (const SafetensorsEntry& entry : file.entries()) file.array(entry);
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ExitCode::Data);
      ++refused;
    }
  }
  EXPECT_GT(refused, 500);
}

TEST(Safetensors, OnlyPlainFilesAreRead) {
  const ScratchFolder folder;
  const auto code_of = [](const std::filesystem::path& path) {
    try {
      read_file(path, 100);
    } catch (const Error& e) {
      return e.code();
    }
    return ExitCode::Ok;
  };
  write_text(folder / "small", "x");
  write_text(folder / "large", std::string(101, 'x'));
  std::filesystem::create_symlink(folder / "small", folder / "link");
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(code_of(folder / "small"), ExitCode::Ok);
  EXPECT_EQ(code_of(folder / "large"), ExitCode::Data);
  EXPECT_EQ(code_of(folder / "link"), ExitCode::Data);
  EXPECT_EQ(code_of(folder / "pipe"), ExitCode::Data);
  EXPECT_EQ(code_of(folder.path()), ExitCode::Data);
  EXPECT_EQ(code_of(folder / "missing"), ExitCode::NoInput);
}

TEST(DurableFile, NothingStaysWithoutCommit) {
  const ScratchFolder folder;
  write_text(folder / "f", "old");
  {
    DurableFile file(folder / "f");
    file.write("new");
  }
  EXPECT_EQ(read_text(folder / "f"), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
  DurableFile file(folder / "f");
  file.write("new");
  EXPECT_EQ(hex_text(file.commit()), hex_text(sha256("new")));
  EXPECT_EQ(read_text(folder / "f"), "new");
  EXPECT_THROW(DurableFile(folder / "nowhere" / "f"), Error);
}

TEST(DurableFile, AFullDiskLeavesTheOldFile) {
  const ScratchFolder folder;
  write_text(folder / "f", "old");
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{1000, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
  ExitCode code = ExitCode::Ok;
  try {
    DurableFile file(folder / "f");
    file.write(std::string(5000, 'x'));
  } catch (const Error& e) {
    code = e.code();
  }
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(code, ExitCode::Io);
  EXPECT_EQ(read_text(folder / "f"), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

}  // namespace
}  // namespace agon
