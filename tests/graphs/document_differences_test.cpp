#include <gtest/gtest.h>

#include "graphs/document/differences.h"
#include "graphs/document/reader.h"

namespace agon {
namespace {

std::vector<std::string> between(const std::string& before, const std::string& after) {
  return differences(read_yaml_text(before, "a.yaml"), read_yaml_text(after, "b.yaml"));
}

using Texts = std::vector<std::string>;

TEST(Differences, OfLayoutAreNone) {
  EXPECT_EQ(between("{a: 1, b: [1, 'x']}", "a: 1  # said otherwise\nb:\n  - 1\n  - x\n"), Texts{});
}

TEST(Differences, AreNamedByPath) {
  EXPECT_EQ(between("{a: 1, b: {c: x, d: 2}}", "{a: 2, b: {c: x, e: 3}}"),
            (Texts{"a: 1 became 2", "b.d is gone", "b.e is new"}));
  EXPECT_EQ(between("l: [1, {k: 2}, 3]", "l: [1, {k: 5}]"),
            (Texts{"l[1].k: 2 became 5", "l[2] is gone"}));
  EXPECT_EQ(between("l: [1]", "l: [1, 2]"), Texts{"l[1] is new"});
}

TEST(Differences, OfKindsAreToldInFewWords) {
  EXPECT_EQ(between("{a: [1, 2], b: {x: 1}}", "{a: {x: 1, y: 2, z: 3}, b: ~}"),
            (Texts{"a: a list of 2 became a mapping of 3", "b: a mapping of 1 became ~"}));
  EXPECT_EQ(between("a: " + std::string(50, 'x'), "a: y"),
            Texts{"a: " + std::string(40, 'x') + "... became y"});
}

}  // namespace
}  // namespace agon
