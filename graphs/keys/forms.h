#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "graphs/keys/form_schema.h"
#include "graphs/keys/keys.h"
#include "graphs/keys/values.h"

namespace agon {

/// The ways a key's value can be written. Each reports "expected <type>, got ..." for anything
/// else; quotes mean nothing (LANGUAGE.md rule 1).

Form<Whole> whole(std::int64_t low = 0,
                  std::int64_t high = std::numeric_limits<std::int64_t>::max());
Form<Number> number(Range range = {});
/// `true` or `false`.
Form<bool> boolean();
/// Any scalar, as it stands.
Form<Text> text();
/// A name (rule [A-Za-z_][A-Za-z0-9_]{0,63}).
Form<Text> name();
/// Names with dots: `encoder.head`.
Form<Text> dotted();
/// `auto`, `cpu`, `cuda` or `cuda:N`.
Form<Text> device();
/// One of `words`; the nearest is suggested.
Form<Text> word(std::vector<std::string> words);
/// An expression, kept as a tree.
Form<Expr> expression();
/// The same; where it has no names its value must lie in `range` (`lr: -0.1`).
Form<Expr> expression_in(Range range);
/// `8x10`: rows x columns, both at least 1.
Form<Grid> grid();
/// Anything, kept as YAML.
Form<Yaml> raw();

/// One of `words`, as the value it stands for.
template <class E>
Form<E> choice(std::vector<std::pair<std::string, E>> words);

/// A list of `low` to `high` items.
template <class X>
Form<std::vector<X>> list_of(Form<X> item, std::size_t low = 1, std::size_t high = 100'000);
/// A lone item counts as a list of one.
template <class X>
Form<std::vector<X>> one_or_list(Form<X> item, std::size_t low = 1, std::size_t high = 100'000);

/// A section with keys of its own.
template <class T>
Form<T> section(const Keys<T>& keys);
/// A list of sections.
template <class T>
Form<std::vector<T>> section_list(const Keys<T>& keys);
/// A mapping from the user's names to values.
template <class X>
Form<std::vector<Named<X>>> named(Form<X> value);
/// A mapping from the user's names to sections.
template <class T>
Form<std::vector<Named<T>>> named_sections(const Keys<T>& keys);
/// Whether a value is one section, not several by name: it has a key of the table or a value that
/// is no mapping.
bool is_one_section(const KeyTable& table, const Yaml& value);
/// One section, read under the name "", or several by name.
template <class T>
Form<std::vector<Named<T>>> one_or_named(const Keys<T>& keys);

}  // namespace agon

#include "graphs/keys/forms_inline.h"
