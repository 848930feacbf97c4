#include "graphs/keys/forms.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/base/text.h"
#include "graphs/document/suggestion.h"
#include "graphs/keys/names.h"

namespace agon {

namespace {

std::optional<Expr> parsed(const Yaml& value, const std::string& path, const std::string& type,
                           KeyReader& reader) {
  if (!value.is_scalar()) {
    report_mistyped(type, value, path, reader);
    return std::nullopt;
  }
  try {
    return parse_expression(value, path);
  } catch (const ConfigError& failure) {
    for (const Diagnostic& found : failure.diagnostics()) {
      reader.diagnostics.error(found.origin, found.message);
    }
    return std::nullopt;
  }
}

/// `yes`, `[...]` or `1,5` where a number is meant: the type says more than the grammar does.
bool looks_numeric(const Yaml& value) {
  if (!value.is_scalar() || value.text.empty()) return true;
  const std::string_view text = value.text;
  const std::string_view rest = text.front() == '-' ? text.substr(1) : text;
  if (rest.empty()) return false;
  const char c = rest.front();
  if (!(c >= '0' && c <= '9') && c != '.') return true;
  return text.find_first_of("+*/^() <>=") != std::string_view::npos || parse_number(rest);
}

/// A numeric key: parsed, and judged at once if it needs no names.
template <class X, class Make>
Form<X> numeric(const std::string& type, const std::string& schema, Make make) {
  Form<X> form;
  form.type = type;
  form.schema = schema::either({schema, schema::of_type("string")});
  form.read = [type, make](const Yaml& value, const std::string& path,
                           KeyReader& reader) -> std::optional<X> {
    if (!looks_numeric(value)) {
      report_mistyped(type, value, path, reader);
      return std::nullopt;
    }
    auto expression = parsed(value, path, type, reader);
    if (!expression) return std::nullopt;
    if (expression->kind == ExprKind::Boolean || expression->kind == ExprKind::List) {
      report_mistyped(type, value, path, reader);
      return std::nullopt;
    }
    const bool constant = free_names(*expression).empty();
    X number = make(std::move(*expression));
    if (constant && !number.value(no_names(), reader.diagnostics)) return std::nullopt;
    return number;
  };
  return form;
}

/// A text judged by `problem`.
Form<Text> judged(const std::string& type, const std::string& schema,
                  std::function<std::optional<std::string>(std::string_view)> problem) {
  Form<Text> form;
  form.type = type;
  form.schema = schema;
  form.read = [type, problem = std::move(problem)](const Yaml& value, const std::string& path,
                                                   KeyReader& reader) -> std::optional<Text> {
    if (!value.is_scalar()) {
      report_mistyped(type, value, path, reader);
      return std::nullopt;
    }
    if (const auto wrong = problem(value.text)) {
      reader.diagnostics.error(value.origin(path), *wrong);
      return std::nullopt;
    }
    return Text{value.text, value.origin(path)};
  };
  return form;
}

std::optional<std::string> dotted_problem(std::string_view text) {
  while (true) {
    const std::size_t dot = text.find('.');
    if (auto wrong = name_problem(text.substr(0, dot))) return wrong;
    if (dot == std::string_view::npos) return std::nullopt;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace

Form<Whole> whole(std::int64_t low, std::int64_t high) {
  return numeric<Whole>(whole_text(low, high), schema::whole(low, high),
                        [=](Expr e) { return Whole(std::move(e), low, high); });
}

Form<Number> number(Range range) {
  return numeric<Number>(range.text(), schema::number(range),
                         [=](Expr e) { return Number(std::move(e), range); });
}

Form<bool> boolean() {
  Form<bool> form = choice<bool>({{"true", true}, {"false", false}});
  form.schema = schema::of_type("boolean");
  return form;
}

Form<Text> text() {
  return judged("a text", schema::text(), [](std::string_view) { return std::nullopt; });
}

Form<Text> name() {
  return judged("a name", schema::of_type("string"), name_problem);
}

Form<Text> dotted() {
  return judged("a name", schema::of_type("string"), dotted_problem);
}

Form<Text> device() {
  const std::string schema = schema::pattern("^(auto|cpu|cuda(:[0-9]{1,2})?)$");
  const auto problem = [](std::string_view text) -> std::optional<std::string> {
    const std::string_view number = text.starts_with("cuda:") ? text.substr(5) : "0";
    const bool index = !number.empty() && number.size() <= 2 &&
                       number.find_first_not_of("0123456789") == std::string_view::npos;
    const bool known =
        text == "auto" || text == "cpu" || text == "cuda" || text.starts_with("cuda:");
    if (known && index) return std::nullopt;
    return fmt::format("expected auto, cpu or cuda:N, got {}",
                       described(Yaml::scalar(std::string(text))));
  };
  return judged("auto, cpu or cuda:N", schema, problem);
}

Form<Text> word(std::vector<std::string> words) {
  Form<Text> form;
  form.type = detail::words_type(words);
  form.words = words;
  form.schema = schema::words(words);
  form.read = [words = std::move(words)](const Yaml& value, const std::string& path,
                                         KeyReader& reader) -> std::optional<Text> {
    if (!detail::read_word(words, value, path, reader)) return std::nullopt;
    return Text{value.text, value.origin(path)};
  };
  return form;
}

Form<Expr> expression() {
  Form<Expr> form;
  form.type = "an expression";
  form.schema = schema::expression();
  form.read = [](const Yaml& value, const std::string& path, KeyReader& reader) {
    return parsed(value, path, "an expression", reader);
  };
  return form;
}

Form<Expr> expression_in(Range range) {
  Form<Expr> form;
  form.type = range.text() + ", or an expression";
  form.schema = schema::either({schema::number(range), schema::of_type("string")});
  form.read = [range, type = form.type](const Yaml& value, const std::string& path,
                                        KeyReader& reader) -> std::optional<Expr> {
    auto expression = parsed(value, path, type, reader);
    if (!expression || !free_names(*expression).empty()) return expression;
    if (!Number(*expression, range).value(no_names(), reader.diagnostics)) return std::nullopt;
    return expression;
  };
  return form;
}

Form<Grid> grid() {
  Form<Grid> form;
  form.type = "rows x columns, such as 8x8";
  form.schema = schema::pattern("^ *[0-9]+ *x *[0-9]+ *$");
  form.read = [type = form.type](const Yaml& value, const std::string& path,
                                 KeyReader& reader) -> std::optional<Grid> {
    constexpr std::int64_t kMost = 1000;
    const auto part = [](std::string_view digits) -> std::optional<std::int64_t> {
      while (digits.starts_with(' ')) digits.remove_prefix(1);
      while (digits.ends_with(' ')) digits.remove_suffix(1);
      if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
        return std::nullopt;
      }
      const auto number = parse_number(digits);
      if (!number || *number < 1 || *number > static_cast<double>(kMost)) return std::nullopt;
      return static_cast<std::int64_t>(*number);
    };
    const std::string_view whole = value.is_scalar() ? std::string_view(value.text) : "";
    const std::size_t cross = std::min(whole.find('x'), whole.size());
    const auto rows = part(whole.substr(0, cross));
    const auto columns = part(whole.substr(std::min(cross + 1, whole.size())));
    if (!rows || !columns) {
      report_mistyped(type, value, path, reader);
      return std::nullopt;
    }
    return Grid{*rows, *columns, value.origin(path)};
  };
  return form;
}

Form<Yaml> raw() {
  Form<Yaml> form;
  form.type = "a value";
  form.read = [](const Yaml& value, const std::string&, KeyReader&) -> std::optional<Yaml> {
    return value;
  };
  return form;
}

namespace detail {

std::string words_type(const std::vector<std::string>& words) {
  if (words.size() == 1) return words[0];
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  }
  return text;
}

std::optional<std::size_t> read_word(const std::vector<std::string>& words, const Yaml& value,
                                     const std::string& path, KeyReader& reader) {
  const auto found =
      value.is_scalar() ? std::find(words.begin(), words.end(), value.text) : words.end();
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  const std::string near = value.is_scalar() ? suggestion(value.text, words) : "";
  reader.diagnostics.error(
      value.origin(path),
      fmt::format("expected {}, got {}{}", words_type(words), described(value), near));
  return std::nullopt;
}

std::string list_type(const std::string& item, std::size_t low, std::size_t high) {
  constexpr std::size_t kMany = 1000;
  if (low == high) return fmt::format("a list of {}, each {}", low, item);
  if (high < kMany) return fmt::format("a list of {} to {}, each {}", low, high, item);
  return fmt::format("a list, each {}", item);
}

bool is_list(const Yaml& value, std::size_t low, std::size_t high, const std::string& type,
             const std::string& path, KeyReader& reader) {
  if (!value.is_sequence()) {
    report_mistyped(type, value, path, reader);
    return false;
  }
  const std::size_t size = value.items.size();
  if (size >= low && size <= high) return true;
  reader.diagnostics.error(value.origin(path),
                           fmt::format("expected {}, got {}", type,
                                       size == 0   ? "an empty list"
                                       : size == 1 ? "1 item"
                                                   : fmt::format("{} items", size)));
  return false;
}

void read_named(const Yaml& value, const std::string& path, KeyReader& reader,
                const std::function<void(const Yaml&, const Origin&, const std::string&)>& entry) {
  for (std::size_t i = 0; i < value.keys.size(); ++i) {
    const std::string& name = value.keys[i].text;
    if (const auto wrong = name_problem(name)) {
      reader.diagnostics.error(value.key_origin(i, path), *wrong);
      continue;
    }
    const Origin origin = value.key_origin(i, child_path(path, name));
    if (value.items[i].is_null()) {
      reader.diagnostics.error(origin, fmt::format("'{}' has no value", name));
      continue;
    }
    entry(value.items[i], origin, name);
  }
}

}  // namespace detail

bool is_one_section(const KeyTable& table, const Yaml& value) {
  if (!value.is_mapping()) return true;
  for (std::size_t i = 0; i < value.keys.size(); ++i) {
    if (table.find(value.keys[i].text) || !value.items[i].is_mapping()) return true;
  }
  return value.keys.empty();
}

}  // namespace agon
