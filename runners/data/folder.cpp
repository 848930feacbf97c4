#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <iterator>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "graphs/document/suggestion.h"
#include "runners/data/decode.h"
#include "runners/data/example_cache.h"
#include "runners/data/failure.h"
#include "runners/data/file_bytes.h"
#include "runners/data/folder_listing.h"
#include "runners/data/label_table.h"
#include "runners/data/refused_files.h"
#include "runners/data/source.h"
#include "runners/data/stored_images.h"

namespace agon {
namespace {

// A set this small is decoded whole when opened, so that a bad file is found before anything runs.
constexpr std::int64_t kDecodeAtOpen = std::int64_t{64} << 20;

/// Reads every header: all bad files at once, then the first whose size or channels differ from the
/// facts where the spec does not say what they become. `model` is the file the facts are from.
void check_headers(const DataSpec& spec, const DataFacts& facts, const std::string& model,
                   const FolderListing& listing) {
  RefusedFiles refused;
  std::string difference;
  const auto colour = [](std::int64_t channels) { return channels == 1 ? "grey" : "colour"; };
  for (const FolderPicture& picture : listing.pictures) {
    Picture header;
    try {
      header = read_picture_header(picture.path);
    } catch (const Error& error) {
      if (error.code() != ExitCode::Data) throw;
      refused.add(error.what());
      continue;
    }
    if (!difference.empty()) continue;
    if (!spec.height && (header.height != facts.height || header.width != facts.width)) {
      difference = fmt::format("'{}' is {} x {}, '{}' is {} x {}; `size` makes them equal",
                               printable(model), facts.height, facts.width, printable(picture.path),
                               header.height, header.width);
    } else if (!spec.channels && header.channels != facts.channels) {
      difference =
          fmt::format("'{}' is {}, '{}' is {}; `channels` makes them equal", printable(model),
                      colour(facts.channels), printable(picture.path), colour(header.channels));
    }
  }
  refused.throw_if_any();
  if (!difference.empty()) throw Error(ExitCode::Data, difference);
}

class FolderImages : public DataSet {
 public:
  FolderImages(const DataFacts& facts, FolderListing listing, std::vector<std::string> tables)
      : listing_(std::move(listing)),
        tables_(std::move(tables)),
        cache_(std::ssize(listing_.pictures), facts.height * facts.width * facts.channels) {
    facts_ = facts;
    count_ = std::ssize(listing_.pictures);
    std::int64_t bytes = 0;
    for (const FolderPicture& picture : listing_.pictures) bytes += picture.bytes;
    if (bytes <= kDecodeAtOpen) check();
  }

  void image(std::int64_t index, std::span<std::uint8_t> hwc) const override {
    if (cache_.load(index, hwc)) return;
    try {
      decode(index, hwc);
    } catch (const Error& error) {
      if (error.code() == ExitCode::Data) check();  // names all that are bad
      throw;
    }
  }

  void labels(std::int64_t index, std::span<std::int32_t> into) const override {
    std::ranges::copy(listing_.pictures[static_cast<std::size_t>(index)].labels, into.begin());
  }

  std::vector<DataFile> files() const override {
    std::vector<DataFile> files;
    for (const FolderPicture& picture : listing_.pictures) {
      files.push_back(described_file(picture.path));
    }
    for (const std::string& table : tables_) files.push_back(described_file(table));
    std::ranges::sort(files, {}, &DataFile::path);
    return files;
  }

  void check() const override {
    RefusedFiles refused;
    std::vector<std::uint8_t> bytes(
        static_cast<std::size_t>(facts_.height * facts_.width * facts_.channels));
    for (std::int64_t i = 0; i < count_; ++i) {
      if (cache_.load(i, bytes)) continue;
      try {
        decode(i, bytes);
      } catch (const Error& error) {
        if (error.code() != ExitCode::Data) throw;
        refused.add(error.what());
      }
    }
    refused.throw_if_any();
  }

  std::vector<std::string> notes() const override {
    std::vector<std::string> notes;
    if (!listing_.skipped.empty()) notes.push_back(skipped_text(listing_));
    if (!listing_.twins.empty()) {
      notes.push_back("names that differ in case alone: " + joined(listing_.twins));
    }
    for (std::size_t i = 0; i < facts_.labels.size(); ++i) {
      std::vector<std::int64_t> counts(static_cast<std::size_t>(facts_.labels[i].classes));
      for (const FolderPicture& picture : listing_.pictures)
        ++counts[static_cast<std::size_t>(picture.labels[i])];
      std::string note = class_balance_note(facts_.labels[i], counts);
      if (note.empty()) continue;
      notes.push_back(facts_.labels[i].name == "label" ? note
                                                       : facts_.labels[i].name + ": " + note);
    }
    const std::pair<const char*, std::int64_t> converted[] = {{"palette", palette_},
                                                              {"16-bit", deep_},
                                                              {"transparent", alpha_},
                                                              {"CMYK", cmyk_},
                                                              {"rotated by EXIF", rotated_}};
    for (const auto& [what, count] : converted) {
      if (count > 0) notes.push_back(fmt::format("converted: {} {}", count, what));
    }
    return notes;
  }

