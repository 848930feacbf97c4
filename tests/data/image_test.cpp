#include <gtest/gtest.h>

#include "runners/data/data_set.h"
#include "runners/data/picture.h"
#include "runners/data/png.h"
#include "tests/data/failure_of.h"
#include "tests/data/temporary_folder.h"

namespace agon {
namespace {

DataSpec image_spec(const std::string& path) {
  DataSpec spec;
  spec.source = "image";
  spec.path = path;
  spec.origin = {"a.yaml", 3, 1, "data"};
  spec.source_origin = {"a.yaml", 3, 9, "data.source"};
  return spec;
}

TEST(Image, IsOnePictureKnownWhenInspected) {
  const TemporaryFolder folder;
  Picture picture(2, 4, 3);
  for (std::size_t i = 0; i < picture.bytes.size(); ++i)
    picture.bytes[i] = static_cast<std::uint8_t>(10 * i);
  DataSpec spec = image_spec(folder.write("a.png", encode_png(picture)));
  const DataFacts facts = inspect_data(spec);
  ASSERT_NE(facts.picture, nullptr);
  EXPECT_EQ(*facts.picture, picture.bytes);
  EXPECT_EQ(facts.height, 2);
  EXPECT_EQ(facts.width, 4);
  EXPECT_TRUE(facts.labels.empty());
  const auto set = open_data(spec, Split::Train);
  EXPECT_EQ(set->count(), 1);
  EXPECT_EQ(set->files().size(), 1u);
  EXPECT_TRUE(data_warnings(*set).empty());
  spec.height = spec.width = 2;
  spec.channels = 1;
  EXPECT_EQ(*inspect_data(spec).picture, fitted(with_channels(picture, 1), 2, 2).bytes);
}

TEST(Image, RefusesWhatIsForSets) {
  const TemporaryFolder folder;
  const std::string path = folder.write("a.png", encode_png(Picture(2, 2, 1)));
  struct Case {
    void (*change)(DataSpec&);
    const char* message;
  };
  const Case cases[] = {
      {[](DataSpec& s) { s.count = 3; },
       "data.count: image is a single picture and has no `count`"},
      {[](DataSpec& s) { s.hold_out = .5; },
       "data.hold_out: image is a single picture and has no `hold_out`"},
      {[](DataSpec& s) { s.path.clear(); },
       "78 error[78] a.yaml:3:9: data.source: image reads a file; `path` must name"},
      {[](DataSpec& s) { s.path = "/nowhere.png"; },
       "66 error[66] a.yaml:3:1: data.path: no file '/nowhere.png'"},
      {[](DataSpec& s) { s.augment = {{Augment::Kind::Flip}}; }, "image gives a single picture"},
  };
  for (const Case& c : cases) {
    DataSpec spec = image_spec(path);
    c.change(spec);
    EXPECT_TRUE(has(failure_of([&] { inspect_data(spec); }), c.message));
  }
  folder.write("a.png", {'n', 'o'});
  EXPECT_TRUE(has(failure_of([&] { inspect_data(image_spec(path)); }),
                  "65 error[65] a.yaml:3:1: data.path: '" + path + "': neither PNG nor JPEG"));
}

}  // namespace
}  // namespace agon
