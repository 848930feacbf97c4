#include <gtest/gtest.h>

#include <string>

#include "engine/base/error.h"
#include "engine/base/philox.h"
#include "graphs/document/reader.h"
#include "graphs/expression/expression.h"

namespace agon {
namespace {

const Origin kStart{"f.yaml", 3, 5, "losses.d"};

/// The canonical text of `text`, or what is wrong with it.
std::string canonical(const std::string& text) {
  try {
    return canonical_text(parse_expression(text, kStart));
  } catch (const Error& e) {
    return e.what();
  }
}

TEST(ExpressionParse, OneMeaningOneText) {
  const std::pair<const char*, const char*> cases[] = {
      {"1e-4", "1e-04"},
      {".5", "0.5"},
      {"1_000", "1000"},
      {"2e+3", "2000"},
      {"a+b*c", "a + b * c"},
      {"(a+b)*c", "(a + b) * c"},
      {"a-(b-c)", "a - (b - c)"},
      {"(a-b)-c", "a - b - c"},
      {"a/b/c", "a / b / c"},
      {"a/(b*c)", "a / (b * c)"},
      {"-x^2", "-x^2"},
      {"-(x^2)", "-x^2"},
      {"(-x)^2", "(-x)^2"},
      {"x^-2", "x^-2"},
      {"x^(-2)", "x^-2"},
      {"2^3^2", "2^3^2"},
      {"(2^3)^2", "(2^3)^2"},
      {"--x", "--x"},
      {"-(a*b)", "-(a * b)"},
      {"-a*b", "-a * b"},
      {"a*-b", "a * -b"},
      {"a^-b^c", "a^-b^c"},
      {"not a == b", "not a == b"},
      {"not (a == b)", "not a == b"},
      {"(not a) == b", "(not a) == b"},
      {"a or b and not c", "a or b and not c"},
      {"(a or b) and c", "(a or b) and c"},
      {"a and (b and c)", "a and (b and c)"},
      {"(a<b)==(c<d)", "(a < b) == (c < d)"},
      {"a + 1 <= b", "a + 1 <= b"},
      {"f( )", "f()"},
      {"f(x ,y)", "f(x, y)"},
      {"norm(x, over=example, b=1, a=2)", "norm(x, a=2, b=1, over=example)"},
      {"normal([batch,latent])", "normal([batch, latent])"},
      {"[]", "[]"},
      {"net . train( x ) . h", "net.train(x).h"},
      {"data.a.image", "data.a.image"},
      {"(encoder(x)).mu", "encoder(x).mu"},
      {"[1,2].x", "[1, 2].x"},
      {"(a + b).x", "(a + b).x"},
      {"true and false", "true and false"},
      {"a\n  + b", "a + b"},
      {"a==b", "a == b"},
      {"f(a==b)", "f(a == b)"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(canonical(text), expected) << text;
    EXPECT_EQ(canonical(expected), expected);
  }
}

TEST(ExpressionParse, MistakesHavePositions) {
  const std::string at = "error[78] f.yaml:3:";
  const std::pair<const char*, const char*> cases[] = {
      {"", "5: losses.d: expected an expression, got nothing"},
      {"a +", "8: losses.d: expected a value, got the end"},
      {"a b", "7: losses.d: expected an operator, got 'b'"},
      {"f(x", "8: losses.d: expected ')', got the end"},
      {"[x", "7: losses.d: expected ']', got the end"},
      {"f(x y)", "9: losses.d: expected ',' or ')', got 'y'"},
      {"a ** b", "8: losses.d: expected a value, got '*'; a power is written a ^ b"},
      {"f(x,)", "9: losses.d: expected a value, got ')'"},
      {"(a", "7: losses.d: expected ')', got the end"},
      {"a < b < c", "11: losses.d: comparisons do not chain; write 'a < b and b < c'"},
      {"a == not b", "10: losses.d: expected a value, got 'not'; use parentheses"},
      {"f(a=1, b)", "12: losses.d: positional arguments come before options 'name=value'"},
      {"f(a=1, a=2)", "12: losses.d: duplicate option 'a'"},
      {"2 (x)", "7: losses.d: only a name can be called; write '*' for a product"},
      {"f(x)(y)", "9: losses.d: only a name can be called; write '*' for a product"},
      {"'a'", "5: losses.d: unexpected '''; expressions have no strings"},
      {"a && b", "7: losses.d: unexpected '&'; write 'and'"},
      {"a || b", "7: losses.d: unexpected '|'; write 'or'"},
      {"!a", "5: losses.d: unexpected '!'; write 'not'"},
      {"a % b", "7: losses.d: unexpected '%' in an expression"},
      {"\xC3\xA9", "5: losses.d: unexpected '\xC3\xA9' in an expression"},
      {"0x10",
       "5: losses.d: expected a number such as 64, 2e-4 or 1_000 (below 1.8e308), got '0x10'"},
      {"1e999",
       "5: losses.d: expected a number such as 64, 2e-4 or 1_000 (below 1.8e308), got '1e999'"},
      {"8x8",
       "5: losses.d: expected a number such as 64, 2e-4 or 1_000 (below 1.8e308), got '8x8'"},
      {"+a", "5: losses.d: expected a value, got '+'"},
      {"a = b", "7: losses.d: expected an operator, got '='"},
      {"x.", "7: losses.d: expected a name after '.', got the end"},
      {"x.and", "7: losses.d: expected a name after '.', got 'and'"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(canonical(text), at + expected) << text;
  }
}

TEST(ExpressionParse, PositionsInsideTheFile) {
  const Yaml root = read_yaml_text("a: f(x)\n  + g(y y)\nb: \"2 * * 3\"\n", "f");
  const auto complaint = [&](const char* key) -> std::string {
    try {
      parse_expression(*root.find(key), key);
      return "";
    } catch (const Error& e) {
      return e.what();
    }
  };
  EXPECT_EQ(complaint("a"), "error[78] f:2:9: a: expected ',' or ')', got 'y'");
  EXPECT_EQ(complaint("b"),
            "error[78] f:3:9: b: expected a value, got '*'; a power is written a ^ b");
}

TEST(ExpressionParse, Structure) {
  const Expr e = parse_expression("net.train(x, y, over=batch).h", kStart);
  EXPECT_EQ(e.kind, ExprKind::Member);
  EXPECT_EQ(e.name, "h");
  const Expr& call = e.operands[0];
  EXPECT_EQ(call.kind, ExprKind::Call);
  EXPECT_EQ(dotted_name(call.callee()), "net.train");
  ASSERT_EQ(call.argument_count(), 2u);
  EXPECT_TRUE(call.argument(1).is_name("y"));
  ASSERT_NE(call.option("over"), nullptr);
  EXPECT_TRUE(call.option("over")->is_name("batch"));
  EXPECT_EQ(call.option("like"), nullptr);
  EXPECT_EQ(call.options[0].origin.column, 21);
  EXPECT_EQ(dotted_name(e), std::nullopt);
  EXPECT_EQ(free_names(parse_expression("f(x, over=batch) + data.a.image * x - n.t(z)")),
            (std::vector<std::string>{"f", "x", "data", "n", "z"}));
  EXPECT_EQ(canonical_text(number_expression(-2.5)), "-2.5");
  EXPECT_EQ(number_expression(-2.5), parse_expression("-2.5"));
}

TEST(ExpressionParse, Signatures) {
  const Signature up = parse_signature("up(filters, kernel)", kStart);
  EXPECT_EQ(up.name, "up");
  EXPECT_EQ(up.parameters, (std::vector<std::string>{"filters", "kernel"}));
  EXPECT_TRUE(parse_signature("translator", kStart).parameters.empty());
  const auto complaint = [](const char* text) -> std::string {
    try {
      parse_signature(text, kStart);
      return "";
    } catch (const Error& e) {
      return e.what();
    }
  };
  EXPECT_EQ(complaint("up(a, a)"), "error[78] f.yaml:3:11: losses.d: duplicate argument 'a'");
  EXPECT_EQ(complaint("up(1)"),
            "error[78] f.yaml:3:8: losses.d: expected an argument's name, got '1'");
  EXPECT_EQ(complaint("up(a) b"), "error[78] f.yaml:3:11: losses.d: expected ':' or '(', got 'b'");
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(ExpressionParse, DepthAndLengthAreBounded) {
  const std::string deep = "expression deeper than 200 operations";
  for (const std::string& text :
       {repeated("(", 3000), repeated("-", 3000) + "x", repeated("f(", 3000), repeated("[", 3000),
        "x" + repeated("^x", 3000), "x" + repeated("+x", 3000), "x" + repeated(".y", 3000),
        repeated("not ", 3000) + "x", "x" + repeated(" or x", 3000)}) {
    EXPECT_NE(canonical(text).find(deep), std::string::npos) << text.substr(0, 20);
  }
  EXPECT_EQ(canonical("x" + repeated(" + x", 150)), "x" + repeated(" + x", 150));
  EXPECT_NE(canonical(std::string(20'000, 'x')).find("at most 16,384 characters, got 20,000"),
            std::string::npos);
}

/// A random tree; its text is what canonical_text makes of it.
Expr random_expression(RandomStream& random, int depth) {
  static const char* const kNames[] = {"x", "fake", "data", "_a1", "norm"};
  Expr e;
  const std::uint32_t kind = random.below(depth > 0 ? 10 : 3);
  if (kind == 0) {
    static const double kNumbers[] = {0, 1, 0.5, 2e-4, 1e15, 1e300, 123456789.25, 5e-324};
    return number_expression(kNumbers[random.below(std::size(kNumbers))]);
  }
  if (kind <= 2) {
    e.kind = kind == 1 ? ExprKind::Name : ExprKind::Boolean;
    if (kind == 1) e.name = kNames[random.below(5)];
    if (kind == 2) e.number = random.below(2);
    return e;
  }
  const auto child = [&] { return random_expression(random, depth - 1); };
  if (kind <= 5) {
    static const Operator kBinary[] = {
        Operator::Or,   Operator::And,       Operator::Equal,    Operator::NotEqual,
        Operator::Less, Operator::LessEqual, Operator::Greater,  Operator::GreaterEqual,
        Operator::Add,  Operator::Subtract,  Operator::Multiply, Operator::Divide,
        Operator::Power};
    e.kind = ExprKind::Binary;
    e.op = kBinary[random.below(std::size(kBinary))];
    e.operands = {child(), child()};
  } else if (kind == 6) {
    e.kind = ExprKind::Unary;
    e.op = random.below(2) == 0 ? Operator::Not : Operator::Negate;
    e.operands = {child()};
  } else if (kind == 7) {
    e.kind = ExprKind::List;
    for (std::uint32_t i = random.below(4); i > 0; --i) e.operands.push_back(child());
  } else {
    Expr callee;
    callee.kind = ExprKind::Name;
    callee.name = kNames[random.below(5)];
    e.kind = kind == 8 ? ExprKind::Call : ExprKind::Member;
    e.operands = {callee};
    if (kind == 9) {
      e.name = "h";
      if (random.below(2) == 0) return e;
      Expr call;
      call.kind = ExprKind::Call;
      call.operands = {callee, child()};
      e.operands = {call};
      return e;
    }
    for (std::uint32_t i = random.below(3); i > 0; --i) e.operands.push_back(child());
    if (random.below(2) == 0) e.options.push_back({"like", child(), {}});
    if (random.below(2) == 0) e.options.push_back({"over", child(), {}});
  }
  return e;
}

TEST(ExpressionParse, CanonicalTextReadsBackAsTheSame) {
  RandomStream random(1, "expressions");
  for (int i = 0; i < 20'000; ++i) {
    const Expr e = random_expression(random, 5);
    const std::string text = canonical_text(e);
    const Expr again = parse_expression(text);
    ASSERT_TRUE(again == e) << text << "\n" << canonical_text(again);
    ASSERT_EQ(canonical_text(again), text);
  }
}

/// Spacing and needless parentheses change nothing.
TEST(ExpressionParse, SpacingDoesNotCount) {
  RandomStream random(2, "expressions");
  for (int i = 0; i < 2'000; ++i) {
    const Expr e = random_expression(random, 4);
    std::string spaced;
    for (const char c : canonical_text(e)) {
      spaced += c;
      if (c == ' ' || c == '(' || c == ',' || c == '[') spaced += " \n ";
    }
    ASSERT_TRUE(parse_expression("((" + spaced + "))") == e) << spaced;
  }
}

TEST(ExpressionParse, AnyTextIsReadOrRefused) {
  static const char kLetters[] = "ax1.5e-+*/^()[],=<>! \n'not and or true";
  RandomStream random(3, "texts");
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (std::uint32_t k = random.below(24); k > 0; --k) {
      text += kLetters[random.below(sizeof(kLetters) - 1)];
    }
    try {
      const Expr e = parse_expression(text);
      ASSERT_TRUE(parse_expression(canonical_text(e)) == e) << text;
    } catch (const ConfigError&) {
    }
  }
}

}  // namespace
}  // namespace agon
