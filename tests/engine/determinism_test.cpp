#include <gtest/gtest.h>

#include "engine/base/error.h"
#include "engine/ir/op_def.h"
#include "engine/plan/kernel_choice.h"
#include "engine/runtime/cpu/lanes.h"
#include "ops/ops.h"
#include "ops/pointwise/pointwise.h"

/// Which of several kernels a node gets, by the promise that is asked for.
namespace agon {
namespace {

/// Waits as long as it is told and writes a number.
class Slow final : public Kernel {
 public:
  Slow(int spins, float gives) : spins_(spins), gives_(gives) {}
  void run(const KernelCall& call) override {
    volatile float sink = 0;
    for (int i = 0; i < spins_; ++i) sink = sink + 1;
    call.output<float>()[0] = gives_;
  }

 private:
  int spins_;
  float gives_;
};

class Choice : public testing::Test {
 protected:
  Choice() {
    register_all_ops(ops_);
    graph_ = std::make_unique<Graph>(ops_);
    const Value x = graph_->input("x", Type{DType::F32, {}});
    node_ = add(x, x).node;
  }

  void offer(const std::string& name, int spins, double error) {
    kernels_.add({.op = "add",
                  .name = name,
                  .prepare = [spins](const Node&) { return std::make_unique<Slow>(spins, 1.0F); },
                  .error_factor = error});
  }
  std::string chosen(Determinism determinism) {
    return choose_kernel(*node_, kernels_, determinism).name;
  }

  OpRegistry ops_;
  std::unique_ptr<Graph> graph_;
  Node* node_ = nullptr;
  KernelRegistry kernels_;
};

TEST_F(Choice, TakesTheFirstTheExactOrTheFastest) {
  offer("coarse", 1'000'000, 4);
  offer("exact", 500'000, 2);
  offer("quick", 10, 8);
  EXPECT_EQ(chosen(Determinism::Run), "coarse");
  EXPECT_EQ(chosen(Determinism::Strict), "exact");
  EXPECT_EQ(chosen(Determinism::Fast), "quick");
}

TEST_F(Choice, RefusesWhatIsNotStrictByName) {
  offer("coarse", 1, 4);
  try {
    chosen(Determinism::Strict);
    FAIL() << "accepted";
  } catch (const Error& failure) {
    EXPECT_EQ(failure.code(), ExitCode::Config);
    EXPECT_STREQ(failure.what(),
                 "determinism strict: add: no kernel keeps it: coarse: 4 times the rounding error "
                 "of a plain loop");
  }
  KernelRegistry none;
  EXPECT_EQ(choose_kernel(*node_, none, Determinism::Strict).name, "reference");
}

}  // namespace
}  // namespace agon
