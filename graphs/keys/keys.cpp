#include "graphs/keys/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "engine/base/text.h"
#include "graphs/document/suggestion.h"

namespace agon {

const KeyFacts* KeyTable::find(std::string_view name) const {
  for (const KeyFacts& facts : facts_) {
    if (facts.name == name) return &facts;
  }
  return nullptr;
}

namespace {

std::vector<std::string> key_names(const KeyTable& table) {
  std::vector<std::string> names;
  for (const KeyFacts& facts : table.facts()) names.push_back(facts.name);
  return names;
}

/// What stands between a key's path and those of the keys below it.
std::vector<std::string> steps_below(Nesting nesting) {
  switch (nesting) {
    case Nesting::None:
      return {};
    case Nesting::Section:
      return {"."};
    case Nesting::NamedSections:
      return {".*."};
    case Nesting::OneOrNamed:
      return {".", ".*."};
    case Nesting::SectionList:
      return {"[]."};
    case Nesting::NamedValues:
      return {};
  }
  return {};
}

/// Calls `visit(path of the section, table)` for every section below, the table itself included.
template <class F>
void for_each_section(const KeyTable& table, const std::string& path, F visit) {
  visit(path, table);
  for (const KeyFacts& facts : table.facts()) {
    if (!facts.keys) continue;
    for (const std::string& step : steps_below(facts.nesting)) {
      std::string below = child_path(path, facts.name) + step;
      below.pop_back();
      for_each_section(*facts.keys, below, visit);
    }
  }
}

/// "the top level", or the path with `*` as users read it.
std::string section_text(const std::string& path) {
  if (path.empty()) return "the top level";
  std::string text;
  for (const char c : path) {
    if (c == '*') {
      text += "<name>";
    } else {
      text += c;
    }
  }
  return text;
}

/// Sections that have this key, the one with the shortest path first; at most two are named.
std::string places_of(const std::string& key, const KeyTable& table, const KeyTable& root) {
  constexpr std::size_t kShown = 2;
  std::vector<std::string> places;
  std::vector<const KeyTable*> seen = {&table};
  for_each_section(root, "", [&](const std::string& path, const KeyTable& section) {
    if (!section.find(key) || std::find(seen.begin(), seen.end(), &section) != seen.end()) return;
    seen.push_back(&section);
    places.push_back(section_text(path));
  });
  std::stable_sort(places.begin(), places.end(),
                   [](const std::string& a, const std::string& b) { return a.size() < b.size(); });
  if (places.size() > kShown) places.resize(kShown);
  return joined(places, " or ");
}

/// The key that `written` is near to, by its name or by what its doc calls it ("learning rate").
std::optional<std::string> meant_key(const KeyTable& table, const std::string& written) {
  if (auto near = nearest_name(written, key_names(table))) return near;
  if (written.find('_') == std::string::npos) return std::nullopt;
  std::vector<std::string> titles;
  for (const KeyFacts& facts : table.facts()) {
    titles.push_back(facts.doc.substr(0, facts.doc.find_first_of(";,(")));
    std::replace(titles.back().begin(), titles.back().end(), ' ', '_');
  }
  const auto near = nearest_name(written, titles);
  if (!near) return std::nullopt;
  const auto at = std::find(titles.begin(), titles.end(), *near) - titles.begin();
  return table.facts()[static_cast<std::size_t>(at)].name;
}

/// Of keys that other frameworks ask for.
std::string unneeded(const std::string& key) {
  const bool size = key == "in_channels" || key == "in_features" || key == "num_features";
  return size ? "; not needed: it follows from what comes in" : "";
}

}  // namespace

void report_unknown_key(const KeyTable& table, const std::string& key, const Origin& origin,
                        KeyReader& reader) {
  const std::string where = table.section().empty() ? "" : " in " + table.section();
  std::string message = fmt::format("unknown key '{}'{}", printable(key.substr(0, 64)), where);
  const auto near = meant_key(table, key);
  message += unneeded(key);
  const std::string places = reader.root ? places_of(key, table, *reader.root) : "";
  if (near) message += fmt::format("; did you mean '{}'?", *near);
  if (!places.empty()) {
    message += near ? fmt::format(" ('{}' belongs under {})", key, places)
                    : fmt::format("; it belongs under {}", places);
  }
  reader.diagnostics.error(origin, message);
}

void report_mistyped(const std::string& expected, const Yaml& value, const std::string& path,
                     KeyReader& reader) {
  reader.diagnostics.error(value.origin(path),
                           fmt::format("expected {}, got {}", expected, described(value)));
}

namespace detail {

namespace {

std::optional<std::size_t> index_in(const KeyTable& table, std::string_view name) {
  for (std::size_t i = 0; i < table.facts().size(); ++i) {
    if (table.facts()[i].name == name) return i;
  }
  return std::nullopt;
}

void report_missing(const KeyTable& table, const Yaml& value, const std::string& path,
                    const std::vector<bool>& given, KeyReader& reader) {
  for (std::size_t i = 0; i < table.facts().size(); ++i) {
    const KeyFacts& facts = table.facts()[i];
    if (!facts.required || given[i]) continue;
    const std::string where = table.section().empty() ? "" : " in " + table.section();
    reader.diagnostics.error(value.origin(path),
                             fmt::format("missing key '{}'{} ({})", facts.name, where, facts.doc));
  }
}

}  // namespace

void read_entries(const KeyTable& table, const Yaml& value, const std::string& path,
                  KeyReader& reader,
                  const std::function<void(std::size_t, const Yaml&, const std::string&)>& store) {
  std::vector<bool> given(table.facts().size(), false);
  if (!value.is_mapping()) {
    const auto lone = index_in(table, table.argument());
    if (table.argument().empty() || value.is_null() || !lone) {
      report_mistyped("a mapping", value, path, reader);
      return;
    }
    given[*lone] = true;
    store(*lone, value, path);
    report_missing(table, value, path, given, reader);
    return;
  }
  for (std::size_t i = 0; i < value.keys.size(); ++i) {
    const std::string& name = value.keys[i].text;
    const std::string below = child_path(path, name);
    const auto index = index_in(table, name);
    if (!index) {
      report_unknown_key(table, name, value.key_origin(i, below), reader);
      // A key written wrongly still counts as there, with all it holds: one mistake, one message.
      if (const auto near = meant_key(table, name)) {
        const std::size_t meant = *index_in(table, *near);
        const bool holds_keys =
            table.facts()[meant].nesting != Nesting::None && value.items[i].is_mapping();
        if (holds_keys && value.find(*near) == nullptr) store(meant, value.items[i], below);
        given[meant] = true;
      }
      continue;
    }
    given[*index] = true;
    if (value.items[i].is_null()) {
      reader.diagnostics.error(value.key_origin(i, below),
                               fmt::format("expected {}, got nothing", table.facts()[*index].type));
    } else {
      store(*index, value.items[i], below);
    }
  }
  report_missing(table, value, path, given, reader);
}

}  // namespace detail

const KeyTable* table_at(const KeyTable& root, std::span<const std::string> path) {
  const KeyTable* table = &root;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const KeyFacts* facts = table->find(path[i]);
    if (facts == nullptr || facts->keys == nullptr) return nullptr;
    table = facts->keys;
    const bool named = facts->nesting == Nesting::NamedSections;
    const bool either = facts->nesting == Nesting::OneOrNamed;
    if (facts->nesting == Nesting::SectionList || (named && i + 1 == path.size())) return nullptr;
    if (named || (either && i + 1 < path.size() && !table->find(path[i + 1]))) ++i;
  }
  return table;
}

