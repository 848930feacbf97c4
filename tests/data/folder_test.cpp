#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "runners/data/data_set.h"
#include "runners/data/folder_listing.h"
#include "runners/data/png.h"
#include "tests/data/failure_of.h"
#include "tests/data/temporary_folder.h"

namespace agon {
namespace {

Bytes png(std::uint8_t value, std::int64_t height = 2, std::int64_t width = 2,
          std::int64_t channels = 1) {
  Picture picture(height, width, channels);
  for (std::uint8_t& byte : picture.bytes) byte = value;
  return encode_png(picture);
}

DataSpec folder_spec(const std::string& path) {
  DataSpec spec;
  spec.source = "folder";
  spec.path = path;
  spec.origin = {"a.yaml", 3, 1, "data"};
  return spec;
}

std::uint8_t first_byte(const DataSet& set, std::int64_t index) {
  const DataFacts& facts = set.facts();
  Bytes bytes(static_cast<std::size_t>(facts.height * facts.width * facts.channels));
  set.image(index, bytes);
  return bytes[0];
}

std::string opening(const DataSpec& spec) {
  return failure_of([&] { open_data(spec, Split::Train); });
}

TEST(Folder, SortsByRawBytesAndTellsTypesByContents) {
  const TemporaryFolder folder;
  folder.write("b.png", png(2));
  folder.write("a.jpg", png(1));  // a PNG all the same
  folder.write("\xFFz", png(4));
  folder.write("c/deep/er", png(3));
  std::filesystem::rename(folder.path() + "/c/deep/er", folder.path() + "/c.x");
  const auto set = open_data(folder_spec(folder.path()), Split::Train);
  ASSERT_EQ(set->count(), 4);
  EXPECT_EQ(set->facts().classes(), 0);
  for (std::int64_t i = 0; i < 4; ++i) EXPECT_EQ(first_byte(*set, i), i + 1);
}

TEST(Folder, TakesSubFoldersAsClasses) {
  const TemporaryFolder folder;
  folder.write("dog/x.png", png(3));
  folder.write("Cat/deeper/still/x.png", png(1));
  folder.write("Cat/x.png", png(2));
  std::filesystem::create_directory(folder.path() + "/empty");
  const DataSpec spec = folder_spec(folder.path());
  EXPECT_EQ(inspect_data(spec).labels[0].class_names, (std::vector<std::string>{"Cat", "dog"}));
  const auto set = open_data(spec, Split::Train);
  ASSERT_EQ(set->count(), 3);
  EXPECT_EQ(set->label(0), 0);
  EXPECT_EQ(set->label(2), 1);
  EXPECT_EQ(first_byte(*set, 2), 3);
  folder.write("beside.png", png(1));
  EXPECT_TRUE(has(opening(spec), "pictures lie both beside sub-folders ('beside.png')"));
}

TEST(Folder, GivesTheTestFolderTheSameClasses) {
  const TemporaryFolder folder;
  folder.write("train/a/x.png", png(1));
  folder.write("train/b/x.png", png(2));
  folder.write("test/b/x.png", png(3));
  DataSpec spec = folder_spec(folder.path() + "/train");
  spec.test = folder.path() + "/test";
  EXPECT_EQ(inspect_data(spec).test_count, 1);
  const auto set = open_data(spec, Split::Test);
  EXPECT_EQ(set->label(0), 1);
  EXPECT_EQ(first_byte(*set, 0), 3);
  folder.write("test/bb/x.png", png(3));
  EXPECT_TRUE(has(opening(spec), "class 'bb' is not in the training folder"));
  std::filesystem::remove_all(spec.test);
  folder.write("test/x.png", png(3, 2, 3));
  EXPECT_TRUE(
      has(opening(spec), "data.test: '" + spec.test + "': has no sub-folders for the classes"));
}

TEST(Folder, SkipsWhatIsNoFileAndSaysSo) {
  const TemporaryFolder folder;
  folder.write("a.png", png(1));
  folder.write(".hidden.png", png(2));
  folder.write("notes.txt", {'h', 'i'});
  folder.write("A.PNG", png(1));
  const std::string at = folder.path() + "/";
  ASSERT_EQ(::mkfifo((at + "pipe.png").c_str(), 0600), 0);
  std::filesystem::create_symlink("nowhere", at + "dangling.png");
  std::filesystem::create_symlink("circle.png", at + "circle.png");
  std::filesystem::create_directory(at + "sub");
  std::filesystem::create_directory_symlink("..", at + "sub/up");
  const auto set = open_data(folder_spec(folder.path()), Split::Train);
  EXPECT_EQ(set->count(), 2);
  EXPECT_EQ(set->notes(),
            (std::vector<std::string>{"skipped: 1 FIFO, 1 dangling link, 1 file of another kind, 1 "
                                      "hidden, 1 link in a circle, 1 link to a folder above",
                                      "names that differ in case alone: 'A.PNG' and 'a.png'"}));
}

TEST(Folder, NamesAllBadFilesAtOnce) {
  const TemporaryFolder folder;
  Bytes cut = png(1);
  cut.resize(cut.size() - 14);
  Bytes flipped = png(1);
  flipped[flipped.size() - 20] ^= 1;
  folder.write("a.png", png(1));
  folder.write("cut.png", cut);
  folder.write("flipped.png", flipped);
  std::string failure = opening(folder_spec(folder.path()));
  EXPECT_TRUE(failure.starts_with("65 error[65] a.yaml:3:1: data.path: 2 bad files\n")) << failure;
  EXPECT_TRUE(has(failure, "/cut.png': bad PNG: cut short"));
  EXPECT_TRUE(has(failure, "/flipped.png': bad PNG: "));
  folder.write("gif.png", {'G', 'I', 'F', '8', '9', 'a'});
  folder.write("none.jpeg", {});
  failure = opening(folder_spec(folder.path()));
  EXPECT_TRUE(has(failure, "/gif.png': neither PNG nor JPEG"));
  EXPECT_TRUE(has(failure, "/none.jpeg': empty file"));
}

TEST(Folder, WantsEqualPicturesUnlessTold) {
  const TemporaryFolder folder;
  folder.write("a.png", png(1));
  folder.write("b.png", png(2, 4, 6));
  DataSpec spec = folder_spec(folder.path());
  EXPECT_TRUE(has(opening(spec), "/a.png' is 2 x 2, '"));
  EXPECT_TRUE(has(opening(spec), "/b.png' is 4 x 6; `size` makes them equal"));
  spec.height = spec.width = 2;
  EXPECT_EQ(opening(spec), "none");
  folder.write("c.png", png(3, 2, 2, 3));
  EXPECT_TRUE(has(opening(spec), "/c.png' is colour; `channels` makes them equal"));
  spec.channels = 3;
  const auto set = open_data(spec, Split::Train);
  for (std::int64_t i = 0; i < 3; ++i) EXPECT_EQ(first_byte(*set, i), i + 1);
}

TEST(Folder, RefusesWhatChangedSinceItWasOpened) {
  const TemporaryFolder folder;
  // Together larger than what is decoded when opened.
  Picture noise(600, 600, 3);
  std::uint32_t state = 1;
  for (std::uint8_t& byte : noise.bytes) {
    byte = static_cast<std::uint8_t>((state = state * 1664525 + 1013904223) >> 24);
  }
  const Bytes large = encode_png(noise);
  folder.write("a.png", large);
  for (int i = 0; i < 70; ++i) {
    std::filesystem::create_symlink("a.png", folder.path() + "/b" + std::to_string(i));
  }
  DataSpec spec = folder_spec(folder.path());
  spec.height = spec.width = 2;
  const auto set = open_data(spec, Split::Train);
  EXPECT_EQ(first_byte(*set, 0) / 8, 127 / 8);
  folder.write("a.png", png(1));
  EXPECT_TRUE(has(failure_of([&] { first_byte(*set, 1); }), " when the set was opened"));
  EXPECT_EQ(failure_of([&] { first_byte(*set, 0); }), "none") << "kept";
}

TEST(Folder, SaysWhatItFound) {
  const TemporaryFolder folder;
  folder.write("notes.txt", {'h', 'i'});
  EXPECT_TRUE(
      has(opening(folder_spec(folder.path())),
          "65 error[65] a.yaml:3:1: data.path: '" + folder.path() +
              "': no PNG or JPEG in this folder or below; skipped: 1 file of another kind"));
  EXPECT_TRUE(has(opening(folder_spec("/nowhere")),
                  "66 error[66] a.yaml:3:1: data.path: no folder '/nowhere'"));
}

TEST(Folder, RefusesWhatMayNotBeRead) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const TemporaryFolder folder;
  ::chmod(folder.write("a.png", png(1)).c_str(), 0);
  EXPECT_TRUE(has(opening(folder_spec(folder.path())), "77 cannot read '"));
}

TEST(Folder, WarnsOfSetsHardlyWorthTrainingOn) {
  const TemporaryFolder folder;
  folder.write("a.png", png(1));
  const auto warnings = [&] {
    return data_warnings(*open_data(folder_spec(folder.path()), Split::Train));
  };
  EXPECT_EQ(warnings(), std::vector<std::string>{"the set has a single example"});
  folder.write("b.png", png(1));
  EXPECT_EQ(warnings(), (std::vector<std::string>{"all 2 pictures looked at are equal",
                                                  "all 2 pictures looked at are of one colour"}));
  folder.write("b.png", png(2));
  EXPECT_EQ(warnings(), std::vector<std::string>{"all 2 pictures looked at are of one colour"});
  Picture edge(2, 2, 1);
  edge.bytes[3] = 1;
  folder.write("b.png", encode_png(edge));
  EXPECT_TRUE(warnings().empty());
}

TEST(Folder, NotesUnevenClasses) {
  const TemporaryFolder folder;
  for (const char* name : {"a/1.png", "a/2.png", "a/3.png", "b/1.png"}) folder.write(name, png(1));
  EXPECT_EQ(open_data(folder_spec(folder.path()), Split::Train)->notes(),
            std::vector<std::string>{"uneven classes: a 3, b 1"});
}

}  // namespace
}  // namespace agon
