#include "engine/runtime/fingerprint.h"

#include <gtest/gtest.h>

#include <cstring>

namespace agon {
namespace {

/// GMAC under a key and nonce of zeros is GHASH of the text, XORed with E(0, 0^96 || 1). Of no text
/// GHASH is 0, and E of that block is what test case 1 of McGrew and Viega, The Galois/Counter Mode
/// of Operation (2005), gives as its tag: 58e2fccefa7e3061367f1d57a4e7455a.
TEST(Fingerprint, IsTheBeginningOfGmac) {
  EXPECT_EQ(fingerprint_text(Fingerprint().finish()), "58e2fccefa7e3061");
}

TEST(Fingerprint, ChangesWithEveryBitAndWithTheLength) {
  std::string text(100, 'a');
  const auto of = [](std::string_view bytes) { return Fingerprint().update(bytes).finish(); };
  const std::uint64_t whole = of(text);
  for (std::size_t bit = 0; bit < 8 * text.size(); ++bit) {
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
    EXPECT_NE(of(text), whole) << bit;
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
  }
  EXPECT_EQ(of(text), whole);
  EXPECT_NE(of(text + '\0'), whole);
}

TEST(Fingerprint, OfVariablesIsThoseInCheckpoints) {
  Variables variables;
  const Type type{DType::F32, Shape{3}};
  auto* kept = static_cast<float*>(variables.add("kept", type).memory.data());
  auto* derived =
      static_cast<float*>(variables.add("derived", type, {}, Variables::Saved::No).memory.data());
  const NamedFingerprints before = fingerprints(variables);
  ASSERT_EQ(before.size(), 1u);
  EXPECT_EQ(before[0].first, "kept");
  derived[1] = 1;
  EXPECT_EQ(combined(fingerprints(variables)), combined(before));
  kept[2] = 1;
  EXPECT_NE(combined(fingerprints(variables)), combined(before));
  EXPECT_NE(combined({{"other", before[0].second}}), combined(before));
}

}  // namespace
}  // namespace agon
