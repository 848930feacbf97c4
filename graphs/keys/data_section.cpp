#include <algorithm>

#include "graphs/keys/sections.h"

namespace agon {

namespace {

const Range kShare{0, 1, false, true};

/// `flip`, or `{shift: 4}`.
Form<AugmentItem> augment_item() {
  static const std::vector<std::pair<std::string, Augment::Kind>> lone = {
      {"flip", Augment::Kind::Flip},
      {"flip_vertical", Augment::Kind::FlipVertical},
      {"turn", Augment::Kind::Turn}};
  Form<AugmentItem> form;
  form.type = "flip, flip_vertical, turn or {shift: pixels}";
  form.read = [](const Yaml& value, const std::string& path,
                 KeyReader& reader) -> std::optional<AugmentItem> {
    if (value.is_mapping() && value.keys.size() == 1 && value.keys[0].text == "shift") {
      const auto by = whole(1, 16384).read(value.items[0], child_path(path, "shift"), reader);
      if (!by) return std::nullopt;
      return AugmentItem{Augment::Kind::Shift, *by};
    }
    if (value.is_scalar()) {
      for (const auto& [word, kind] : lone) {
        if (value.text == word) return AugmentItem{kind, 0};
      }
    }
    report_mistyped("flip, flip_vertical, turn or {shift: pixels}", value, path, reader);
    return std::nullopt;
  };
  return form;
}

}  // namespace

const Keys<DataSection>& data_keys() {
  using S = DataSection;
  static const std::vector<std::string> sources = {"digits", "faces",         "shapes", "rings",
                                                   "grid",   "moving_digits", "mnist",  "cifar10",
                                                   "folder", "image"};
  static const Keys<S> keys =
      Keys<S>(
          "data", "A source of examples; several sources are given by name",
          {key("source", &S::source,
               "what to read: digits, faces, shapes, rings, grid, moving_digits (drawn); mnist, "
               "cifar10, folder; image (one picture that never changes)",
               word(sources))
               .required(),
           key("path", &S::path, "folder of the files, or the picture, from this file's folder on",
               text()),
           key("test", &S::test, "folder of the test set", text()),
           key("labels", &S::labels,
               "CSV table of a folder's labels: a first column with file names, further columns "
               "with whole numbers or words; a second table is that of `test`",
               one_or_list(text(), 1, 2)),
           key("size", &S::size, "height and width in pixels; one number for both",
               one_or_list(whole(1, 16384), 1, 2)),
           key("channels", &S::channels, "1 (grey) or 3 (colour)", whole(1, 3)),
           key("frames", &S::frames, "pictures of an example of moving_digits (default 8)",
               whole(2, 64)),
           key("style", &S::style, "how faces are drawn (default photo)",
               word({"photo", "sketch"})),
           key("count", &S::count, "examples drawn for training", whole(1)),
           key("range", &S::range, "what bytes 0 and 255 become (default [-1, 1])",
               list_of(number(), 2, 2)),
           key("pick", &S::pick, "how a batch chooses examples",
               choice<Pick>({{"shuffle", Pick::Shuffle},
                             {"replacement", Pick::Replacement},
                             {"order", Pick::Order}})),
           key("paired", &S::paired,
               "beside several sources: true gives them one order, so that their examples belong "
               "together",
               boolean()),
           key("augment", &S::augment,
               "changes of training pictures, new each time: flip (left and right), flip_vertical, "
               "turn (by quarters), {shift: pixels} each way at most, the border repeated",
               one_or_list(augment_item())),
           key("hold_out", &S::hold_out, "share kept as a test set", number(kShare)),
           key("validate", &S::validate, "share kept for validation", number(kShare))})
          .origin(&S::origin);
  return keys;
}

Form<std::vector<Named<DataSection>>> data_form() {
  auto form = one_or_named(data_keys());
  const std::string one = schema::reference(data_keys().section());
  form.schema = schema::either({one, schema::named_beside("paired", boolean().schema, one)});
  form.read = [plain = form.read, several = named_sections(data_keys()).read](
                  const Yaml& value, const std::string& path,
                  KeyReader& reader) -> std::optional<std::vector<Named<DataSection>>> {
    Yaml sources = value;
    sources.remove("paired");
    // No key of a source is a mapping where its `source` is not one, so names like `style` are
    // free.
    const bool named = value.is_mapping() && !sources.items.empty() &&
                       std::ranges::all_of(sources.items, &Yaml::is_mapping);
    const Yaml* written = value.is_mapping() ? value.find("paired") : nullptr;
    if (!named) {
      if (written != nullptr) {
        reader.diagnostics.error(written->origin(child_path(path, "paired")),
                                 "'paired' stands beside several sources; here is one");
      }
      return plain(value, path, reader);
    }
    bool paired = false;
    if (written != nullptr)
      paired = boolean().read(*written, child_path(path, "paired"), reader).value_or(false);
    auto read = several(sources, path, reader);
    if (!read) return std::nullopt;
    for (Named<DataSection>& source : *read) {
      if (source.value.paired) {
        reader.diagnostics.error(source.value.origin,
                                 "'paired' stands beside the sources, not in one of them");
      }
      source.value.paired = paired;
    }
    return read;
  };
  return form;
}

}  // namespace agon
