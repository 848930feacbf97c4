#include "graphs/experiment/compose.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "engine/base/text.h"
#include "graphs/document/reader.h"
#include "graphs/experiment/merge_files.h"
#include "graphs/experiment/paths.h"
#include "graphs/keys/forms.h"

namespace agon {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFilesDeep = 16;

/// A file being composed: which one it is, however it is written, and its name in messages.
struct Open {
  std::string identity;
  std::string shown;
};

std::string identity_of(const std::string& file) {
  std::error_code failure;
  const fs::path canonical = fs::weakly_canonical(file, failure);
  return failure ? file : canonical.string();
}

class Composer {
 public:
  explicit Composer(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  Yaml compose(Yaml document, const std::string& directory) {
    const Yaml* extends = document.find("extends");
    if (extends == nullptr) return document;
    const std::string file = document.place.file ? *document.place.file : "";
    open_.push_back({identity_of(file), file});
    KeyReader reader{diagnostics_};
    const auto names = extends_form().read(*extends, "extends", reader);
    document.remove("extends");
    std::optional<Yaml> base;
    for (const Text& name : names.value_or(std::vector<Text>{})) {
      auto part = load(name, directory);
      if (!part) continue;
      base = base ? joined_parts(*base, *part, document, diagnostics_) : std::move(*part);
    }
    if (base) document = put_on(*base, document, diagnostics_);
    open_.pop_back();
    return document;
  }

 private:
  /// What a file extends, composed; nothing if it could not be read, which is reported.
  std::optional<Yaml> load(const Text& name, const std::string& directory) {
    const std::string found = resolved_path(name, directory);
    const std::string identity = identity_of(found);
    const std::string shown = shown_name(name.text, directory, found);
    const auto again = std::find_if(open_.begin(), open_.end(),
                                    [&](const Open& o) { return o.identity == identity; });
    if (again != open_.end()) {
      diagnostics_.error(name.origin, "a file cannot extend itself: " + chain(shown));
      return std::nullopt;
    }
    if (open_.size() >= kMaxFilesDeep) {
      diagnostics_.error(name.origin, fmt::format("expected at most {} files that extend one "
                                                  "another, got {}",
                                                  kMaxFilesDeep, chain(shown)));
      return std::nullopt;
    }
    if (const auto known = loaded_.find(identity); known != loaded_.end()) return known->second;
    return loaded_[identity] = read(name, shown);
  }

  std::optional<Yaml> read(const Text& name, const std::string& shown) {
    try {
      Yaml document = read_yaml_file(shown);
      if (!document.is_mapping()) {
        diagnostics_.error(document.origin(),
                           "expected an experiment or a part of one, got " + described(document));
        return std::nullopt;
      }
      document = compose(std::move(document), folder_of(shown));
      if (const Yaml* version = document.find("agon")) {
        KeyReader reader{diagnostics_};
        whole(1, 1).read(*version, "agon", reader);
        document.remove("agon");
      }
      return document;
    } catch (const ConfigError& failure) {
      for (const Diagnostic& d : failure.diagnostics()) diagnostics_.error(d.origin, d.message);
    } catch (const Error& failure) {
      const std::string through = open_.size() > 1 ? " (" + chain(shown) + ")" : "";
      diagnostics_.error(name.origin, failure.what() + through);
    }
    return std::nullopt;
  }

  /// A name as short as the one it was reached by. It has a folder, where its own paths begin.
  static std::string shown_name(const std::string& written, const std::string& directory,
                                const std::string& found) {
    const fs::path beside = (fs::path(directory) / written).lexically_normal();
    std::error_code failure;
    if (fs::absolute(beside, failure).lexically_normal() != fs::path(found)) return found;
    return beside.has_parent_path() ? beside.string() : "./" + beside.string();
  }

  /// "a.yaml extends b.yaml extends a.yaml".
  std::string chain(const std::string& last) const {
    std::string text;
    for (const Open& o : open_) text += printable(o.shown) + " extends ";
    return text + printable(last);
  }

  static Form<std::vector<Text>> extends_form() {
    Form<Text> file = text();
    file.type = "a file";
    file.read = [](const Yaml& value, const std::string& path,
                   KeyReader& reader) -> std::optional<Text> {
      if (value.is_scalar()) return Text{value.text, value.origin(path)};
      report_mistyped("a file", value, path, reader);
      return std::nullopt;
    };
    return one_or_list(file);
  }

  Diagnostics& diagnostics_;
  std::vector<Open> open_;
  std::map<std::string, std::optional<Yaml>> loaded_;
};

}  // namespace

Yaml composed(Yaml document, const std::string& directory) {
  Diagnostics diagnostics;
  Yaml whole = Composer(diagnostics).compose(std::move(document), directory);
  diagnostics.throw_if_errors();
  return whole;
}

Yaml read_composed(const std::string& path) {
  return composed(read_yaml_file(path), folder_of(path));
}

std::string folder_of(const std::string& file) {
  const fs::path folder = fs::path(file).parent_path();
  return folder.empty() ? "." : folder.string();
}

}  // namespace agon
