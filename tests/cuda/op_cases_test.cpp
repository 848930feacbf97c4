// The cases of tests/ops on a device, for every kernel that it has for their ops: the emulated one
// in test_cuda_ops, a real one in test_cuda_device.
//
//   ninja -C build/release test_cuda_ops
//   build/release/test_cuda_ops --gtest_filter='*/sum_*'                one op
//   build/release/test_cuda_ops --gtest_filter='*/conv2d_*:*/matmul_*'  several
//   AGON_EMULATED_SOURCES=/tmp build/release/test_cuda_ops ...          keeps the code, to be read
//
// Only what the filter selects is compiled. A case of a pointwise op is run in a node `fused` too.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ir/op_def.h"
#include "engine/runtime/cuda/open.h"
#include "tests/cuda/device_cases.h"
#include "tests/cuda/emulation.h"
#include "tests/cuda/judged_device.h"
#include "tests/cuda/kernel_tally.h"

namespace agon::op_cases {

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.op << ' ' << c.label << ' ' << c.attrs;
}

namespace {

std::string name_of(const Case& c) {
  return c.op + "_" + c.label;
}

class CasesOnDevice : public testing::TestWithParam<Case> {
 protected:
  /// Prepares the selected cases together, so that their code is compiled in few pieces.
  static void SetUpTestSuite() {
    if (!no_judged_device().empty()) return;
    try {
      prepare();
    } catch (const Error& error) {
      trouble_ = error.what();
    }
  }
  void SetUp() override {
    if (!no_judged_device().empty()) GTEST_SKIP() << no_judged_device();
  }
  static void TearDownTestSuite() {
    tally_.print();
    cases_.clear();
    device_.reset();
    EXPECT_EQ(emulation::left_over(), "");
  }

  static void prepare() {
    device_ = judged_device();
    context_ = &cuda_context(*device_);
    const KernelRegistry kernels = device_kernels(*context_);
    const testing::TestSuite* suite = testing::UnitTest::GetInstance()->current_test_suite();
    std::set<std::string> selected;
    for (int i = 0; i < suite->total_test_count(); ++i) {
      const testing::TestInfo& test = *suite->GetTestInfo(i);
      const std::string name = test.name();
      if (test.should_run() && !test.is_in_another_shard())
        selected.insert(name.substr(name.find('/') + 1));
    }
    for (const Case& c : all_cases()) {
      if (selected.contains(name_of(c))) cases_[name_of(c)] = prepare_on_device(c, kernels);
    }
    device_->load();
  }

  static std::unique_ptr<Accelerator> device_;
  static CudaContext* context_;
  static KernelTally tally_;
  static std::map<std::string, std::vector<DeviceCase>> cases_;
  static std::string trouble_;
};
std::unique_ptr<Accelerator> CasesOnDevice::device_;
CudaContext* CasesOnDevice::context_ = nullptr;
KernelTally CasesOnDevice::tally_;
std::map<std::string, std::vector<DeviceCase>> CasesOnDevice::cases_;
std::string CasesOnDevice::trouble_;

TEST_P(CasesOnDevice, KernelsAgreeWithTheReference) {
  ASSERT_EQ(trouble_, "");
  std::vector<DeviceCase>& forms = cases_.at(name_of(GetParam()));
  int judged = 0;
  std::vector<std::string> refusals;
  for (DeviceCase& form : forms) {
    for (DeviceCase::Taken& taken : form.kernels) {
      ++judged;
      const TrialResult result = check_on_device(*context_, form, taken);
      tally_.add(taken.name, result);
      EXPECT_EQ(result.wrong, "") << taken.name << (form.c.op == "fused" ? " in a node fused" : "");
      taken.kernel.reset();
    }
    refusals.insert(refusals.end(), form.refusals.begin(), form.refusals.end());
  }
  EXPECT_GT(judged, 0) << GetParam().op << ": no kernel takes the case\n  "
                       << joined(refusals, "\n  ");
}

INSTANTIATE_TEST_SUITE_P(Ops, CasesOnDevice, testing::ValuesIn(all_cases()),
                         [](const auto& row) { return name_of(row.param); });

}  // namespace
}  // namespace agon::op_cases
