#include "runners/data/label_table.h"

#include <gtest/gtest.h>

#include "runners/data/data_set.h"
#include "runners/data/picture.h"
#include "runners/data/png.h"
#include "tests/data/failure_of.h"
#include "tests/data/temporary_folder.h"

namespace agon {
namespace {

Bytes bytes_of(const std::string& text) {
  return {text.begin(), text.end()};
}

/// A folder with pictures a.png, b.png and sub/c.png, and a table beside it.
class Labels : public testing::Test {
 protected:
  Labels() {
    for (const char* name : {"set/a.png", "set/b.png", "set/sub/c.png"})
      folder_.write(name, encode_png(Picture(2, 2, 1)));
    spec_.source = "folder";
    spec_.path = folder_.path() + "/set";
    spec_.origin = {"a.yaml", 3, 1, "data"};
  }

  const DataSpec& with_table(const std::string& text) {
    spec_.labels = {folder_.write("t.csv", bytes_of(text))};
    return spec_;
  }
  /// What is wrong with a table, its path left out.
  std::string failure(const std::string& text) {
    std::string message = failure_of([&] { inspect_data(with_table(text)); });
    const std::string path = "'" + folder_.path() + "/t.csv'";
    for (std::size_t at; (at = message.find(path)) != std::string::npos;)
      message.replace(at, path.size(), "t");
    return message;
  }

  TemporaryFolder folder_;
  DataSpec spec_;
};

TEST_F(Labels, AreListsOfNumbersAndOfWords) {
  const DataSpec& spec = with_table(
      "\xEF\xBB\xBF"
      "file,kind,size_class\r\nsub/c.png,dog,0\r\n\r\na.png,\"a \"\"cat\"\", sitting\",3\r\n"
      "b.png,dog,1");
  const auto set = open_data(spec, Split::Train);
  const DataFacts& facts = set->facts();
  ASSERT_EQ(facts.labels.size(), 2u);
  EXPECT_EQ(facts.labels[0].name, "kind");
  EXPECT_EQ(facts.labels[0].class_names, (std::vector<std::string>{"a \"cat\", sitting", "dog"}));
  EXPECT_EQ(facts.labels[1].name, "size_class");
  EXPECT_EQ(facts.labels[1].classes, 4);
  EXPECT_TRUE(facts.labels[1].class_names.empty());
  EXPECT_EQ(facts.list("label"), &facts.labels[0]);
  const std::int32_t rows[3][2] = {{0, 3}, {1, 1}, {1, 0}};
  for (std::int64_t i = 0; i < 3; ++i) {
    std::int32_t row[2];
    set->labels(i, row);
    EXPECT_EQ(row[0], rows[i][0]);
    EXPECT_EQ(row[1], rows[i][1]);
    EXPECT_EQ(set->label(i), rows[i][0]);
  }
  EXPECT_EQ(set->notes(),
            std::vector<std::string>{"size_class: uneven classes: 0 1, 1 1, 2 0, 3 1"});
  EXPECT_EQ(set->files().size(), 4u) << "the table decides what the set holds";
}

TEST_F(Labels, SayLineAndFileOfEveryMistake) {
  struct Case {
    const char* table;
    const char* message;
  };
  const Case cases[] = {
      {"", "65 error[65] a.yaml:3:1: data.labels: t: an empty table"},
      {"file\na.png\n",
       "65 error[65] a.yaml:3:1: data.labels: t:1: a table has a column of file names and at least "
       "one of labels"},
      {"file,a b\n",
       "65 error[65] a.yaml:3:1: data.labels: t:1: 'a b' is no name of a column of labels"},
      {"file,size\n",
       "65 error[65] a.yaml:3:1: data.labels: t:1: a column cannot be called 'size'"},
      {"file,k,k\n", "65 error[65] a.yaml:3:1: data.labels: t:1: two columns are called 'k'"},
      {"file,k\na.png,1\nb.png\nsub/c.png,1\n",
       "65 error[65] a.yaml:3:1: data.labels: t:3: 1 cells; the header has 2"},
      {"file,k\na.png,1\nb.png,\nsub/c.png,1\n",
       "65 error[65] a.yaml:3:1: data.labels: t:3: an empty cell"},
      {"file,k\na.png,1\nb.png,1\nsub/c.png,1\nb.png,1\n",
       "65 error[65] a.yaml:3:1: data.labels: t:5: 'b.png' has a row already, line 3"},
      {"file,k\na.png,\"1\nb.png,1\n", "t:2: a quoted cell does not end"},
      {"file,k\na.png,\"1\"x\nb.png,1\nsub/c.png,1\n",
       "65 error[65] a.yaml:3:1: data.labels: t:2: text follows a quoted cell"},
      {"file,k\na.png,1\nb.png,1\nc.png,1\n",
       "65 error[65] a.yaml:3:1: data.labels: 2 mistakes in a table of labels\n  t:4: no picture "
       "'c.png' in the folder\n"
       "  t:4: no row for 'sub/c.png'"},
      {"file,k\na.png,100000\nb.png,1\nsub/c.png,1\n",
       "65 error[65] a.yaml:3:1: data.labels: t:2: k 100000; labels are below 100000"},
  };
  for (const Case& c : cases) EXPECT_TRUE(has(failure(c.table), c.message)) << c.table;
}

TEST_F(Labels, OfTestKeepToThoseOfTraining) {
  folder_.write("test/x.png", encode_png(Picture(2, 2, 1)));
  with_table("file,kind,n\na.png,dog,2\nb.png,cat,0\nsub/c.png,cat,0\n");
  spec_.test = folder_.path() + "/test";
  EXPECT_TRUE(
      has(failure_of([&] { inspect_data(spec_); }),
          "a.yaml:3:1: data.labels: `test` has labels too: `labels: [training.csv, test.csv]`"));
  spec_.labels.push_back(folder_.write("u.csv", bytes_of("file,kind,n\nx.png,dog,1\n")));
  const auto set = open_data(spec_, Split::Test);
  EXPECT_EQ(set->label(0), 1);
  folder_.write("u.csv", bytes_of("file,kind,n\nx.png,dogs,3\n"));
  const std::string failure = failure_of([&] { open_data(spec_, Split::Test); });
  EXPECT_TRUE(has(failure, "u.csv':2: kind 'dogs' is none of the training table's; did you mean"));
  EXPECT_TRUE(has(failure, "u.csv':2: n '3'; want a whole number from 0 to 2"));
  folder_.write("u.csv", bytes_of("file,kind\nx.png,dog\n"));
  EXPECT_TRUE(has(failure_of([&] { open_data(spec_, Split::Test); }),
                  "u.csv': columns of labels kind; the training table has kind, n"));
  spec_.test.clear();
  EXPECT_TRUE(has(failure_of([&] { inspect_data(spec_); }), "a second table under `labels`"));
}

TEST_F(Labels, AreForFoldersAlone) {
  spec_.source = "digits";
  spec_.path.clear();
  EXPECT_TRUE(has(failure("file,k\n"), "data.labels: `labels` is for folder, not digits"));
}

}  // namespace
}  // namespace agon
