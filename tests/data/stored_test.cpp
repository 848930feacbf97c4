#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "engine/base/sha256.h"
#include "runners/data/data_set.h"
#include "tests/data/failure_of.h"
#include "tests/data/temporary_folder.h"

namespace agon {
namespace {

void append_word(Bytes& bytes, std::uint32_t word) {
  for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::uint8_t>(word >> shift));
}

/// IDX of `count` pictures of 3 x 2, pixel k of the file being k.
Bytes idx_images(std::uint32_t count) {
  Bytes bytes;
  for (const std::uint32_t word : {0x0803u, count, 3u, 2u}) append_word(bytes, word);
  for (std::uint32_t i = 0; i < count * 6; ++i) bytes.push_back(static_cast<std::uint8_t>(i));
  return bytes;
}

Bytes idx_labels(const Bytes& labels) {
  Bytes bytes;
  append_word(bytes, 0x0801);
  append_word(bytes, static_cast<std::uint32_t>(labels.size()));
  bytes.insert(bytes.end(), labels.begin(), labels.end());
  return bytes;
}

DataSpec spec_of(const std::string& source, const std::string& path) {
  DataSpec spec;
  spec.source = source;
  spec.path = path;
  spec.origin = {"a.yaml", 3, 1, "data"};
  spec.path_origin = {"a.yaml", 4, 9, "data.path"};
  spec.source_origin = {"a.yaml", 3, 9, "data.source"};
  return spec;
}

Bytes picture(const DataSet& set, std::int64_t index) {
  const DataFacts& facts = set.facts();
  Bytes bytes(static_cast<std::size_t>(facts.height * facts.width * facts.channels));
  set.image(index, bytes);
  return bytes;
}

TEST(Mnist, ReadsPlainAndPackedFiles) {
  const TemporaryFolder folder;
  const Bytes images = gzipped(idx_images(4));
  folder.write("train-images-idx3-ubyte.gz", images);
  folder.write("train-labels-idx1-ubyte", idx_labels({7, 0, 9, 1}));
  folder.write("t10k-images.idx3-ubyte", idx_images(2));
  folder.write("t10k-labels.idx1-ubyte", idx_labels({3, 4}));
  const DataSpec spec = spec_of("mnist", folder.path());
  const DataFacts facts = inspect_data(spec);
  EXPECT_EQ(facts.height, 3);
  EXPECT_EQ(facts.width, 2);
  EXPECT_EQ(facts.channels, 1);
  EXPECT_EQ(facts.count, 4);
  EXPECT_EQ(facts.test_count, 2);
  EXPECT_EQ(facts.classes(), 10);
  const auto train = open_data(spec, Split::Train);
  EXPECT_EQ(picture(*train, 2), (Bytes{12, 13, 14, 15, 16, 17}));
  EXPECT_EQ(train->label(2), 9);
  const auto test = open_data(spec, Split::Test);
  EXPECT_EQ(picture(*test, 1), (Bytes{6, 7, 8, 9, 10, 11}));
  EXPECT_EQ(test->label(1), 4);
  const std::vector<DataFile> files = train->files();
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].path, folder.path() + "/train-images-idx3-ubyte.gz");
  EXPECT_EQ(files[0].bytes, std::ssize(images));
  const std::string_view text(reinterpret_cast<const char*>(images.data()), images.size());
  EXPECT_EQ(files[0].sha256, hex_text(sha256(text)));
}

TEST(Mnist, FitsSizeAndChannels) {
  const TemporaryFolder folder;
  folder.write("train-images-idx3-ubyte", idx_images(1));
  DataSpec spec = spec_of("mnist", folder.path());
  spec.height = spec.width = 2;
  spec.channels = 3;
  const auto set = open_data(spec, Split::Train);
  EXPECT_EQ(set->facts().classes(), 0);
  // Rows 0..2 of values 0 1 / 2 3 / 4 5: the middle two rows, each a mean of halves.
  EXPECT_EQ(picture(*set, 0), (Bytes{1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4}));
  EXPECT_EQ(picture(*set, 0), (Bytes{1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4})) << "from the cache";
}

