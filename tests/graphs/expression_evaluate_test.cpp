#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <string>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "graphs/expression/evaluate.h"

namespace agon {
namespace {

NumberScope scope() {
  static const std::map<std::string, double> values = {
      {"width", 64},
      {"level", 2},
      {"data.channels", 3},
      {"flag", 1},
      {"bad", std::numeric_limits<double>::quiet_NaN()}};
  return {[](const std::string& name) -> std::optional<double> {
            const auto found = values.find(name);
            if (found == values.end()) return std::nullopt;
            return found->second;
          },
          {"width", "level", "data.channels", "flag"}};
}

template <class F>
std::string result(F compute) {
  try {
    return number_text(static_cast<double>(compute()));
  } catch (const Error& e) {
    return e.what();
  }
}

std::string number(const std::string& text) {
  return result([&] { return evaluate_number(parse_expression(text), scope()); });
}

TEST(ExpressionEvaluate, Numbers) {
  const std::pair<const char*, const char*> cases[] = {
      {"16 * 8 * width", "8192"},
      {"width / 4", "16"},
      {"8 * 2^level", "32"},
      {"-2^2", "-4"},
      {"2^3^2", "512"},
      {"2^-1", "0.5"},
      {"10 - 3 - 2", "5"},
      {"data.channels + 1", "4"},
      {"min(3, 1, 2)", "1"},
      {"max(3, 1, 2)", "3"},
      {"abs(-3)", "3"},
      {"sqrt(16)", "4"},
      {"exp(0)", "1"},
      {"log(1)", "0"},
      {"floor(2.7)", "2"},
      {"ceil(2.1)", "3"},
      {"round(2.5)", "2"},
      {"round(3.5)", "4"},
      {"round(-2.5)", "-2"},
      {"round(2.6)", "3"},
      {"clip(5, 0, 1)", "1"},
      {"clip(-5, 0, 1)", "0"},
      {"where(level > 1, 7, 1 / 0)", "7"},
      {"where(not flag, 7, 8)", "8"},
      // mistakes
      {"1 / (level - 2)", "error[78]: 1 / (level - 2) is not finite: 1 / 0"},
      {"1 + 10^400", "error[78]: 10^400 is not finite: 10 ^ 400"},
      {"sqrt(-width)", "error[78]: sqrt(-width) is not a number: sqrt(-64)"},
      {"log(0)", "error[78]: log(0) is not finite"},
      {"bad", "error[78]: bad is not a number"},
      {"widht * 2", "error[78]: unknown name 'widht'; did you mean 'width'?"},
      {"data.chanels", "error[78]: unknown name 'data.chanels'; did you mean 'data.channels'?"},
      {"level > 1", "error[78]: expected a number, got the condition level > 1"},
      {"true + 1", "error[78]: expected a number, got the condition true"},
      {"[1, 2]", "error[78]: expected a number, got the list [1, 2]"},
      {"f(x).y", "error[78]: expected a number, got f(x).y"},
      {"abs(1, 2)", "error[78]: abs takes 1 argument, got 2"},
      {"min(1)", "error[78]: min takes at least 2 arguments, got 1"},
      {"where(1, 2)", "error[78]: where takes 3 arguments, got 2"},
      {"clip(x=1)", "error[78]: unknown option 'x'; clip of numbers takes none"},
      {"sqr(4)", "error[78]: sqr is no function of numbers; did you mean 'sqrt'?"},
      {"where(level, 1, 2)", "error[78]: expected a condition, got 2 (level)"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(number(text), expected) << text;
}

TEST(ExpressionEvaluate, Conditions) {
  const std::pair<const char*, const char*> cases[] = {
      {"level >= 1", "1"},
      {"level == 2 and width != 64", "0"},
      {"level < 1 or width > 3", "1"},
      {"not level <= 2", "0"},
      {"true", "1"},
      {"flag", "1"},
      {"level", "error[78]: expected a condition, got 2 (level)"},
      {"3", "error[78]: expected a condition, got 3"},
      {"level == 1 and widht", "error[78]: unknown name 'widht'; did you mean 'width'?"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(result([&, t = text] { return evaluate_condition(parse_expression(t), scope()); }),
              expected)
        << text;
  }
}

TEST(ExpressionEvaluate, WholeNumbers) {
  const auto whole = [](const std::string& text, std::int64_t low, std::int64_t high) {
    return result([&] { return evaluate_whole(parse_expression(text), scope(), low, high); });
  };
  constexpr auto kHighest = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(whole("width / 4", 1, kHighest), "16");
  EXPECT_EQ(whole("width / 3", 1, kHighest),
            "error[78]: expected a whole number of at least 1, got 21.333333333333332 (width / 3)");
  EXPECT_EQ(whole("0", 1, kHighest), "error[78]: expected a whole number of at least 1, got 0");
  EXPECT_EQ(whole("9", 1, 8), "error[78]: expected a whole number from 1 to 8, got 9");
  EXPECT_NE(whole("2^63", 0, kHighest).find("expected a whole number from 0 to 9007199254740992"),
            std::string::npos);
  EXPECT_EQ(whole("2^53", 0, kHighest), "9007199254740992");
}

TEST(ExpressionEvaluate, ErrorsPointAtThePart) {
  try {
    evaluate_number(parse_expression("width * (1 / 0)", {"f", 4, 3, "a.b"}), scope());
    FAIL();
  } catch (const ConfigError& e) {
    EXPECT_EQ(e.diagnostics()[0].origin, (Origin{"f", 4, 14, "a.b"}));
  }
}

}  // namespace
}  // namespace agon
