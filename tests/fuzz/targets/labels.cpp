// Tables of labels: that of the training pictures, then that of the test pictures.
#include "runners/data/label_table.h"
#include "tests/fuzz/allowed.h"
#include "tests/fuzz/scratch.h"

namespace agon {
namespace {

/// A folder with a picture for each row, and none twice.
FolderListing pictures_of(const LabelTable& table) {
  FolderListing listing;
  for (const LabelTable::Row& row : table.rows)
    listing.pictures.push_back({"folder/" + row.file, row.file, 1, {}});
  return listing;
}

void apply(const LabelTable& table, const std::vector<LabelFacts>& lists) {
  FolderListing listing = pictures_of(table);
  apply_labels(table, lists, listing);
  for (const FolderPicture& picture : listing.pictures) {
    require(picture.labels.size() == lists.size(), "every picture has its row of numbers");
    for (std::size_t i = 0; i < lists.size(); ++i) {
      const bool is_class = picture.labels[i] >= 0 && picture.labels[i] < lists[i].classes;
      require(is_class, "every number is a class");
    }
  }
}

void read_tables(InputBytes train, InputBytes test) {
  const LabelTable table = read_label_table(scratch_file("train.csv", train));
  const std::vector<LabelFacts> lists = label_lists(table);
  apply(table, lists);
  const LabelTable other = read_label_table(scratch_file("test.csv", test));
  apply(other, lists);
}

}  // namespace
}  // namespace agon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  agon::Parts parts({data, size});
  const agon::InputBytes train = parts.part();
  agon::allow_refusal([&] { agon::read_tables(train, parts.rest()); });
  return 0;
}
