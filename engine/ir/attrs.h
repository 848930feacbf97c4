#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <typeinfo>
#include <vector>

#include "engine/base/error.h"
#include "engine/ir/type.h"

namespace agon {

/// One attribute of an op: its name in texts and the member that holds it.
template <class A, class T>
struct AttrField {
  std::string_view name;
  T A::*member;
};

template <class A, class T>
constexpr AttrField<A, T> field(std::string_view name, T A::*member) {
  return {name, member};
}

/// A plain struct with `static constexpr auto fields()` returning a tuple of field(...) and a
/// defaulted operator==. Members: bool, std::int64_t, double, std::string, DType, Shape,
/// std::vector<std::int64_t>, std::vector<double>.
template <class A>
concept AttrStruct = requires(const A& a) {
  A::fields();
  { a == a } -> std::same_as<bool>;
};

struct NoAttrs {
  static constexpr auto fields() { return std::tuple{}; }
  bool operator==(const NoAttrs&) const = default;
};

namespace attr_text {
/// One value, as printed in a graph: 0.2, true, f32, [1, 2], "text". Numbers read back exactly.
std::string print(bool value);
std::string print(std::int64_t value);
std::string print(double value);
std::string print(const std::string& value);
std::string print(DType value);
std::string print(const Shape& value);
std::string print(const std::vector<std::int64_t>& value);
std::string print(const std::vector<double>& value);
/// The inverse; throws GraphError.
void parse(std::string_view text, bool& value);
void parse(std::string_view text, std::int64_t& value);
void parse(std::string_view text, double& value);
void parse(std::string_view text, std::string& value);
void parse(std::string_view text, DType& value);
void parse(std::string_view text, Shape& value);
void parse(std::string_view text, std::vector<std::int64_t>& value);
void parse(std::string_view text, std::vector<double>& value);
/// Splits "{a: 1, b: [2, 3]}" into (name, text) pairs; throws GraphError.
std::vector<std::pair<std::string, std::string>> split(std::string_view text);
}  // namespace attr_text

/// The attributes of a node, immutable and shared; their type is known to the op alone.
class Attrs {
 public:
  Attrs() : Attrs(NoAttrs{}) {}
  template <AttrStruct A>
  Attrs(A value)
      : held_(std::make_shared<Holder<A>>(std::move(value))) {}  // NOLINT: implicit on purpose

  /// Throws InternalError if the struct held is another one.
  template <AttrStruct A>
  const A& as() const {
    const auto* holder = dynamic_cast<const Holder<A>*>(held_.get());
    if (holder == nullptr)
      throw InternalError(std::string("attributes are not of type ") + typeid(A).name());
    return holder->value;
  }

  /// "{stride: 2, padding: 1}", every field in order; "" for none.
  std::string text() const { return held_->text(); }
  bool operator==(const Attrs& other) const {
    return held_ == other.held_ || held_->equals(*other.held_);
  }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual std::string text() const = 0;
    virtual bool equals(const Base& other) const = 0;
  };
  template <class A>
  struct Holder final : Base {
    A value;
    explicit Holder(A v) : value(std::move(v)) {}
    std::string text() const override {
      std::string body;
      std::apply(
          [&](const auto&... f) {
            ((body += (body.empty() ? "" : ", ") + std::string(f.name) + ": " +
                      attr_text::print(value.*(f.member))),
             ...);
          },
          A::fields());
      return body.empty() ? "" : "{" + body + "}";
    }
    bool equals(const Base& other) const override {
      const auto* same = dynamic_cast<const Holder*>(&other);
      return same != nullptr && same->value == value;
    }
  };
  std::shared_ptr<const Base> held_;
};

/// Reads the text form; fields left out keep their defaults, unknown ones throw GraphError.
template <AttrStruct A>
Attrs parse_attrs(std::string_view text) {
  A value;
  for (const auto& entry : attr_text::split(text)) {
    const std::string& name = entry.first;
    const std::string& item = entry.second;
    bool known = false;
    std::apply(
        [&](const auto&... f) {
          ((f.name == name ? (attr_text::parse(item, value.*(f.member)), known = true) : false),
           ...);
        },
        A::fields());
    if (!known) throw GraphError("unknown attribute '" + name + "'");
  }
  return Attrs(std::move(value));
}

}  // namespace agon
