#include "engine/runtime/checkpoint.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/base/error.h"
#include "engine/base/philox.h"
#include "engine/runtime/manifest.h"
#include "tests/engine/files.h"

namespace agon {
namespace {

namespace fs = std::filesystem;

/// A weight kept in another order than in files, moments, a step counter and labels.
void add_all(Variables& variables) {
  variables.add("d.conv.w", {DType::F32, {2, 1, 2, 3}},
                {.shape = {2, 3, 1, 2}, .view = {}, .axes = {0, 2, 3, 1}});
  variables.add("d.conv.b", {DType::F32, {2}});
  variables.add("adam.t", {DType::F64, {}});
  variables.add("labels", {DType::I32, {3}});
}

void fill(Variables& variables, double seed) {
  for (const auto& listed : variables.all()) {
    NdArray array({listed.type.dtype, listed.file.shape});
    for (std::int64_t i = 0; i < array.size(); ++i)
      array[i] = std::sin(seed + static_cast<double>(i)) * 100;
    array.round_to_type();
    variables.set_file_array(*variables.find(listed.name), array);
  }
}

std::string message_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& e) {
    EXPECT_TRUE(e.code() == ExitCode::Data || e.code() == ExitCode::NoInput) << e.what();
    return e.what();
  }
  return "accepted";
}

struct Saved : testing::Test {
  ScratchFolder folder;
  Variables variables;
  fs::path path;
  void SetUp() override {
    add_all(variables);
    fill(variables, 1);
    path = save_checkpoint(folder.path(), variables, 12, {{"metrics_bytes", 345}});
  }
};
using CheckpointFiles = Saved;

TEST_F(CheckpointFiles, RoundTrip) {
  EXPECT_EQ(path, folder / "step-12");
  const Checkpoint checkpoint(path);
  EXPECT_EQ(checkpoint.step(), 12);
  EXPECT_EQ(checkpoint.extra(), (nlohmann::json{{"metrics_bytes", 345}}));
  EXPECT_EQ(checkpoint.tensors().find("d.conv.w")->shape, (Shape{2, 3, 1, 2}));
  Variables back;
  add_all(back);
  checkpoint.restore(back);
  for (const auto& variable : variables.all()) {
    const auto* other = back.find(variable.name);
    EXPECT_EQ(std::memcmp(other->memory.data(), variable.memory.data(), variable.type.bytes()), 0)
        << variable.name;
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1) << "nothing is left over";
}

TEST_F(CheckpointFiles, TheSameStepIsReplaced) {
  const std::string before = read_text(path / "variables.safetensors");
  fill(variables, 2);
  save_checkpoint(folder.path(), variables, 12, {});
  EXPECT_NE(read_text(path / "variables.safetensors"), before);
  EXPECT_TRUE(Checkpoint(path).extra().is_null());
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

TEST_F(CheckpointFiles, TheSameStateGivesTheSameBytes) {
  const ScratchFolder other;
  const auto again = save_checkpoint(other.path(), variables, 12, {{"metrics_bytes", 345}});
  for (const char* name : {"variables.safetensors", "manifest.json"})
    EXPECT_EQ(read_text(again / name), read_text(path / name));
}

TEST_F(CheckpointFiles, DifferencesAreListedAndNothingIsRestored) {
  Variables other;
  other.add("d.conv.w", {DType::F32, {12}});
  other.add("adam.t", {DType::F32, {}});
  other.add("labels", {DType::I32, {3}});
  other.add("g.w", {DType::F32, {2}});
  other.add("g.b", {DType::F32, {2}});
  EXPECT_EQ(message_of([&] { Checkpoint(path).restore(other); }),
            path.string() +
                ": is of another graph; missing: g.w, g.b; extra: d.conv.b; changed: d.conv.w: "
                "expected f32[12], got f32[2, 3, 1, 2], adam.t: expected f32[], got f64[]");
  EXPECT_EQ(other.file_array(*other.find("labels")).values, (std::vector<double>{0, 0, 0}));
}

TEST_F(CheckpointFiles, EveryFlippedBitAndTruncationIsFound) {
  RandomStream random(1, "bits");
  for (const char* name : {"variables.safetensors", "manifest.json"}) {
    const std::string bytes = read_text(path / name);
    for (int i = 0; i < 5000; ++i) {
      std::string damaged = bytes;
      const auto at = random.below(static_cast<std::uint32_t>(bytes.size()));
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << random.below(8)));
      write_text(path / name, damaged);
      ASSERT_NE(message_of([&] { Checkpoint{path}; }), "accepted") << name << " byte " << at;
    }
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      write_text(path / name, bytes.substr(0, size));
      ASSERT_NE(message_of([&] { Checkpoint{path}; }), "accepted") << name << " of " << size;
    }
    for (const char* more : {" ", "\n", "\0"}) {
      write_text(path / name, bytes + std::string(more, 1));
      ASSERT_NE(message_of([&] { Checkpoint{path}; }), "accepted");
    }
    write_text(path / name, bytes);
  }
  EXPECT_EQ(message_of([&] { Checkpoint{path}; }), "accepted");
}

