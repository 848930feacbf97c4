#include "graphs/document/suggestion.h"

#include <gtest/gtest.h>

#include <vector>

namespace agon {
namespace {

TEST(Suggestion, IsTheNearestOrWhatAnotherFrameworkCallsIt) {
  const std::vector<std::string> candidates = {"leaky_relu",    "relu", "mean", "average_pool",
                                               "stop_gradient", "over", "data", "bce_with_logits"};
  struct Case {
    std::string written, said;
  };
  const std::vector<Case> cases = {
      {"leaky_rleu", "; did you mean 'leaky_relu'?"},
      {"RELU", "; did you mean 'relu'?"},
      {"maen", "; did you mean 'mean'?"},
      {"AvgPool2d", "; did you mean 'average_pool'?"},
      {"nn.AvgPool2d", "; did you mean 'average_pool'?"},
      {"detach", "; did you mean 'stop_gradient'?"},
      {"dataset", "; did you mean 'data'?"},
      {"F.binary_cross_entropy_with_logits", "; did you mean 'bce_with_logits'?"},
      {"clamp", ""},  // clip is no candidate
      {"xyz", ""},
      {std::string(65, 'x'), ""},
  };
  for (const Case& c : cases) EXPECT_EQ(suggestion(c.written, candidates), c.said) << c.written;
}

}  // namespace
}  // namespace agon
