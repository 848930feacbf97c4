// Bodies of `fused` that are drawn, in shapes that the cases of tests/ops do not have, on a device
// as op_cases_test.cpp has it.
#include <gtest/gtest.h>

#include "engine/runtime/cuda/open.h"
#include "tests/cuda/judged_device.h"
#include "tests/cuda/kernel_tally.h"
#include "tests/ops/fused_bodies.h"

namespace agon::op_cases {
namespace {

/// Shapes that are split in every way there is: rows and columns that are long, short and in
/// chunks, a few and many of them, in fours and not.
std::vector<Case> further_bodies() {
  struct Row {
    Shape shape;
    int bodies;
  };
  const std::vector<Row> rows = {
      {{70000}, 4},      {{2, 33000}, 4},      {{3, 17001}, 4},       {{5, 41, 257}, 4},
      {{40000, 2}, 4},   {{6000, 1, 12}, 4},   {{30, 50, 3}, 4},      {{260, 1, 70}, 4},
      {{2, 9000, 4}, 4}, {{7, 1, 300, 36}, 4}, {{1, 130, 1, 260}, 3}, {{2, 2, 2, 2, 3, 129}, 6}};
  std::vector<Case> cases;
  for (const Row& row : rows) {
    for (int i = 0; i < row.bodies; ++i)
      cases.push_back(drawn_body(row.shape, 1000 + static_cast<int>(cases.size())));
  }
  return cases;
}

TEST(DrawnBodies, AgreeWithTheReference) {
  if (!no_judged_device().empty()) GTEST_SKIP() << no_judged_device();
  const std::unique_ptr<Accelerator> device = judged_device();
  CudaContext& context = cuda_context(*device);
  const KernelRegistry kernels = device_kernels(context);
  std::vector<DeviceCase> cases;
  for (const Case& c : further_bodies())
    cases.push_back(std::move(prepare_on_device(c, kernels).front()));
  device->load();
  KernelTally tally;
  for (DeviceCase& made : cases) {
    EXPECT_EQ(made.kernels.at(0).name, "cuda:fused");
    for (DeviceCase::Taken& taken : made.kernels) {
      const TrialResult result = check_on_device(context, made, taken);
      tally.add(taken.name + " (drawn bodies)", result);
      EXPECT_EQ(result.wrong, "") << made.c.label << made.c.attrs;
    }
  }
  tally.print();
}

}  // namespace
}  // namespace agon::op_cases
