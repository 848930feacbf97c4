#pragma once
/// Templates of keys.h.
namespace agon {

namespace detail {
template <class X>
KeyFacts facts_of(const std::string& name, const std::string& doc, const Form<X>& form) {
  return {.name = name,
          .type = form.type,
          .words = form.words,
          .schema = form.schema,
          .doc = doc,
          .required = false,
          .nesting = form.nesting,
          .keys = form.keys};
}

/// The entries of a section: checks that `value` is a mapping or a lone argument, reports unknown
/// and missing keys, and calls `store(index of the key in the table, value, path)` for the rest.
void read_entries(const KeyTable& table, const Yaml& value, const std::string& path,
                  KeyReader& reader,
                  const std::function<void(std::size_t, const Yaml&, const std::string&)>& store);
}  // namespace detail

template <class T, class X>
Key<T> key(const std::string& name, X T::*member, const std::string& doc, const Form<X>& form) {
  return {detail::facts_of(name, doc, form),
          [member, read = form.read](const Yaml& value, const std::string& path, KeyReader& reader,
                                     T& into) {
            if (auto x = read(value, path, reader)) into.*member = std::move(*x);
          }};
}

template <class T, class X>
Key<T> key(const std::string& name, std::optional<X> T::*member, const std::string& doc,
           const Form<X>& form) {
  return {detail::facts_of(name, doc, form),
          [member, read = form.read](const Yaml& value, const std::string& path, KeyReader& reader,
                                     T& into) { into.*member = read(value, path, reader); }};
}

template <class T>
Keys<T>::Keys(std::string section, std::string doc, std::vector<Key<T>> keys)
    : KeyTable(std::move(section), std::move(doc)), keys_(std::move(keys)) {
  for (const Key<T>& k : keys_) facts_.push_back(k.facts);
}

template <class T>
Keys<T> Keys<T>::argument(const std::string& key) && {
  argument_ = key;
  return std::move(*this);
}

template <class T>
Keys<T> Keys<T>::rivals(std::vector<std::string> keys) && {
  rivals_.swap(keys);
  return std::move(*this);
}

template <class T>
Keys<T> Keys<T>::origin(Origin T::*member) && {
  origin_ = member;
  return std::move(*this);
}

template <class T>
Keys<T> Keys<T>::check(Check check) && {
  check_ = std::move(check);
  return std::move(*this);
}

template <class T>
T Keys<T>::read(const Yaml& value, const std::string& path, KeyReader& reader) const {
  T into{};
  if (origin_) into.*origin_ = value.origin(path);
  detail::read_entries(*this, value, path, reader,
                       [&](std::size_t i, const Yaml& v, const std::string& p) {
                         keys_[i].store(v, p, reader, into);
                       });
  if (check_) check_(into, value, path, reader);
  return into;
}

}  // namespace agon
