// A lone expression: parsing, its one way of being written, and its value where it has one.
#include "graphs/expression/expression.h"

#include "graphs/expression/evaluate.h"
#include "tests/fuzz/allowed.h"
#include "tests/fuzz/parts.h"

namespace agon {
namespace {

const NumberScope& two_names() {
  static const NumberScope scope = {.find = [](const std::string& name) -> std::optional<double> {
                                      if (name == "x") return 2;
                                      if (name == "data.channels") return 3;
                                      return std::nullopt;
                                    },
                                    .candidates = {"x", "data.channels"}};
  return scope;
}

void read_one(std::string_view text) {
  const Expr expression = parse_expression(text);
  const std::string canonical = canonical_text(expression);
  if (canonical.size() <= kMaxExpressionBytes)
    require(parse_expression(canonical) == expression, "canonical text means the same");
  free_names(expression);
  dotted_name(expression);
  allow_refusal([&] { evaluate_number(expression, two_names()); });
  allow_refusal([&] { evaluate_condition(expression, two_names()); });
  allow_refusal([&] { evaluate_whole(expression, two_names(), 1, 1 << 20); });
}

}  // namespace
}  // namespace agon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = agon::text_of({data, size});
  agon::allow_refusal([&] { agon::read_one(text); });
  agon::allow_refusal([&] { agon::parse_signature(text, {}); });
  return 0;
}
