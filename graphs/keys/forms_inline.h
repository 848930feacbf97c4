#pragma once
/// Templates of forms.h.
namespace agon {

namespace detail {
/// The index of the word written, if it is one of `words`; reports otherwise.
std::optional<std::size_t> read_word(const std::vector<std::string>& words, const Yaml& value,
                                     const std::string& path, KeyReader& reader);
std::string words_type(const std::vector<std::string>& words);
/// Checks kind and length of a list and reports.
bool is_list(const Yaml& value, std::size_t low, std::size_t high, const std::string& type,
             const std::string& path, KeyReader& reader);
std::string list_type(const std::string& item, std::size_t low, std::size_t high);
/// Calls `entry(value, origin of the name)` for each entry of a mapping whose key is a proper name.
void read_named(const Yaml& value, const std::string& path, KeyReader& reader,
                const std::function<void(const Yaml&, const Origin&, const std::string&)>& entry);
}  // namespace detail

template <class E>
Form<E> choice(std::vector<std::pair<std::string, E>> words) {
  std::vector<std::string> texts;
  for (const auto& [text, value] : words) texts.push_back(text);
  Form<E> form;
  form.type = detail::words_type(texts);
  form.words = texts;
  form.schema = schema::words(texts);
  form.read = [texts, words](const Yaml& value, const std::string& path,
                             KeyReader& reader) -> std::optional<E> {
    const auto index = detail::read_word(texts, value, path, reader);
    if (!index) return std::nullopt;
    return words[*index].second;
  };
  return form;
}

template <class X>
Form<std::vector<X>> list_of(Form<X> item, std::size_t low, std::size_t high) {
  Form<std::vector<X>> form;
  form.type = detail::list_type(item.type, low, high);
  form.words = item.words;
  form.schema = schema::list(item.schema, low, high);
  form.nesting = item.nesting == Nesting::Section ? Nesting::SectionList : Nesting::None;
  form.keys = item.keys;
  form.read = [=, type = form.type](const Yaml& value, const std::string& path,
                                    KeyReader& reader) -> std::optional<std::vector<X>> {
    if (!detail::is_list(value, low, high, type, path, reader)) return std::nullopt;
    std::vector<X> items;
    bool good = true;
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      auto x = item.read(value.items[i], item_path(path, i), reader);
      good = good && x.has_value();
      if (x) items.push_back(std::move(*x));
    }
    if (!good) return std::nullopt;
    return items;
  };
  return form;
}

template <class X>
Form<std::vector<X>> one_or_list(Form<X> item, std::size_t low, std::size_t high) {
  Form<std::vector<X>> form = list_of(item, low, high);
  form.type = item.type + ", or " + form.type;
  form.schema = schema::either({item.schema, form.schema});
  form.read = [item, list = form.read](const Yaml& value, const std::string& path,
                                       KeyReader& reader) -> std::optional<std::vector<X>> {
    if (value.is_sequence()) return list(value, path, reader);
    auto x = item.read(value, path, reader);
    if (!x) return std::nullopt;
    return std::vector<X>{std::move(*x)};
  };
  return form;
}

template <class T>
Form<T> section(const Keys<T>& keys) {
  Form<T> form;
  form.type = "a mapping";
  form.schema = schema::reference(keys.section());
  form.nesting = Nesting::Section;
  form.keys = &keys;
  form.read = [&keys](const Yaml& value, const std::string& path,
                      KeyReader& reader) -> std::optional<T> {
    return keys.read(value, path, reader);
  };
  return form;
}

template <class T>
Form<std::vector<T>> section_list(const Keys<T>& keys) {
  return list_of(section(keys));
}

template <class X>
Form<std::vector<Named<X>>> named(Form<X> value) {
  Form<std::vector<Named<X>>> form;
  form.type = "a mapping from names, each " + value.type;
  form.schema = schema::named(value.schema);
  form.nesting = value.keys ? Nesting::NamedSections : Nesting::NamedValues;
  form.keys = value.keys;
  form.read = [read = value.read](const Yaml& mapping, const std::string& path,
                                  KeyReader& reader) -> std::optional<std::vector<Named<X>>> {
    if (!mapping.is_mapping()) {
      report_mistyped("a mapping from names", mapping, path, reader);
      return std::nullopt;
    }
    std::vector<Named<X>> entries;
    detail::read_named(mapping, path, reader,
                       [&](const Yaml& item, const Origin& origin, const std::string& name) {
                         auto x = read(item, origin.path, reader);
                         if (x) entries.push_back({name, origin, std::move(*x)});
                       });
    return entries;
  };
  return form;
}

template <class T>
Form<std::vector<Named<T>>> named_sections(const Keys<T>& keys) {
  return named(section(keys));
}

template <class T>
Form<std::vector<Named<T>>> one_or_named(const Keys<T>& keys) {
  Form<std::vector<Named<T>>> form = named_sections(keys);
  form.type = "a mapping, or several by name";
  form.schema = schema::either({schema::reference(keys.section()), form.schema});
  form.nesting = Nesting::OneOrNamed;
  form.read = [&keys, several = form.read](
                  const Yaml& value, const std::string& path,
                  KeyReader& reader) -> std::optional<std::vector<Named<T>>> {
    if (!is_one_section(keys, value)) return several(value, path, reader);
    std::vector<Named<T>> one;
    one.push_back({"", value.origin(path), keys.read(value, path, reader)});
    return one;
  };
  return form;
}

}  // namespace agon