 private:
  void decode(std::int64_t index, std::span<std::uint8_t> hwc) const {
    const FolderPicture& entry = listing_.pictures[static_cast<std::size_t>(index)];
    const std::vector<std::uint8_t> file =
        read_bytes(entry.path, std::max<std::int64_t>(entry.bytes, 1));
    if (std::ssize(file) != entry.bytes) {
      fail_in_file(entry.path, fmt::format("has {} bytes, had {} when the set was opened",
                                           file.size(), entry.bytes));
    }
    Conversions done;
    Picture picture = decode_picture(file, entry.path, &done);
    const bool fits = picture.height == facts_.height && picture.width == facts_.width;
    picture = with_channels(picture, facts_.channels);
    if (!fits) picture = fitted(picture, facts_.height, facts_.width);
    std::ranges::copy(picture.bytes, hwc.begin());
    cache_.store(index, hwc);
    palette_ += done.palette;
    deep_ += done.deep;
    alpha_ += done.alpha;
    cmyk_ += done.cmyk;
    rotated_ += done.rotated;
  }

  FolderListing listing_;
  std::vector<std::string> tables_;  // of labels
  mutable ExampleCache cache_;
  mutable std::atomic<std::int64_t> palette_ = 0, deep_ = 0, alpha_ = 0, cmyk_ = 0, rotated_ = 0;
};

/// What a picture of a paired folder is called: its name without the ending.
std::string pair_name(const FolderPicture& picture) {
  return picture.inside.substr(0, picture.inside.rfind('.'));
}

/// The test folder's labels are the training folder's classes.
void use_classes(const std::vector<std::string>& classes, const std::string& folder,
                 FolderListing& listing) {
  if (classes.empty()) {
    for (FolderPicture& picture : listing.pictures) picture.labels.clear();
    return;
  }
  if (listing.classes.empty()) {
    fail_in_file(folder, "has no sub-folders for the classes of the training folder");
  }
  for (FolderPicture& picture : listing.pictures) {
    const std::string& name = listing.classes[static_cast<std::size_t>(picture.labels[0])];
    const auto at = std::ranges::find(classes, name);
    if (at == classes.end()) {
      fail_in_file(folder, fmt::format("class '{}' is not in the training folder{}",
                                       printable(name), suggestion(name, classes)));
    }
    picture.labels = {static_cast<std::int32_t>(at - classes.begin())};
  }
  listing.classes = classes;
}

/// What the folder of one split holds, with its labels, in the order of its examples. Training
/// pictures say what the lists of labels are, test pictures keep to them.
FolderListing listing_of(const DataSpec& spec, std::vector<LabelFacts>& lists, bool test) {
  const std::string& folder = test ? spec.test : data_folder(spec);
  FolderListing listing = list_pictures(folder, spec.labels.empty());
  if (!spec.labels.empty()) {
    read_named_by(spec, "labels", [&] {
      const LabelTable table = read_label_table(spec.labels[test ? 1 : 0]);
      if (!test) lists = label_lists(table);
      apply_labels(table, lists, listing);
    });
  } else if (test) {
    use_classes(lists.empty() ? std::vector<std::string>{} : lists[0].class_names, folder, listing);
  } else if (!listing.classes.empty()) {
    lists = {{"label", std::ssize(listing.classes), 0, listing.classes}};
  }
  // `a.jpg` of one folder and `a.png` of another are a pair.
  if (spec.paired) std::ranges::stable_sort(listing.pictures, {}, pair_name);
  return listing;
}

void check_tables(const DataSpec& spec) {
  if (spec.labels.empty()) return;
  if (spec.labels.size() > 1 && spec.test.empty())
    fail_at_key(spec, "labels",
                "a second table under `labels` is that of `test`, which is not given");
  if (spec.labels.size() == 1 && !spec.test.empty())
    fail_at_key(spec, "labels", "`test` has labels too: `labels: [training.csv, test.csv]`");
}

/// Of the first picture that has a sound one; opening the set names those that have not.
Picture first_header(const FolderListing& listing) {
  RefusedFiles refused;
  for (const FolderPicture& picture : listing.pictures) {
    try {
      return read_picture_header(picture.path);
    } catch (const Error& error) {
      if (error.code() != ExitCode::Data) throw;
      refused.add(error.what());
    }
  }
  refused.throw_if_any();
  throw InternalError("a listing of no pictures");
}

std::vector<std::string> pair_names(const FolderListing& listing) {
  std::vector<std::string> names;
  std::ranges::transform(listing.pictures, std::back_inserter(names), pair_name);
  return names;
}

DataFacts inspect(const DataSpec& spec) {
  data_folder(spec);
  check_tables(spec);
  DataFacts facts;
  const FolderListing listing = listing_of(spec, facts.labels, false);
  const Picture header = first_header(listing);
  set_shape(spec, header.height, header.width, header.channels, facts);
  facts.count = std::ssize(listing.pictures);
  if (spec.paired) facts.names = pair_names(listing);
  if (!spec.test.empty()) {
    const FolderListing test =
        read_named_by(spec, "test", [&] { return listing_of(spec, facts.labels, true); });
    facts.test_count = std::ssize(test.pictures);
    if (spec.paired) facts.test_names = pair_names(test);
  }
  return facts;
}

std::unique_ptr<DataSet> open(const DataSpec& spec, const DataFacts& facts, bool test) {
  std::vector<LabelFacts> lists = facts.labels;
  FolderListing listing = listing_of(spec, lists, false);
  const std::string model = listing.pictures[0].path;
  if (test) listing = listing_of(spec, lists, true);
  check_headers(spec, facts, model, listing);
  std::vector<std::string> tables;
  if (!spec.labels.empty()) tables.push_back(spec.labels[test ? 1 : 0]);
  return std::make_unique<FolderImages>(facts, std::move(listing), std::move(tables));
}

}  // namespace

const Source kFolder{"folder", inspect, open};

}  // namespace agon