std::vector<std::string> declared_paths(const KeyTable& root) {
  std::vector<std::string> paths;
  for_each_section(root, "", [&](const std::string& path, const KeyTable& table) {
    for (const KeyFacts& facts : table.facts()) {
      paths.push_back(child_path(path, facts.name));
      if (facts.nesting == Nesting::NamedValues) paths.push_back(paths.back() + ".*");
    }
  });
  return paths;
}

std::string keys_markdown(const KeyTable& root) {
  std::string text;
  std::vector<const KeyTable*> seen;
  const auto cell = [](std::string words) {
    for (std::size_t at = 0; (at = words.find('|', at)) != std::string::npos; at += 2) {
      words.insert(at, "\\");
    }
    return words;
  };
  for_each_section(root, "", [&](const std::string& path, const KeyTable& table) {
    if (std::find(seen.begin(), seen.end(), &table) != seen.end()) return;
    seen.push_back(&table);
    text += path.empty() ? "### Top level\n\n" : fmt::format("### `{}`\n\n", section_text(path));
    text += fmt::format("{}\n\n| key | value | meaning |\n|---|---|---|\n", table.doc());
    for (const KeyFacts& facts : table.facts()) {
      text += fmt::format("| `{}`{} | {} | {} |\n", facts.name, facts.required ? " (required)" : "",
                          cell(facts.type), cell(facts.doc));
    }
    text += '\n';
  });
  return text;
}

}  // namespace agon