TEST_F(CheckpointFiles, ManifestsMayNotPointElsewhereOrDisagree) {
  const std::string file = (path / "manifest.json").string();
  const Manifest good = parse_manifest(read_text(file), file);
  struct Case {
    std::function<void(Manifest&)> change;
    std::string message;
  };
  const std::string tensors = (path / "variables.safetensors").string();
  const Case cases[] = {
      {[](Manifest& m) { m.files["../step-11/variables.safetensors"] = {}; },
       file + ": expected the one file variables.safetensors"},
      {[](Manifest& m) { m.files.clear(); },
       file + ": expected the one file variables.safetensors"},
      {[](Manifest& m) { m.step = 13; }, path.string() + ": its manifest says step 13"},
      {[](Manifest& m) { m.files.begin()->second.bytes += 1; }, tensors + ": expected *"},
      {[](Manifest& m) { m.files.begin()->second.sha256[0] = 'x'; },
       tensors + ": its SHA-256 is not the one in the manifest"},
      {[](Manifest& m) { m.tensors.at("adam.t").sha256[0] = 'x'; },
       tensors + ": tensor 'adam.t': its SHA-256 is not the one in the manifest"},
      {[](Manifest& m) { m.tensors.at("adam.t").dtype = "f32"; },
       tensors + ": tensor 'adam.t': expected f32[], got f64[]"},
      {[](Manifest& m) { m.tensors.erase("adam.t"); },
       tensors + ": tensor 'adam.t' is not in the manifest"},
      {[](Manifest& m) { m.tensors["more"] = {}; },
       tensors + ": has fewer tensors than the manifest"},
  };
  for (const Case& c : cases) {
    Manifest changed = good;
    c.change(changed);
    write_text(file, manifest_text(changed));
    std::string expected = c.message;
    std::string got = message_of([&] { Checkpoint{path}; });
    if (expected.back() == '*') {
      expected.pop_back();
      got.resize(std::min(got.size(), expected.size()));
    }
    EXPECT_EQ(got, expected);
  }
  write_text(file, "{\"format\": 99}");
  EXPECT_EQ(message_of([&] { Checkpoint{path}; }), file + ": expected format 1, got 99");
}

TEST_F(CheckpointFiles, TheNewestGoodOneIsTaken) {
  for (const int step : {3, 100, 99}) save_checkpoint(folder.path(), variables, step, {});
  fs::create_directory(folder / "step-400");
  fs::create_directory(folder / "step-500.tmp-1-0");
  fs::create_directory(folder / "step-0600");
  write_text(folder / "notes", "x");
  const std::string bytes = read_text(folder / "step-100/variables.safetensors");
  write_text(folder / "step-100/variables.safetensors", bytes.substr(0, bytes.size() - 1));
  const NewestCheckpoint newest = newest_checkpoint(folder.path());
  ASSERT_TRUE(newest.checkpoint);
  EXPECT_EQ(newest.checkpoint->step(), 99);
  ASSERT_EQ(newest.refused.size(), 2u);
  EXPECT_NE(newest.refused[0].find("step-400/manifest.json: cannot be opened"), std::string::npos);
  EXPECT_NE(newest.refused[1].find("step-100/variables.safetensors"), std::string::npos);
  EXPECT_EQ(newest.leftover, (std::vector<std::string>{"notes", "step-0600", "step-500.tmp-1-0"}));
  EXPECT_EQ(newest_checkpoint(folder.path(), 99).checkpoint->step(), 12);
  EXPECT_FALSE(newest_checkpoint(folder / "nowhere").checkpoint);
}

TEST_F(CheckpointFiles, UndefinedNumbersAreNamed) {
  EXPECT_TRUE(Checkpoint(path).nonfinite().empty());
  NdArray bad({DType::F32, {2}}, {1, std::nan("")});
  variables.set_file_array(*variables.find("d.conv.b"), bad);
  EXPECT_EQ(Checkpoint(save_checkpoint(folder.path(), variables, 13, {})).nonfinite(),
            (std::vector<std::string>{"d.conv.b"}));
}

TEST_F(CheckpointFiles, AFailedSaveLeavesWhatWasThere) {
  const ScratchFolder other;
  write_text(other / "checkpoints", "a file in the way");
  try {
    save_checkpoint(other / "checkpoints", variables, 1, {});
    FAIL() << "accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ExitCode::Io);
  }
  write_text(folder / "step-13", "a file in the way");
  EXPECT_THROW(save_checkpoint(folder.path(), variables, 13, {}), Error);
  EXPECT_EQ(read_text(folder / "step-13"), "a file in the way");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 2);
}

}  // namespace
}  // namespace agon
