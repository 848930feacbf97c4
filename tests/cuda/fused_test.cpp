// Op fused on the emulated device: what its cases (op_cases_test.cpp) leave open.
#include "engine/ir/fused.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "engine/ir/print.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "tests/cuda/device_trial.h"
#include "tests/cuda/emulation.h"
#include "tests/ops/fused_bodies.h"

namespace agon::op_cases {
namespace {

const Case& case_named(const std::string& label) {
  for (const Case& c : all_cases()) {
    if (c.op == "fused" && c.label == label) return c;
  }
  throw std::out_of_range(label);
}

class FusedOnDevice : public testing::Test {
 protected:
  /// The kernels that take the case; the first is the generated loop.
  DeviceCase prepared(const Case& c) { return std::move(prepare_on_device(c, kernels_)[0]); }

  std::unique_ptr<CudaContext> context_ = emulation::context();
  KernelRegistry kernels_ = device_kernels(*context_);
};

/// Memory of the emulated device with the case's inputs and outputs.
class Bench {
 public:
  Bench(CudaContext& context, const DeviceCase& made, Kernel& kernel)
      : driver_(context.driver), node_(*made.made.node), kernel_(kernel) {
    for (const auto& [name, array] : draw_inputs(made.c)) {
      std::vector<char> bytes(array.type.bytes());
      array.store(bytes.data());
      in_.push_back(memory(bytes.size()));
      driver_.copy_async(in_.back(), reinterpret_cast<CUdeviceptr>(bytes.data()), bytes.size(),
                         nullptr);
    }
    scratch_ = memory(kernel.scratch_bytes() + 1);
  }
  ~Bench() {
    for (const CUdeviceptr address : all_) driver_.release(address);
  }

  /// over[o]: the input that output o lies over, or -1.
  std::vector<std::vector<char>> run(const std::vector<int>& over) {
    std::vector<const void*> in;
    std::vector<void*> out;
    for (const CUdeviceptr address : in_) in.push_back(reinterpret_cast<const void*>(address));
    for (std::size_t o = 0; o < over.size(); ++o) {
      const CUdeviceptr own = memory(node_.outputs()[o].bytes());
      const CUdeviceptr at = over[o] < 0 ? own : in_[static_cast<std::size_t>(over[o])];
      out.push_back(reinterpret_cast<void*>(at));
    }
    kernel_.run({in, out, reinterpret_cast<void*>(scratch_), nullptr});
    std::vector<std::vector<char>> results;
    for (std::size_t o = 0; o < over.size(); ++o) {
      results.emplace_back(node_.outputs()[o].bytes());
      driver_.copy_async(reinterpret_cast<CUdeviceptr>(results.back().data()),
                         reinterpret_cast<CUdeviceptr>(out[o]), results.back().size(), nullptr);
    }
    return results;
  }

 private:
  CUdeviceptr memory(std::size_t bytes) {
    CUdeviceptr address = 0;
    EXPECT_EQ(driver_.allocate(&address, bytes), CUDA_SUCCESS);
    all_.push_back(address);
    return address;
  }

  const CudaDriver& driver_;
  const Node& node_;
  Kernel& kernel_;
  std::vector<CUdeviceptr> all_, in_;
  CUdeviceptr scratch_ = 0;
};

TEST_F(FusedOnDevice, AdamWritesWeightsAndMomentsInPlaceAtOnce) {
  for (const char* label : {"adam", "adam_of_a_matrix"}) {
    const DeviceCase made = prepared(case_named(label));
    Kernel& kernel = *made.kernels.at(0).kernel;
    context_->modules().load();
    for (const auto& [i, o] : {std::pair{0, 0}, std::pair{2, 1}, std::pair{3, 2}})
      EXPECT_TRUE(kernel.may_overwrite(i, o)) << label;
    const auto apart = Bench(*context_, made, kernel).run({-1, -1, -1});
    EXPECT_TRUE(Bench(*context_, made, kernel).run({0, 2, 3}) == apart) << label;
    EXPECT_FALSE(kernel.may_overwrite(4, 0)) << "a number for all elements";
  }
}

TEST_F(FusedOnDevice, OnlyWhatAThreadHasReadItselfIsOverwritten) {
  const DeviceCase sums = prepared(case_named("statistics"));
  for (int i = 0; i < 2; ++i) {
    for (int o = 0; o < 2; ++o) EXPECT_FALSE(sums.kernels.at(0).kernel->may_overwrite(i, o));
  }
  const DeviceCase stretched = prepared(case_named("stretched_only"));
  for (int o = 0; o < 2; ++o)
    EXPECT_FALSE(stretched.kernels.at(0).kernel->may_overwrite(0, o)) << "others read it too";
}

TEST_F(FusedOnDevice, AnInputIsFoldedBeforeItIsOverwritten) {
  const Input picture = f32(24, 60);
  Graph body(all_ops());
  const Value x = body.input("0", picture.type);
  const Value y = x * 2;
  body.set_output("0", y);
  body.set_output("1", sum(y, {1}));
  body.set_output("2", sum(x, {0}));  // other axes: by a function of its own
  const Case c{.op = "fused",
               .label = "of_an_input",
               .inputs = {picture},
               .attrs = Attrs(FusedAttrs{to_text(body)}).text(),
               .reduces = 60};
  DeviceCase made = prepared(c);
  context_->modules().load();
  EXPECT_TRUE(made.kernels.at(0).kernel->may_overwrite(0, 0));
  EXPECT_EQ(check_on_device(*context_, made, made.kernels.at(0)).wrong, "");
}

TEST_F(FusedOnDevice, TakesWhatTheProcessorsTake) {
  int taken = 0;
  for (const Case& c : all_cases()) {
    if (c.op != "fused") continue;
    const DeviceCase made = prepared(c);
    const bool loops =
        std::ranges::any_of(made.kernels, [](const auto& k) { return k.name == "cuda:fused"; });
    EXPECT_EQ(loops, c.accepts == std::vector<std::string>{"cpu:fused"}) << c.label;
    taken += loops ? 1 : 0;
  }
  EXPECT_GE(taken, 100);
}

TEST_F(FusedOnDevice, OneFunctionDoesWhatOneCanDo) {
  context_->modules().load();
  const auto launches = [&](const char* label) {
    const DeviceCase made = prepared(case_named(label));
    context_->modules().load();
    const std::size_t outputs = made.made.node->outputs().size();
    Bench bench(*context_, made, *made.kernels.at(0).kernel);
    emulation::take_counts();
    bench.run(std::vector<int>(outputs, -1));
    return emulation::take_counts().kernels;
  };
  EXPECT_EQ(launches("normalise"), 1);
  EXPECT_EQ(launches("loss"), 1);
  EXPECT_EQ(launches("softmax_rows"), 1);
  EXPECT_EQ(launches("statistics"), 2);
  EXPECT_EQ(launches("normalise_backward_sums"), 2);
}

}  // namespace
}  // namespace agon::op_cases