TEST(Mnist, HoldsOutWhereThereIsNoTestSet) {
  const TemporaryFolder folder;
  folder.write("train-images-idx3-ubyte", idx_images(40));
  DataSpec spec = spec_of("mnist", folder.path());
  EXPECT_TRUE(has(failure_of([&] { open_data(spec, Split::Test); }),
                  "mnist has no test examples here; `hold_out`"));
  spec.hold_out = .25;
  EXPECT_EQ(inspect_data(spec).count, 30);
  EXPECT_EQ(inspect_data(spec).test_count, 10);
  const auto train = open_data(spec, Split::Train);
  const auto test = open_data(spec, Split::Test);
  std::vector<int> seen(40);
  for (std::int64_t i = 0; i < 30; ++i) ++seen[static_cast<std::size_t>(picture(*train, i)[0] / 6)];
  for (std::int64_t i = 0; i < 10; ++i) ++seen[static_cast<std::size_t>(picture(*test, i)[0] / 6)];
  EXPECT_EQ(seen, std::vector<int>(40, 1));
}

Bytes changed(Bytes bytes, std::size_t at, std::uint8_t value) {
  bytes[at] = value;
  return bytes;
}

Bytes shortened(Bytes bytes, std::size_t by) {
  bytes.resize(bytes.size() - by);
  return bytes;
}

Bytes lengthened(Bytes bytes, std::size_t by) {
  bytes.resize(bytes.size() + by);
  return bytes;
}

TEST(Mnist, RefusesWhatIsWrongWithExpectedAndActual) {
  struct Case {
    Bytes images;
    Bytes labels;
    const char* message;
  };
  const Bytes images = idx_images(4);
  const Bytes labels = idx_labels({7, 0, 9, 1});
  const Case cases[] = {
      {changed(images, 3, 1), labels, "magic number 0x00000801; want 0x00000803"},
      {images, changed(labels, 3, 3), "magic number 0x00000803; want 0x00000801"},
      {shortened(images, 1), labels, "has 39 bytes; its header implies 40"},
      {lengthened(images, 1), labels, "has 41 bytes; its header implies 40"},
      {shortened(images, 30), labels, "has 10 bytes; an IDX header has 16"},
      {images, lengthened(labels, 2), "has 14 bytes; its header implies 12"},
      {images, idx_labels({1, 2, 3}), "3 labels for 4 images"},
      {images, idx_labels({1, 2, 10, 11}), "label 10 of example 2; want 0 to 9"},
      {changed(images, 7, 0), labels, "claims 0 examples of 3 x 2"},
      {changed(images, 8, 255), labels, "claims 4 examples of 4278190083 x 2"},
      {gzipped(lengthened(images, 1)), labels, "unpacks to more than the 40 bytes"},
      {gzipped(lengthened(images, 50'000'000)), labels, "unpacks to more than the 40 bytes"},
      {gzipped(shortened(images, 3)), labels, "unpacks to 37 bytes; its header implies 40"},
      {gzipped(changed(images, 10, 63)), labels, "cannot unpack to the 129,064 its header implies"},
      {shortened(gzipped(images), 9), labels, "the gzip stream is cut short"},
      {lengthened(gzipped(images), 3), labels, "3 bytes follow the gzip stream"},
      {changed(gzipped(images), gzipped(images).size() - 6, 1), labels, "damaged gzip"},
  };
  for (const Case& c : cases) {
    const TemporaryFolder folder;
    folder.write("train-images-idx3-ubyte", c.images);
    folder.write("train-labels-idx1-ubyte", c.labels);
    const std::string failure =
        failure_of([&] { open_data(spec_of("mnist", folder.path()), Split::Train); });
    EXPECT_TRUE(has(failure, c.message));
    EXPECT_TRUE(
        failure.starts_with("65 error[65] a.yaml:4:9: data.path: '" + folder.path() + "/train-"))
        << failure;
  }
}

TEST(Mnist, SaysWhatItLookedFor) {
  const TemporaryFolder folder;
  EXPECT_TRUE(has(failure_of([&] { inspect_data(spec_of("mnist", folder.path())); }),
                  "66 error[66] a.yaml:4:9: data.path: no train-images-idx3-ubyte or "
                  "train-images-idx3-ubyte.gz in '"));
  EXPECT_EQ(failure_of([&] { inspect_data(spec_of("mnist", "/nowhere")); }),
            "66 error[66] a.yaml:4:9: data.path: no folder '/nowhere'");
  EXPECT_TRUE(has(failure_of([&] { inspect_data(spec_of("mnist", "")); }),
                  "78 error[78] a.yaml:3:9: data.source: mnist reads files; `path`"));
  std::filesystem::create_directory(folder.path() + "/train-images-idx3-ubyte");
  EXPECT_TRUE(has(failure_of([&] { inspect_data(spec_of("mnist", folder.path())); }),
                  "66 error[66] a.yaml:4:9: data.path: '" + folder.path() +
                      "/train-images-idx3-ubyte' is not a regular file"));
}

/// A record whose planes are filled with 10, 20 and 30, but pixel 1 with 11, 21, 31.
Bytes cifar_record(std::uint8_t label) {
  Bytes bytes{label};
  for (const int value : {10, 20, 30}) {
    bytes.insert(bytes.end(), 1024, static_cast<std::uint8_t>(value));
    ++bytes[bytes.size() - 1023];
  }
  return bytes;
}

TEST(Cifar10, ReadsWhicheverBatchesExist) {
  const TemporaryFolder folder;
  Bytes two = cifar_record(3);
  const Bytes other = cifar_record(9);
  two.insert(two.end(), other.begin(), other.end());
  folder.write("data_batch_2.bin", cifar_record(5));
  folder.write("data_batch_4.bin", two);
  const std::string names = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n";
  folder.write("batches.meta.txt", Bytes(names.begin(), names.end()));
  const DataSpec spec = spec_of("cifar10", folder.path());
  const DataFacts facts = inspect_data(spec);
  EXPECT_EQ(facts.count, 3);
  EXPECT_EQ(facts.test_count, 0);
  EXPECT_EQ(facts.labels[0].class_names[9], "j");
  const auto set = open_data(spec, Split::Train);
  EXPECT_EQ(set->label(0), 5);
  EXPECT_EQ(set->label(2), 9);
  const Bytes bytes = picture(*set, 2);
  EXPECT_EQ(Bytes(bytes.begin(), bytes.begin() + 9), (Bytes{10, 20, 30, 11, 21, 31, 10, 20, 30}));
  EXPECT_EQ(set->files().size(), 3u);
  folder.write("test_batch.bin", cifar_record(1));
  EXPECT_EQ(open_data(spec, Split::Test)->label(0), 1);
}

TEST(Cifar10, RefusesWhatIsWrong) {
  struct Case {
    Bytes batch;
    std::string names;
    const char* message;
  };
  const Case cases[] = {
      {shortened(cifar_record(1), 1), "", "has 3,072 bytes; want a multiple of 3073"},
      {{}, "", "has 0 bytes"},
      {cifar_record(10), "", "label 10 of example 0; want 0 to 9"},
      {cifar_record(1), "a\nb\n", "names 2 classes; want 10"},
  };
  for (const Case& c : cases) {
    const TemporaryFolder folder;
    folder.write("data_batch_1.bin", c.batch);
    if (!c.names.empty()) folder.write("batches.meta.txt", Bytes(c.names.begin(), c.names.end()));
    EXPECT_TRUE(has(failure_of([&] { open_data(spec_of("cifar10", folder.path()), Split::Train); }),
                    c.message));
  }
  const TemporaryFolder empty;
  EXPECT_TRUE(
      has(failure_of([&] { inspect_data(spec_of("cifar10", empty.path())); }),
          "66 error[66] a.yaml:4:9: data.path: none of data_batch_1.bin to data_batch_5.bin in '"));
}

TEST(RealSets, ReadAsPublished) {
  struct Case {
    const char* source;
    const char* folder;
    std::int64_t count;
    double mean;
  };
  // Means of the training pixels as published with the sets.
  const Case cases[] = {{"mnist", "mnist", 60000, 0.1307},
                        {"mnist", "fashion-mnist", 60000, 0.2860},
                        {"cifar10", "cifar10", 10000, 0.4747}};
  if (shared_data("mnist").empty()) GTEST_SKIP() << "no shared data sets (AGON_SHARED)";
  for (const Case& c : cases) {
    const auto set = open_data(spec_of(c.source, shared_data(c.folder)), Split::Train);
    ASSERT_EQ(set->count(), c.count);
    double sum = 0;
    for (std::int64_t i = 0; i < 10000; ++i) {
      for (const std::uint8_t byte : picture(*set, i)) sum += byte;
    }
    const DataFacts& facts = set->facts();
    const auto size = static_cast<double>(facts.height * facts.width * facts.channels);
    EXPECT_NEAR(sum / 255 / 10000 / size, c.mean, 0.002) << c.folder;
  }
}

}  // namespace
}  // namespace agon
